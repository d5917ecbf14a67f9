"""Generated creatures with other proportions: rest pose, motion and preview; the default changes nothing."""

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest, MorphRequest

LONG_LEGS = BodyShape(legs=1.6)


def generate(**options):
    request = GenerateRequest(seed=3, frames=8, detail=64, faces=1000, texture=None, **options)
    return ProceduralEngine().generate(request, lambda *_: None)


@pytest.fixture(scope="module")
def plain():
    return generate()


def test_default_request_changes_nothing(plain):
    same = generate(proportions=BodyShape(), morph=MorphRequest(8, 0.0))
    assert np.array_equal(plain.rest, same.rest)
    assert np.array_equal(plain.vertices, same.vertices)
    assert "proportions" not in same.meta


def test_mapped_creature_keeps_its_height_and_stands_on_the_ground(plain):
    mapped = generate(proportions=LONG_LEGS)
    assert np.ptp(mapped.rest[:, 2]) == pytest.approx(np.ptp(plain.rest[:, 2]), abs=1e-5)
    assert mapped.rest[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    # at the same height, longer legs leave a shorter trunk
    assert np.ptp(mapped.rest[:, 1]) < 0.9 * np.ptp(plain.rest[:, 1])
    assert abs(mapped.vertices[..., 2].min() - plain.vertices[..., 2].min()) < 0.02
    assert mapped.meta["proportions"]["legs"] == 1.6
    assert np.array_equal(mapped.faces, plain.faces)


def test_same_seeds_give_the_same_creature():
    first, again = generate(proportions_seed=9), generate(proportions_seed=9)
    assert np.array_equal(first.vertices, again.vertices)
    assert first.meta["proportions_seed"] == 9
    assert np.abs(first.rest - generate(proportions_seed=10).rest).max() > 0.005


def test_preview_shows_the_rest_pose_that_will_be_generated():
    request = GenerateRequest(seed=3, action="", faces=None, texture=None, proportions=LONG_LEGS)
    shown = ProceduralEngine().preview(request, lambda *_: None)
    made = generate(proportions=LONG_LEGS)
    assert np.abs(np.ptp(shown.rest, axis=0) - np.ptp(made.rest, axis=0)).max() < 0.03
    assert shown.rest[:, 2].min() == pytest.approx(0.0, abs=1e-6)
