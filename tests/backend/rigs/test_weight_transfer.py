"""A donor's skin weights on other meshes."""

import chains
import numpy as np
import pytest
import rods
import trimesh
from zoetrope.bodies.target import read_target
from zoetrope.rigs.skeleton import skin
from zoetrope.rigs.weight_transfer import transfer_weights


@pytest.fixture(scope="module")
def transferred_weights():
    one = rods.donor()
    target = read_target(one.rest, one.faces)
    return one, target, transfer_weights(one, one.rest, target)


def test_weights_on_the_same_mesh_are_its_own(transferred_weights):
    one, _, weights = transferred_weights
    own = one.weights.dense(6).argmax(axis=1)
    same = weights.dense(6).argmax(axis=1) == own
    assert same.mean() > 0.93, "all but where bones overlap"
    assert np.allclose(weights.values.sum(axis=1), 1.0)
    assert (weights.values[weights.joints == 0] == 0).all(), "the root moves nothing"


def test_weights_are_smooth_over_the_mesh(transferred_weights):
    one, target, weights = transferred_weights
    edges = one.faces[:, [0, 1]]
    change = np.abs(weights.dense(6)[edges[:, 0]] - weights.dense(6)[edges[:, 1]]).sum(axis=1)
    assert np.quantile(change, 0.9) < 0.5
    assert len(target.links)


def test_a_small_loose_part_moves_as_one():
    one = rods.donor()
    eye = trimesh.creation.icosphere(subdivisions=1, radius=0.03)
    head = one.skeleton.tails[3]
    vertices = np.concatenate([one.rest, np.asarray(eye.vertices) + head])
    faces = np.concatenate([one.faces, np.asarray(eye.faces) + len(one.rest)])
    target = read_target(vertices, faces)
    weights = transfer_weights(one, vertices, target)
    of_eye = weights.dense(6)[len(one.rest) :]
    assert np.allclose(of_eye, of_eye[0])
    assert of_eye[0].argmax() == 3
    moved = skin(vertices, weights, one.skeleton, chains.motion())[:, len(one.rest) :]
    before = np.linalg.norm(np.asarray(eye.vertices)[:, None] - np.asarray(eye.vertices), axis=-1)
    for frame in moved:
        assert np.abs(np.linalg.norm(frame[:, None] - frame, axis=-1) - before).max() < 0.01
