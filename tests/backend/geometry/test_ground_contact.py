"""Feet, legs, balance and travel speed of shapes whose values are known."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.cluster.hierarchy import fcluster, linkage
from zoetrope.geometry.ground_contact import (
    FLOATING_CATEGORIES,
    LEGGED_CATEGORIES,
    MIN_FOOT_DISTANCE,
    centre_of_mass_overhang,
    contact_steps,
    count_legs,
    estimate_travel_speed,
    find_feet,
    max_foot_clearance,
)

WEIGHTS = Path(__file__).parents[3] / "weights"
LEG_POSITIONS = np.array([[0.4, 0.6], [-0.4, 0.6], [0.4, -0.6], [-0.4, -0.6]])


@pytest.fixture
def stool():
    """A seat on four legs with two toes each: points (P, 3), and the index of each point's leg (-1: seat)."""
    z = np.linspace(0, 1, 21)
    toes = np.array([[0.01, 0.0], [-0.01, 0.0]])
    legs = [
        np.array([[*(position + toe), height] for toe in toes for height in z]) for position in LEG_POSITIONS
    ]
    seat = np.array([[x, y, 1.0] for x in np.linspace(-0.4, 0.4, 9) for y in np.linspace(-0.6, 0.6, 9)])
    return np.concatenate([*legs, seat]), np.repeat([0, 1, 2, 3, -1], [42, 42, 42, 42, 81])


def test_each_leg_has_one_foot(stool):
    points, leg = stool
    feet = find_feet(points)
    assert sorted(set(leg[foot]).pop() for foot in feet) == [0, 1, 2, 3]
    assert all(len(set(leg[foot])) == 1 for foot in feet)
    assert all(points[foot, 2].max() <= 0.06 for foot in feet)


@pytest.mark.parametrize("spread", [(1.0, 1.0), (0.0, 1.0)])
def test_feet_are_the_clusters_of_single_linkage(spread):
    rng = np.random.default_rng(0)
    for _ in range(40):
        points = np.zeros((rng.integers(2, 60), 3))
        points[:, :2] = (spread * rng.random((len(points), 2))).round(2)
        whole = np.concatenate([points, [[0.0, 0.0, 1.0]]])
        limit = MIN_FOOT_DISTANCE * np.linalg.norm(np.ptp(whole, axis=0))
        expected = fcluster(linkage(points[:, :2], "single"), limit, "distance")
        found = {tuple(sorted(foot)) for foot in find_feet(whole)}
        assert found == {tuple(np.nonzero(expected == i)[0]) for i in np.unique(expected)}


def test_single_lowest_point_is_a_foot():
    assert [foot.tolist() for foot in find_feet(np.array([[0, 0, 1.0], [0, 0, 0], [1, 0, 1]]))] == [[1]]


def test_clearance_is_that_of_the_foot_that_stays_highest(stool):
    points, leg = stool
    feet = find_feet(points)
    frames = np.stack([points] * 4)
    for index, heights in enumerate(([0, 0, 0, 0], [0.3, 0.1, 0.2, 0.4], [0.5, 0.0, 0.5, 0.5], [0.2] * 4)):
        frames[:, leg == index, 2] += np.array(heights)[:, None]
    assert max_foot_clearance(frames, feet, 1.0) == pytest.approx(0.2)
    assert max_foot_clearance(frames + [0, 0, 7], feet, 2.0) == pytest.approx(0.1)
    assert max_foot_clearance(frames[:1], feet, 1.0) == pytest.approx(0.5)


def test_clearance_is_zero_without_feet(stool):
    assert max_foot_clearance(stool[0][None], [], 1.0) == 0


def table(leg_positions, leg_width=0.002):
    """A slab of 2 x 1 x 0.2 at height 1 on legs of negligible weight at the given positions."""
    slab = trimesh.creation.box((2.0, 1.0, 0.2), trimesh.transformations.translation_matrix((0, 0, 1.0)))
    legs = [
        trimesh.creation.box(
            (leg_width, leg_width, 0.9), trimesh.transformations.translation_matrix((x, y, 0.45))
        )
        for x, y in leg_positions
    ]
    mesh = trimesh.util.concatenate([slab, *legs])
    return mesh.vertices.view(np.ndarray), mesh.faces.view(np.ndarray)


TABLE_DIAGONAL = np.sqrt(2.0**2 + 1.0**2 + 1.1**2)


def test_legs_are_counted_but_threads_are_not():
    assert count_legs(*table(LEG_POSITIONS[:3] * [1, 0.5], leg_width=0.1)) == 3
    assert count_legs(*table(LEG_POSITIONS[:3] * [1, 0.5], leg_width=0.002)) == 0


@pytest.mark.parametrize(
    ("leg_positions", "expected"),
    [
        (((-0.8, -0.4), (-0.8, 0.4), (0.8, -0.4), (0.8, 0.4)), -0.401),
        (((-0.8, -0.4), (-0.8, 0.4)), 0.799),
        (((-0.8, 0.0), (0.5, 0.3), (0.5, -0.3)), None),
    ],
)
def test_overhang_is_the_distance_from_the_edge_of_the_support_polygon(leg_positions, expected):
    overhang = centre_of_mass_overhang(*table(leg_positions))
    if expected is None:
        assert overhang < 0
    else:
        assert overhang == pytest.approx(expected / TABLE_DIAGONAL, abs=2e-3)


def test_body_on_a_point_is_balanced_only_above_it():
    top = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1]], float)
    faces = np.array([[0, 1, 2], [3, 1, 0], [3, 2, 1], [3, 0, 2]])
    balanced = np.vstack([top, [[1 / 3, 1 / 3, 0]]])
    off_balance = np.vstack([top, [[1.0, 1.0, 0]]])
    assert centre_of_mass_overhang(balanced, faces) == pytest.approx(0.0, abs=1e-9)
    assert centre_of_mass_overhang(off_balance, faces) > 0.1


def test_travel_speed_equals_the_speed_of_sliding_feet():
    """Two feet in turn: on the ground, sliding towards the tail at 2 units a second, then lifted forward."""
    count, seconds = 40, 1.0
    phase = (np.arange(count)[:, None] / count + np.array([0.0, 0.5])) % 1.0
    on_ground = phase < 0.5
    y = np.where(on_ground, -0.5 + 2 * phase, 0.5 - 2 * (phase - 0.5))
    z = np.where(on_ground, 0.0, 0.3)
    feet = np.stack([np.zeros_like(y), y, z], axis=-1)
    frames = np.repeat(feet, 10, axis=1)
    assert np.isclose(estimate_travel_speed(frames, seconds, True, 1.0), 2.0, rtol=0.05)
    still = np.zeros((40, 30, 3))
    assert estimate_travel_speed(still, seconds, True, 1.0) == 0


@pytest.mark.parametrize(("cyclic", "count"), [(True, 4), (False, 3)])
def test_contact_steps_are_those_of_vertices_that_stay_on_the_ground(cyclic, count):
    frames = np.zeros((4, 3, 3))
    frames[:, 0] = [[0.1 * t, 0.2 * t, 0.0] for t in range(4)]
    frames[:, 1, 2] = 1.0
    frames[::2, 2, 2] = 1.0  # lifted in every other frame
    steps = contact_steps(frames, cyclic, 1.0)
    assert len(steps) == count
    np.testing.assert_allclose(steps[:3], np.tile([0.1, 0.2, 0.0], (3, 1)))


def test_every_category_has_legs_lies_or_floats():
    training_labels = json.loads((WEIGHTS / "model.json").read_text())["categories"]
    groups = [*LEGGED_CATEGORIES, "blob", *FLOATING_CATEGORIES]
    assert sorted(groups) == sorted(category["name"] for category in training_labels)
