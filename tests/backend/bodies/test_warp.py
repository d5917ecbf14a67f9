"""The embedded deformation: what it reproduces exactly, and its derivatives."""

import numpy as np
import torch
from zoetrope.bodies.warp import Warp, choose_nodes
from zoetrope.geometry.rotation_vectors import rotation_matrices

RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-1, 1, (400, 3))


def warp(rotation=(0.0, 0.0, 0.0), log_scale=(0.0, 0.0, 0.0), shift=lambda nodes: np.zeros_like(nodes)):
    nodes = choose_nodes(POINTS, 40, np.random.default_rng(1))
    tensor = torch.from_numpy(nodes.astype(np.float32))
    return Warp(
        tensor,
        torch.tensor(rotation).expand_as(tensor).clone(),
        torch.tensor(log_scale).expand_as(tensor).clone(),
        torch.from_numpy(shift(nodes).astype(np.float32)),
    )


def test_at_rest_it_is_the_identity():
    assert np.abs(warp()(POINTS) - POINTS).max() < 1e-5


def test_an_affine_map_is_reproduced_everywhere():
    rotation, log_scale = np.array([0.3, -0.2, 0.5]), np.log([1.2, 0.8, 1.5])
    linear = rotation_matrices(torch.tensor(rotation)).numpy() @ np.diag(np.exp(log_scale))
    move = np.array([0.1, 0.2, -0.3])
    mapped = warp(
        tuple(rotation.tolist()), tuple(log_scale.tolist()), lambda nodes: nodes @ linear.T + move - nodes
    )
    outside = RNG.uniform(-1.5, 1.5, (50, 3))
    assert np.abs(mapped(outside) - (outside @ linear.T + move)).max() < 1e-5
    assert np.abs(mapped.jacobians(outside) - linear).max() < 1e-5


def test_shares_add_up_to_one():
    shares = warp().bind(POINTS).shares.numpy()
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert shares.min() > 0


def test_nodes_are_spread_out():
    nodes = choose_nodes(POINTS, 20, np.random.default_rng(0))
    distance = np.linalg.norm(nodes[:, None] - nodes, axis=-1) + 9 * np.eye(20)
    assert distance.min() > 0.4


def test_rotation_vectors_are_rotations():
    from scipy.spatial.transform import Rotation

    vectors = RNG.normal(size=(20, 3))
    expected = Rotation.from_rotvec(vectors).as_matrix()
    assert np.abs(rotation_matrices(torch.from_numpy(vectors)).numpy() - expected).max() < 1e-6
    assert np.abs(rotation_matrices(torch.zeros(1, 3)).numpy() - np.eye(3)).max() < 1e-6
