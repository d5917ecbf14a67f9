"""The quality check of bodies on the procedural creature, whole and with defects."""

from dataclasses import replace

import defective_sequences
import numpy as np
import pytest
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.sampling import body_checks
from zoetrope.engines.sampling.body_checks import (
    BODY_PASSED,
    NO_BODY,
    BodyCheck,
    check_body,
    check_surface,
    eikonal_deviation,
)
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.isosurface import extract_surface

LOWEST = defective_sequences.body()[0][:, 2].min()


def check(category, *without, extra=None):
    """Check the procedural creature without some parts, with an extra one."""
    vertices, faces = defective_sequences.body(*without, extra=extra)
    return check_surface(vertices.astype(np.float64), faces.astype(np.int64), category)


def ball(centre, radius):
    return lambda points: np.linalg.norm(points - np.asarray(centre), axis=1) - radius


def test_whole_quadruped_passes():
    assert check("quadruped") == BODY_PASSED


def test_missing_leg_is_a_defect_of_four_legged_categories_only():
    assert check("quadruped", "fl") == BodyCheck(1, 0.0)
    assert check("blob", "fl") == BODY_PASSED


def test_loose_part_counts_by_its_volume():
    smaller = check("quadruped", extra=ball([0.8, 0.8, 0.8], 0.12))
    larger = check("quadruped", extra=ball([0.8, 0.8, 0.8], 0.15))
    assert smaller.ground_defects == larger.ground_defects == 0
    assert 0.01 < smaller.loose_share < 0.3
    assert larger.loose_share > 1.5 * smaller.loose_share


def test_fragment_that_the_clean_up_removes_is_no_defect_even_below_the_feet():
    assert check("quadruped", extra=ball([0.8, 0.8, LOWEST - 0.04], 0.03)) == BODY_PASSED


@pytest.mark.parametrize("category", ["biped", "dinosaur", "humanoid"])
def test_fragment_on_the_ground_is_a_ground_defect_of_legged_categories(category):
    on_ground = ball([0.8, 0.8, LOWEST + 0.03], 0.03)
    assert check(category, extra=on_ground) == BodyCheck(1, 0.0)
    assert check("fish", extra=on_ground) == BODY_PASSED
    assert check(category, extra=ball([0.8, 0.8, 0.8], 0.03)) == BODY_PASSED, "in the air"


@pytest.mark.parametrize("category", ["biped", "dinosaur", "humanoid"])
def test_body_that_would_fall_over_has_a_ground_defect(category):
    assert check(category) == BODY_PASSED
    assert check(category, "bl", "br") == BodyCheck(1, 0.0)
    assert check("winged", "bl", "br") == BODY_PASSED, "it may fly"
    assert check("quadruped", "bl", "br") == BodyCheck(2, 0.0)


def test_severed_feet_are_loose():
    vertices, _ = defective_sequences.body()
    shin = LOWEST + 0.25 * np.ptp(vertices[:, 2])

    def cut(distance):
        return lambda points: np.maximum(distance(points), 0.06 - np.abs(points[:, 2] - shin))

    parts = [part.distance for part in ProceduralCreature(0).parts.values()]
    surface = extract_surface(lambda points: np.min([cut(part)(points) for part in parts], axis=0), 64)
    result = check_surface(surface.vertices.astype(np.float64), surface.faces.astype(np.int64), "quadruped")
    assert result.loose_share > 0


def test_field_without_surface_fails(bundle, monkeypatch):
    def extract(*arguments, **options):
        raise ZoetropeError("", code="empty_surface")

    monkeypatch.setattr(body_checks, "extract_uncleaned", extract)
    assert check_body(bundle, torch.zeros(1, bundle.shape_model.size), "quadruped") == (NO_BODY, None)


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 0.0), (0.6, 0.4), (1.3, 0.3)])
def test_eikonal_deviation_is_that_of_the_gradient_from_1(slope, expected):
    surface = extract_surface(ball([0.1, 0.0, 0.0], 0.5), 48)
    distance = ball([0.1, 0.0, 0.0], 0.5)
    found = eikonal_deviation(lambda points: slope * distance(points), surface.vertices)
    assert found == pytest.approx(expected, abs=0.01)


def test_a_body_above_its_categorys_limit_does_not_pass(bundle, monkeypatch):
    def field(points):
        return 0.5 * ball([0.0, 0.0, 0.0], 0.5)(points)

    monkeypatch.setattr(body_checks, "compose_shape_field", lambda *_: field)
    shape = torch.zeros(1, bundle.shape_model.size)
    for limits, excess in (({}, 0.0), ({"blob": 0.6}, 0.0), ({"blob": 0.2}, 0.3), ({"fish": 0.2}, 0.0)):
        limited = replace(bundle, description=replace(bundle.description, eikonal_limits=limits))
        result, _ = check_body(limited, shape, "blob")
        assert result.excess_deviation == pytest.approx(excess, abs=0.01)
        assert (result == BODY_PASSED) == (excess == 0)
