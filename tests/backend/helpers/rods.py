"""A donor made of rods around the bones of `chains`, and an affine warp."""

import chains
import numpy as np
import torch
import trimesh
from zoetrope.bodies.warp import Warp, choose_nodes
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import SkinWeights

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
