"""Proportions of a request: sampled, set, seeded."""

import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.request import GenerateRequest

LONG_LEGS = BodyShape(legs=1.6)


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
