"""Requests for a creature that differs by its body or its proportions alone."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from blender_addon.client import protocol
from blender_addon.core.body import variation
from blender_addon.core.body.proportions import RANGES
from blender_addon.core.errors import GenerationError

from ..fake_backend import REQUEST

MADE = {**REQUEST, "proportions": None, "proportions_seed": None, "morph": {"other": "fox", "amount": 0.3}}
USED = {**dict.fromkeys(RANGES, 1.0), "legs": 1.234567890123456, "tail": 0.87}


def stored(request=MADE, used=None, **more):
    meta = {} if used is None else {"proportions": used}
    return json.dumps({"request": request, "meta": meta, **more})


def sliders(values):
    return {name: float(np.float32(values.get(name, 1.0))) for name in RANGES}


def test_a_new_body_keeps_options_coat_and_proportions():
    made = variation.new_body(stored(), 99)
    assert made == {**MADE, "seed": 99, "palette": 7, "morph": None}, "the palette's seed was the creature's"
    assert variation.new_body(stored({**MADE, "palette": 5}), 99)["palette"] == 5
    sampled = variation.new_body(stored(used=USED), 99)
    assert sampled["proportions_seed"] == 7, "they were sampled with the creature's seed"
    given = {**MADE, "proportions": {"legs": 1.2}}
    assert variation.new_body(stored(given, USED), 99) == {**given, "seed": 99, "palette": 7, "morph": None}


def test_new_proportions_change_nothing_else():
    given = {**MADE, "palette": 5, "proportions": {"legs": 1.2}, "proportions_seed": 3}
    made = variation.new_proportions(stored(given, USED), 42)
    assert made == {**given, "proportions": None, "proportions_seed": 42}


def test_sliders_that_were_not_moved_request_the_same_factors_bit_for_bit():
    text = stored({**MADE, "proportions_seed": 3}, USED)
    factors = {"legs": USED["legs"], "tail": USED["tail"]}
    assert variation.proportions_of(text) == factors
    values = sliders(factors)
    assert variation.has_proportions(text, values)
    made = variation.with_proportions(text, values)
    assert made == {**MADE, "proportions": factors, "proportions_seed": None}
    values["head"] = float(np.float32(1.3))
    assert not variation.has_proportions(text, values)
    assert variation.with_proportions(text, values)["proportions"] == {**factors, "head": 1.3}


def test_a_preview_of_sliders_is_of_the_same_body_coat_and_height():
    given = {**MADE, "palette": 5, "height": 2.0, "proportions_seed": 3}
    values = sliders({"legs": USED["legs"], "tail": USED["tail"], "head": 1.3})
    made = variation.preview_with(stored(given, USED), values)
    assert made == {
        "category": "quadruped",
        "seed": 7,
        "palette": 5,
        "height": 2.0,
        "proportions": {"legs": USED["legs"], "tail": USED["tail"], "head": 1.3},
        "proportions_seed": None,
        "morph": {"other": "fox", "amount": 0.3},
    }
    protocol.preview("/tmp/job", **made)


def test_a_creature_of_an_older_version_has_one_action():
    old = {name: MADE[name] for name in ("category", "seed", "fps", "detail", "frames")}
    made = variation.new_proportions(stored({**old, "action": "walk", "unknown": 1}), 2)
    protocol.generate("/tmp/job", **made)
    assert {name: made[name] for name in old} == old
    assert (made["actions"], made["proportions"], made["proportions_seed"]) == (["walk"], None, 2)
    assert (made["output"], made["faces"], made["palette"]) == ("shape_keys", None, None), "what was left out"


def test_a_creature_of_an_older_version_lacks_no_argument():
    old = {name: MADE[name] for name in ("category", "seed", "actions", "fps", "detail")}
    made = variation.new_body(stored(old), 99)
    assert set(made) == set(MADE)
    assert (made["seed"], made["palette"], made["proportions_seed"]) == (99, 7, None)
    assert set(variation.preview_with(stored(old), sliders({}))) == set(variation.PREVIEWED)


def test_what_is_required_is_a_choice():
    text = stored({"category": "fish", "seed": 1})
    assert variation.stored_request(text, ("category", "seed"))["seed"] == 1
    with pytest.raises(GenerationError) as caught:
        variation.stored_request(text, remedy="Do so.")
    assert caught.value.remedy == "Do so."


@pytest.mark.parametrize("request_stored", [None, {}, {"category": "fish", "seed": 1}])
def test_without_what_made_it_there_is_a_sentence(request_stored):
    with pytest.raises(GenerationError, match="not stored with it"):
        variation.new_body(stored(request_stored), 1)
    assert variation.proportions_of(stored(request_stored)) == {}


def test_other_weights_would_make_another_body():
    text = stored(weights={"name": "one", "checksum": "a"})
    variation.check_weights(text, {"name": "two", "checksum": "a"})
    with pytest.raises(GenerationError, match="The weights one, which made this creature") as caught:
        variation.check_weights(text, {"name": "two", "checksum": "b"})
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    ["hello", "[]", "5", 5, None, True, "{}", '{"request": 5}', '{"request": {"seed": "x"}}', "[" * 99999]
    + [
        stored({**MADE, **wrong}) for wrong in ({"category": []}, {"seed": "x"}, {"actions": 5}, {"fps": "a"})
    ],
)
def test_what_is_stored_and_damaged_is_one_sentence(text):
    for make in (variation.new_body, variation.new_proportions):
        with pytest.raises(GenerationError, match="not stored with it"):
            make(text, 1)
    for make in (variation.with_proportions, variation.preview_with):
        with pytest.raises(GenerationError, match="not stored with it"):
            make(text, sliders({}))
    assert variation.proportions_of(text) == {}
    assert variation.has_proportions(text, sliders({}))


def test_proportions_that_are_no_numbers_count_as_none():
    assert variation.proportions_of(stored(used={"legs": "long", "tail": None, "neck": 1.2})) == {"neck": 1.2}
    assert variation.proportions_of(json.dumps({"meta": []})) == {}
    with pytest.raises(GenerationError, match="not those in use"):
        variation.check_weights(json.dumps({"weights": 5}), {"checksum": "a"})


def test_a_creature_without_a_rest_pose_gets_another_body_alone():
    text = stored({**MADE, "engine": "hyperdiffusion"})
    made = variation.new_body(text, 9)
    assert (made["seed"], made["engine"], made["palette"]) == (9, "hyperdiffusion", None)
    for change in (
        lambda: variation.new_proportions(text, 3),
        lambda: variation.with_proportions(text, {}),
        lambda: variation.preview_with(text, {}),
    ):
        with pytest.raises(GenerationError, match="no rest pose"):
            change()
    with pytest.raises(GenerationError, match="no rest pose"):
        variation.check_rest_pose(text)
    for other in (stored(), "hello", 5):
        variation.check_rest_pose(other)


@pytest.mark.parametrize(("stored_engine", "engine"), [("", "dnf"), ("dnf", "dnf"), ("hyperdiffusion",) * 2])
def test_settings_are_about_a_creature_of_the_same_engine_kind_and_seed(stored_engine, engine):
    text = stored({**MADE, "engine": stored_engine})
    same = {"engine": engine, "category": MADE["category"], "seed": MADE["seed"]}
    assert variation.is_about(text, SimpleNamespace(**same))
    for name, other in (("engine", "other"), ("category", "fish"), ("seed", MADE["seed"] + 1)):
        assert not variation.is_about(text, SimpleNamespace(**{**same, name: other}))
