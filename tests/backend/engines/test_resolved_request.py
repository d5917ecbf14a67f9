"""Requests are checked against the labels of the weights, and their defaults filled in."""

import pytest
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError


def test_labels_are_indices_from_one(engine):
    resolved = engine.resolve(GenerateRequest("quadruped", "walk"))
    description = engine.description
    assert description.categories[resolved.category_index - 1].name == "quadruped"
    assert description.action_order[resolved.action_index - 1] == resolved.action_label.name == "walk"


def test_empty_labels_are_unconditional_loops(engine):
    resolved = engine.resolve(GenerateRequest("", ""))
    assert (resolved.category_index, resolved.action_index) == (0, 0)
    assert resolved.action_label.cyclic


def test_defaults_are_typical_height_and_palette_of_the_seed(engine):
    typical = next(c.height for c in engine.description.categories if c.name == "quadruped")
    resolved = engine.resolve(GenerateRequest("quadruped", seed=4))
    assert (resolved.height, resolved.palette_seed) == (typical, 4)
    resolved = engine.resolve(GenerateRequest("quadruped", seed=4, height=2.0, palette=0))
    assert (resolved.height, resolved.palette_seed) == (2.0, 0)


@pytest.mark.parametrize(
    ("request_", "choice"),
    [
        (GenerateRequest(category="unicorn"), "quadruped"),
        (GenerateRequest(action="sing"), "walk"),
        (GenerateRequest(detail=100), "128"),
    ],
)
def test_unknown_labels_and_details_name_the_choices(engine, request_, choice):
    with pytest.raises(ZoetropeError, match=choice) as caught:
        engine.resolve(request_)
    assert caught.value.code == "bad_option"
