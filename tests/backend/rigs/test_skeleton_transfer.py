"""A donor's skeleton in another mesh: exact where the warp is known."""

from dataclasses import replace

import numpy as np
import rods
import torch
from zoetrope.bodies.warp import Warp, choose_nodes
from zoetrope.rigs.skeleton_transfer import transfer_skeleton


def test_joints_come_to_their_places_in_the_mesh():
    vertices, _ = rods.body()
    warp = rods.affine_warp(vertices)
    bones = rods.donor().skeleton
    there = replace(
        bones, heads=bones.heads * rods.SCALE + rods.SHIFT, tails=bones.tails * rods.SCALE + rods.SHIFT
    )
    moved = transfer_skeleton(there, warp, vertices)
    assert moved.names == bones.names
    assert np.abs(moved.heads[1:] - bones.heads[1:]).max() < 2e-3
    assert np.abs(moved.tails[1:] - bones.tails[1:]).max() < 2e-3


def test_joints_of_a_symmetric_body_are_mirrored_exactly():
    vertices, _ = rods.body()
    vertices = np.concatenate([vertices, vertices * [-1, 1, 1]])
    nodes = torch.from_numpy(choose_nodes(vertices, 60, np.random.default_rng(0)).astype(np.float32))
    jitter = torch.from_numpy(np.random.default_rng(1).normal(0, 0.01, nodes.shape).astype(np.float32))
    warp = Warp(nodes, torch.zeros_like(nodes), torch.zeros_like(nodes), jitter)
    moved = transfer_skeleton(rods.donor().skeleton, warp, vertices)
    left, right = moved.names.index("leg_upper.L"), moved.names.index("leg_upper.R")
    assert np.array_equal(moved.heads[left], moved.heads[right] * [-1, 1, 1])
    assert np.array_equal(moved.tails[left], moved.tails[right] * [-1, 1, 1])
    assert moved.heads[moved.names.index("spine_01"), 0] == 0.0


def test_no_bone_is_without_length():
    vertices, _ = rods.body()
    bones = rods.donor().skeleton
    points = replace(bones, tails=bones.heads.copy())
    moved = transfer_skeleton(points, rods.affine_warp(vertices), vertices)
    assert np.linalg.norm(moved.tails - moved.heads, axis=1).min() > 0.009
