"""A donor's skeleton and weights on another mesh: exact where the warp is known."""

import chains
import numpy as np
import pytest
import torch
import trimesh
from zoetrope.bodies.target import read_target
from zoetrope.bodies.warp import Warp, choose_nodes
from zoetrope.rigs.carry import carry_skeleton, carry_weights, invert_warp
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import SkinWeights, skin

SCALE, SHIFT = np.array([1.3, 0.8, 1.1]), np.array([0.2, -0.1, 0.3])


def body():
    """A closed, symmetric mesh around the chain's bones."""
    bones = chains.skeleton()
    rods = [
        trimesh.creation.cylinder(radius=0.12, segment=[head, tail], sections=16).subdivide().subdivide()
        for head, tail in zip(bones.heads[1:], bones.tails[1:], strict=True)
    ]
    mesh = trimesh.util.concatenate(rods)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def donor():
    vertices, faces = body()
    bones = chains.skeleton()
    dense = np.zeros((len(vertices), len(bones.names)))
    each = len(vertices) // 5
    for joint in range(1, 6):
        dense[(joint - 1) * each : joint * each, joint] = 1.0
    return Donor(
        "rods",
        "Rods",
        "quadruped",
        "",
        "",
        1.0,
        vertices,
        faces,
        np.zeros_like(vertices),
        bones,
        SkinWeights.from_dense(dense),
        np.zeros((1, 4), np.float32),
    )


def affine_warp(points):
    nodes = torch.from_numpy(choose_nodes(points, 60, np.random.default_rng(0)).astype(np.float32))
    shift = nodes.numpy() * (SCALE - 1) + SHIFT
    return Warp(
        nodes,
        torch.zeros_like(nodes),
        torch.from_numpy(np.log(SCALE)).float().expand_as(nodes).clone(),
        torch.from_numpy(shift.astype(np.float32)),
    )


def test_points_inside_are_found_behind_a_warp():
    vertices, _ = body()
    warp = affine_warp(vertices)
    inside = np.random.default_rng(0).uniform(-0.3, 0.9, (50, 3))
    found = invert_warp(warp, inside * SCALE + SHIFT, vertices)
    assert np.abs(found - inside).max() < 1e-3


def test_joints_come_to_their_places_in_the_mesh():
    vertices, _ = body()
    warp = affine_warp(vertices)
    bones = donor().skeleton
    from dataclasses import replace

    there = replace(bones, heads=bones.heads * SCALE + SHIFT, tails=bones.tails * SCALE + SHIFT)
    carried = carry_skeleton(there, warp, vertices)
    assert carried.names == bones.names
    assert np.abs(carried.heads[1:] - bones.heads[1:]).max() < 2e-3
    assert np.abs(carried.tails[1:] - bones.tails[1:]).max() < 2e-3


def test_joints_of_a_symmetric_body_are_mirrored_exactly():
    vertices, _ = body()
    vertices = np.concatenate([vertices, vertices * [-1, 1, 1]])
    nodes = torch.from_numpy(choose_nodes(vertices, 60, np.random.default_rng(0)).astype(np.float32))
    jitter = torch.from_numpy(np.random.default_rng(1).normal(0, 0.01, nodes.shape).astype(np.float32))
    warp = Warp(nodes, torch.zeros_like(nodes), torch.zeros_like(nodes), jitter)
    carried = carry_skeleton(donor().skeleton, warp, vertices)
    left, right = carried.names.index("leg_upper.L"), carried.names.index("leg_upper.R")
    assert np.array_equal(carried.heads[left], carried.heads[right] * [-1, 1, 1])
    assert np.array_equal(carried.tails[left], carried.tails[right] * [-1, 1, 1])
    assert carried.heads[carried.names.index("spine_01"), 0] == 0.0


def test_no_bone_is_without_length():
    vertices, _ = body()
    from dataclasses import replace

    bones = donor().skeleton
    points = replace(bones, tails=bones.heads.copy())
    carried = carry_skeleton(points, affine_warp(vertices), vertices)
    assert np.linalg.norm(carried.tails - carried.heads, axis=1).min() > 0.009


@pytest.fixture(scope="module")
def carried_weights():
    one = donor()
    target = read_target(one.rest, one.faces)
    return one, target, carry_weights(one, one.rest, target)


def test_weights_on_the_same_mesh_are_its_own(carried_weights):
    one, _, weights = carried_weights
    own = one.weights.dense(6).argmax(axis=1)
    same = weights.dense(6).argmax(axis=1) == own
    assert same.mean() > 0.93, "all but where bones overlap"
    assert np.allclose(weights.values.sum(axis=1), 1.0)
    assert (weights.values[weights.joints == 0] == 0).all(), "the root moves nothing"


def test_weights_are_smooth_over_the_mesh(carried_weights):
    one, target, weights = carried_weights
    edges = one.faces[:, [0, 1]]
    change = np.abs(weights.dense(6)[edges[:, 0]] - weights.dense(6)[edges[:, 1]]).sum(axis=1)
    assert np.quantile(change, 0.9) < 0.5
    assert len(target.links)


def test_a_small_loose_part_moves_as_one():
    one = donor()
    eye = trimesh.creation.icosphere(subdivisions=1, radius=0.03)
    head = one.skeleton.tails[3]
    vertices = np.concatenate([one.rest, np.asarray(eye.vertices) + head])
    faces = np.concatenate([one.faces, np.asarray(eye.faces) + len(one.rest)])
    target = read_target(vertices, faces)
    weights = carry_weights(one, vertices, target)
    of_eye = weights.dense(6)[len(one.rest) :]
    assert np.allclose(of_eye, of_eye[0])
    assert of_eye[0].argmax() == 3
    moved = skin(vertices, weights, one.skeleton, chains.motion())[:, len(one.rest) :]
    before = np.linalg.norm(np.asarray(eye.vertices)[:, None] - np.asarray(eye.vertices), axis=-1)
    for frame in moved:
        assert np.abs(np.linalg.norm(frame[:, None] - frame, axis=-1) - before).max() < 0.01
