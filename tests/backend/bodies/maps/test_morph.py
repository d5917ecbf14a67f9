"""A morph: nothing at 0, near the other creature at the end, heads round, unlike bodies refused."""

import numpy as np
import pytest
from map_measures import anisotropy
from zoetrope.bodies.maps.body_map import jacobians
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.maps.landmarks import typical_landmarks
from zoetrope.bodies.maps.morph import MAX_COST, Morph, check_amount, largest_amount
from zoetrope.bodies.registration import Registration, Settings, register
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest


@pytest.fixture(scope="module")
def surfaces():
    body, faces = ProceduralCreature(0).mesh(32)
    other = BodyShape(width=1.3, height=1.25, belly=1.3).map_for(body, "quadruped")(body)
    return (body.astype(np.float64), faces), (other, faces)


@pytest.fixture(scope="module")
def registration(surfaces):
    return register(*surfaces, Settings(nodes=120, source_points=1500, target_points=2500, iterations=100))


@pytest.fixture(scope="module")
def landmarks(surfaces):
    return typical_landmarks(surfaces[0][0], "quadruped")


def test_morph_of_nothing_is_the_body(surfaces, registration, landmarks):
    rest = surfaces[0][0]
    assert np.abs(Morph(registration, 0.0, rest, landmarks)(rest) - rest).max() < 1e-9


def test_morph_comes_nearer_to_the_other_with_its_amount(surfaces, registration, landmarks):
    (rest, _), (other, _) = surfaces
    away = [
        nearest(other, Morph(registration, s, rest, landmarks)(rest))[0].mean() for s in (0, 0.3, 0.6, 0.9)
    ]
    assert (np.diff(away) < 0).all(), away
    assert away[-1] < 0.5 * away[0], away


def test_morph_keeps_heads_round_and_is_symmetric(surfaces, registration, landmarks):
    rest = surfaces[0][0]
    morph = Morph(registration, 0.6, rest, landmarks)
    ball = np.random.default_rng(0).normal(size=(100, 3))
    ball *= 0.9 * landmarks.head_radius / np.linalg.norm(ball, axis=1, keepdims=True)
    assert anisotropy(morph, landmarks.head + ball).max() < 1.2
    middle = rest[:, 0].min() + rest[:, 0].max()
    mirrored = morph(rest * [-1, 1, 1] + [middle, 0, 0])
    assert np.allclose(mirrored, morph(rest) * [-1, 1, 1] + [middle, 0, 0], atol=1e-5)


def test_allowed_amounts_fold_over_almost_nowhere(surfaces, registration, landmarks):
    rest = surfaces[0][0]
    amount = largest_amount(registration, rest)
    assert amount >= 0.3
    folded = np.linalg.det(jacobians(Morph(registration, amount, rest, landmarks), rest)) <= 0
    assert folded.mean() <= 0.02


def test_unlike_creature_is_refused_with_the_nearest_ones(surfaces, registration):
    far = Registration(registration.warp, MAX_COST, 0.1, 0.1, 0.1)
    with pytest.raises(ZoetropeError, match="too unlike the Cow") as error:
        check_amount(far, surfaces[0][0], 0.2, "the Cow", ["Fox", "Wolf"])
    assert error.value.code == "bad_option"
    assert "Fox, Wolf" in error.value.remedy


def test_amount_beyond_what_the_registration_bears_is_refused(surfaces, registration):
    with pytest.raises(ZoetropeError, match="may go to 0"):
        check_amount(registration, surfaces[0][0], 0.99, "the Fox", [])
