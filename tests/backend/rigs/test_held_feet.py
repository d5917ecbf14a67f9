"""Refitting a motion to feet that are held."""

import numpy as np
from zoetrope.rigs.held_feet import refit_with_held_feet
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin


def leg():
    """A root with one bone from the hip at 1 to the ground, 20 vertices along it, at rest for 4 frames."""
    heads = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    tails = np.array([[0.0, -0.2, 0.0], [0.0, 0.0, 0.0]])
    skeleton = Skeleton(("root", "leg"), np.array([-1, 0]), heads, tails)
    rest = np.stack(
        [0.05 * np.cos(np.arange(20)), 0.05 * np.sin(np.arange(20)), np.linspace(0, 1, 20)], axis=1
    )
    joints = np.zeros((20, 4), np.uint8)
    joints[:, 0] = 1
    values = np.zeros((20, 4), np.float32)
    values[:, 0] = 1
    motion = SkeletonMotion(np.tile(np.eye(3), (4, 2, 1, 1)), np.zeros((4, 3)))
    return skeleton, SkinWeights(joints, values), rest, motion


def test_without_a_held_foot_the_motion_stays():
    skeleton, weights, rest, motion = leg()
    goal = np.tile(rest, (4, 1, 1)) + 1.0
    held = np.zeros(20, bool)
    assert refit_with_held_feet(skeleton, weights, rest, goal, held, motion, False) is motion


def test_a_held_foot_comes_nearer_to_its_place():
    skeleton, weights, rest, motion = leg()
    held = rest[:, 2] < 0.2
    goal = np.tile(rest, (4, 1, 1))
    goal[:, held, 1] += 0.2
    fitted = refit_with_held_feet(skeleton, weights, rest, goal, held, motion, False)
    away = np.linalg.norm(skin(rest, weights, skeleton, fitted) - goal, axis=-1)[:, held]
    assert away.max() < 0.05
