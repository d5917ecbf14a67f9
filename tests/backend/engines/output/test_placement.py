"""From the box to metres, and the ground under a clip."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.engines.output.placement import HOVER_HEIGHT, MAX_DIP, ground_lift, place_on_ground


def test_placed_creature_stands_centred_on_the_ground():
    rest = np.random.default_rng(0).uniform(-0.9, 0.9, (50, 3))
    placed = place_on_ground(rest, 1.7).points(rest)
    low, high = placed.min(0), placed.max(0)
    np.testing.assert_allclose(low[:2] + high[:2], 0, atol=1e-6)
    np.testing.assert_allclose((low[2], high[2]), (0, 1.7), atol=1e-6)


def test_transforms_in_metres_move_points_as_in_the_box():
    rng = np.random.default_rng(1)
    rest = rng.uniform(-0.9, 0.9, (50, 3))
    rotations = Rotation.random(4, random_state=2).as_matrix()
    translations = rng.normal(size=(4, 3))
    placement = place_on_ground(rest, 2.0)
    moved = rest @ rotations.transpose(0, 2, 1) + translations[:, None]
    transforms = placement.transforms(rotations, translations)
    metres = placement.points(rest) @ transforms[:, :3, :3].transpose(0, 2, 1) + transforms[:, None, :3, 3]
    np.testing.assert_allclose(metres, placement.points(moved), atol=1e-5)


def column(heights, sway=0.0):
    """Frames (T, 2, 3) of a stick of length 1 whose foot is at some heights and sways; and its foot."""
    foot = np.zeros((len(heights), 3))
    foot[:, 2] = heights
    foot[:, 0] = sway * np.arange(len(heights))
    return np.stack([foot, foot + [0, 0, 1]], axis=1), [np.array([0])]


def lifted(heights, category, action, sway=0.0):
    """Heights of the stick's foot after the lift."""
    vertices, feet = column(np.array(heights), sway)
    return np.array(heights) + ground_lift(vertices, feet, category, action)


def test_a_creature_that_walks_touches_the_ground_at_its_lowest_frames():
    for sunk in (-0.2, 0.15):
        heights = np.array([0.1, 0.0, 0.0, 0.0, 0.05])
        np.testing.assert_allclose(lifted(heights + sunk, "quadruped", "walk", sway=0.1), heights, atol=1e-6)


def test_a_toe_that_dips_for_a_moment_does_not_lift_the_creature():
    usual = np.full(10, 0.3)
    for dip, expected in ((0.004, 0.004), (0.2, MAX_DIP)):
        heights = usual - dip * (np.arange(10) == 4)
        found = lifted(heights, "quadruped", "walk", sway=0.1)
        assert found.min() == pytest.approx(-expected, abs=1e-6)


def test_a_creature_that_flies_or_swims_hangs_above_the_ground_over_the_whole_clip():
    for category, action in (("winged", "fly"), ("fish", "swim"), ("winged", "idle")):
        found = lifted([-0.5, -0.3, -0.4], category, action, sway=0.1)
        np.testing.assert_allclose(found, HOVER_HEIGHT + np.array([0.0, 0.2, 0.1]), atol=1e-6)


def test_a_bird_whose_feet_stand_still_stands_on_the_ground():
    np.testing.assert_allclose(lifted([0.02, 0.02, 0.02], "winged", "idle"), 0.0, atol=1e-6)


def test_deaths_end_on_the_ground_and_nothing_sinks_on_the_way():
    for category, start in (("quadruped", 0.0), ("winged", HOVER_HEIGHT)):
        for heights in ([0.0, 0.2, -0.6], [0.1, -0.9, 0.3], [0.0, 0.0, 0.4]):
            found = lifted(heights, category, "death", sway=0.1)
            assert found[0] == pytest.approx(start)
            assert found[-1] == pytest.approx(0.0)
            assert found.min() > -1e-9
