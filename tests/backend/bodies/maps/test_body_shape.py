"""Proportions: ranges, JSON, priors by category; their map has no folds and leaves heads round."""

import json
import math

import numpy as np
import pytest
from map_measures import anisotropy
from zoetrope.bodies.maps.body_map import identity_map, jacobians
from zoetrope.bodies.maps.body_shape import ABSENT, PROPORTIONS, RANGES, BodyShape
from zoetrope.bodies.maps.landmarks import TYPICAL, typical_landmarks
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.errors import ZoetropeError

CATEGORIES = (*TYPICAL, "other")


@pytest.fixture(scope="module")
def rest():
    return ProceduralCreature(0).mesh(32)[0].astype(np.float64)


def grid(rest):
    low, high = rest.min(axis=0), rest.max(axis=0)
    axes = (np.linspace(a, b, 9) for a, b in zip(low, high, strict=True))
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)


def extremes():
    """Each proportion at both ends, all at either end, and random corners of the ranges."""
    for name, ends in RANGES.items():
        yield from (BodyShape(**{name: end}) for end in ends)
    for end in (0, 1):
        yield BodyShape(**{name: ends[end] for name, ends in RANGES.items()})
    rng = np.random.default_rng(0)
    for _ in range(12):
        yield BodyShape(**{name: ends[rng.integers(2)] for name, ends in RANGES.items()})


def test_unchanged_body_is_the_same_to_the_last_bit(rest):
    assert BodyShape().is_identity
    assert BodyShape().map_for(rest, "quadruped") is identity_map
    assert np.array_equal(identity_map(rest), rest)


@pytest.mark.parametrize("category", CATEGORIES)
def test_map_has_no_folds_over_the_whole_range(rest, category):
    points = np.concatenate([grid(rest), rest[::7]])
    for shape in extremes():
        assert np.linalg.det(jacobians(shape.map_for(rest, category), points)).min() > 0.01, shape


@pytest.mark.parametrize("category", CATEGORIES)
def test_eyes_stay_round_over_the_whole_range(rest, category):
    landmarks = typical_landmarks(rest, category)
    sphere = np.random.default_rng(1).normal(size=(200, 3))
    sphere *= 0.95 * landmarks.head_radius / np.linalg.norm(sphere, axis=1, keepdims=True)
    for shape in extremes():
        assert anisotropy(shape.map_for(rest, category), landmarks.head + sphere).max() < 1.15, shape


def test_without_protection_a_head_would_be_squashed(rest):
    away_from_head = rest[rest[:, 1] > 0]
    assert anisotropy(BodyShape(height=1.6).map_for(rest, "quadruped"), away_from_head).max() > 1.4


@pytest.mark.parametrize("name", PROPORTIONS)
def test_proportion_does_not_act_where_its_part_is_absent(rest, name):
    shape, points = BodyShape(**{name: RANGES[name][1]}), grid(1.5 * rest)
    for category in CATEGORIES:
        moved = np.abs(shape.map_for(rest, category)(points) - points).max()
        if name in ABSENT.get(category, ()):
            assert moved == 0
        elif category == ("winged" if name == "arms" else "quadruped"):
            assert moved > 0.005


def test_legs_grow_by_their_factor_and_the_ground_stays_level(rest):
    landmarks = typical_landmarks(rest, "quadruped")
    shape = BodyShape(legs=1.5).map_for(rest, "quadruped")
    ground = rest[:, 2].min()
    foot = np.array([[0.1, 0.6, ground], [-0.2, -0.3, ground]])
    assert np.abs(shape(foot)[:, 2] - ground).max() < 1e-9
    shin = foot + [0.0, 0.0, 0.3 * (landmarks.leg_top - ground)]
    assert np.allclose(shape(shin)[:, 2] - ground, 1.5 * (shin[:, 2] - ground), rtol=1e-3)


def test_map_is_left_right_symmetric(rest):
    shape = BodyShape.sample(np.random.default_rng(2), 1.0, "biped").map_for(rest, "biped")
    middle = 0.5 * (rest[:, 0].min() + rest[:, 0].max())
    mirrored = rest * [-1, 1, 1] + [2 * middle, 0, 0]
    assert np.allclose(shape(mirrored), shape(rest) * [-1, 1, 1] + [2 * middle, 0, 0])


def test_whole_body_can_be_scaled_alike(rest):
    moved = BodyShape(width=1.3, length=1.3, height=1.3).map_for(rest, "fish")(rest)
    factor = np.ptp(moved, axis=0) / np.ptp(rest, axis=0)
    assert np.allclose(factor, 1.3, rtol=1e-3)


@pytest.mark.parametrize("category", CATEGORIES)
def test_samples_depend_on_the_seed_and_strength_alone(category):
    first, again, other = (BodyShape.sample(np.random.default_rng(seed), 1.0, category) for seed in (3, 3, 4))
    assert first == again != other
    assert BodyShape.sample(np.random.default_rng(3), 0.0, category).is_identity
    weak = BodyShape.sample(np.random.default_rng(3), 0.5, category)
    for name in PROPORTIONS:
        assert math.log(getattr(weak, name)) == pytest.approx(0.5 * math.log(getattr(first, name)), abs=1e-9)
        assert (name in ABSENT.get(category, ())) == (getattr(first, name) == 1.0)


def test_json_holds_all_of_a_shape():
    shape = BodyShape.sample(np.random.default_rng(5))
    assert BodyShape.from_mapping(json.loads(json.dumps(shape.as_mapping()))) == shape


def test_sliders_multiply_a_sample_within_the_ranges():
    shape = BodyShape(legs=1.8, head=0.9).times(BodyShape(legs=1.5, head=1.1))
    assert shape.legs == RANGES["legs"][1]
    assert shape.head == pytest.approx(0.99)


@pytest.mark.parametrize(
    "values", [{"legs": 9}, {"legs": 0}, {"legs": math.nan}, {"legs": "long"}, {"ears": 1}]
)
def test_bad_proportions_are_refused_with_what_is_possible(values):
    with pytest.raises(ZoetropeError) as error:
        BodyShape.from_mapping(values)
    assert error.value.code == "bad_option"
    assert next(iter(values)) in error.value.message
    assert error.value.remedy
