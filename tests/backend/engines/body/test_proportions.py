"""Proportions and morphs of generated creatures: sampled, set, seeded; the default changes nothing."""

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.body.mapped_body import map_body
from zoetrope.engines.body.morphs import MorphTargets
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.errors import ZoetropeError

LONG_LEGS = BodyShape(legs=1.6)


def generate(**options):
    request = GenerateRequest(seed=3, frames=8, detail=64, faces=1000, texture=None, **options)
    return ProceduralEngine().generate(request, lambda *_: None)


@pytest.fixture(scope="module")
def plain():
    return generate()


def test_nothing_is_sampled_unless_the_weights_say_a_strength():
    request = GenerateRequest(category="fish", seed=4)
    assert resolve_proportions(request, {}).is_identity
    sampled = resolve_proportions(request, {"fish": 1.0})
    assert not sampled.is_identity
    assert sampled.legs == 1.0
    assert sampled == resolve_proportions(request, {"fish": 1.0})


def test_set_proportions_are_not_mixed_with_sampled_ones():
    request = GenerateRequest(category="quadruped", proportions=LONG_LEGS)
    assert resolve_proportions(request, {"quadruped": 1.0}) == LONG_LEGS


def test_sliders_multiply_the_sample_of_a_seed():
    alone = resolve_proportions(GenerateRequest(category="quadruped", proportions_seed=5), {})
    both = resolve_proportions(
        GenerateRequest(category="quadruped", proportions_seed=5, proportions=BodyShape(tail=1.1)), {}
    )
    assert both.tail == pytest.approx(1.1 * alone.tail)
    assert both.head == alone.head != 1.0


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


def test_morph_goes_to_the_body_of_another_seed(plain):
    morphed = generate(morph=MorphRequest(8, 0.4))
    assert 0.002 < np.abs(morphed.rest - plain.rest).max() < 0.3
    assert morphed.meta["morph"] == {"other": 8, "amount": 0.4}


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_impossible_amount_is_refused(amount):
    with pytest.raises(ZoetropeError, match="amount"):
        generate(morph=MorphRequest(8, amount))


def test_unknown_creature_is_refused():
    with pytest.raises(ZoetropeError, match="no creature 'Griffin'"):
        generate(morph=MorphRequest("Griffin", 0.4))


def test_registration_is_made_once_for_all_amounts_of_a_body():
    surface, made = ProceduralCreature(3).mesh(32), []

    def sampled(seed):
        made.append(seed)
        return ProceduralCreature(seed).mesh(32)

    targets = MorphTargets(lambda _: [], sampled)
    for amount in (0.1, 0.2, 0.3):
        request = GenerateRequest(seed=3, morph=MorphRequest(8, amount))
        map_body(request, surface, BodyShape(), targets)
    assert made == [8]


def test_preview_shows_the_rest_pose_that_will_be_generated():
    request = GenerateRequest(seed=3, action="", faces=None, texture=None, proportions=LONG_LEGS)
    shown = ProceduralEngine().preview(request, lambda *_: None)
    made = generate(proportions=LONG_LEGS)
    assert np.abs(np.ptp(shown.rest, axis=0) - np.ptp(made.rest, axis=0)).max() < 0.03
    assert shown.rest[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert shown.proportions == LONG_LEGS
