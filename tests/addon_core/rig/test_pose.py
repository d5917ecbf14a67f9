"""Rotations of pose bones from world rotations."""

import numpy as np
import pytest

from blender_addon.core.rig import pose

RANDOM = np.random.default_rng(3)


def quaternions(*shape):
    values = RANDOM.normal(size=(*shape, 4))
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def test_products_rotate_one_after_the_other():
    a, b, points = quaternions(20), quaternions(20), RANDOM.normal(size=(20, 3))
    assert np.allclose(pose.rotate(pose.multiply(a, b), points), pose.rotate(a, pose.rotate(b, points)))
    assert np.allclose(pose.rotate(pose.conjugate(a), pose.rotate(a, points)), points)


def test_a_quarter_about_z_turns_x_to_y():
    quarter = np.array([np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
    assert np.allclose(pose.rotate(quarter, np.array([1.0, 0.0, 0.0])), [0.0, 1.0, 0.0])


def test_the_chain_of_basis_rotations_gives_the_world_rotations_back():
    parents, rest, world = np.array([-1, 0, 1, 1]), quaternions(4), quaternions(6, 4)
    basis = pose.basis_rotations(rest, parents, world)
    for frame in range(6):
        turned = []
        for joint, parent in enumerate(parents):
            above = turned[parent] if parent >= 0 else np.array([1.0, 0, 0, 0])
            local = pose.multiply(
                pose.multiply(rest[joint], basis[frame, joint]), pose.conjugate(rest[joint])
            )
            turned.append(pose.multiply(above, local))
        dots = np.abs((np.array(turned) * world[frame]).sum(axis=1))
        assert np.allclose(dots, 1.0)


def test_signs_do_not_flip_and_begin_positive():
    slow = np.stack(
        [np.cos(np.linspace(0, 4, 50)), *[np.sin(np.linspace(0, 4, 50)) / np.sqrt(3)] * 3], axis=1
    )
    flipped = slow * np.where(RANDOM.random(50) < 0.5, -1.0, 1.0)[:, None]
    assert np.allclose(pose.continuous(flipped[:, None]), slow[:, None])


def test_the_closing_rotation_is_the_first_one_with_the_sign_of_the_last():
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False) / 2  # one whole turn: the sign changes
    turn = np.stack([np.cos(angles), 0 * angles, 0 * angles, np.sin(angles)], axis=1)[:, None]
    closed = pose.closed_rotations(turn)
    assert len(closed) == 13
    assert np.allclose(closed[-1], -turn[0])
    assert np.linalg.norm(np.diff(closed, axis=0), axis=-1).max() == pytest.approx(
        np.linalg.norm(turn[1] - turn[0]), rel=1e-6
    )


def test_the_chain_of_basis_locations_gives_the_displacements_back():
    parents, rest, world = np.array([-1, 0, 1, 1]), quaternions(4), quaternions(6, 4)
    heads, moved = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(6, 4, 3))
    locations = pose.basis_locations(rest, parents, heads, world, moved)
    for frame in range(6):
        placed = []
        for joint, parent in enumerate(parents):
            local = pose.rotate(rest[joint], locations[frame, joint])
            if parent < 0:
                placed.append(heads[joint] + local)
            else:
                along = heads[joint] - heads[parent] + local
                placed.append(placed[parent] + pose.rotate(world[frame, parent], along))
        assert np.allclose(placed, heads + moved[frame])
