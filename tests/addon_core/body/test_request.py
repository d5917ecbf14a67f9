"""What the panel says about the body, as the part of a request."""

import json
import types

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.request import MAX_MORPH, GenerateRequest, MorphRequest

from blender_addon.client import protocol
from blender_addon.core.body.proportions import RANGES
from blender_addon.core.body.request import MAX_AMOUNT, body_options, preview_request

from ..conftest import ROOT

DONORS = (("fox", "Fox", "quadruped"), ("wolf", "Wolf", "quadruped"), ("shark", "Shark", "fish"))
NONE = {"proportions": None, "proportions_seed": None, "morph": None}


def settings(category="quadruped", factors=(), **changes):
    values = {name: float(np.float32(dict(factors).get(name, 1.0))) for name in RANGES}
    kept = {
        **{"category": category, "seed": 7, "sampled": "BODY", "proportions_seed": 3},
        **{"morph_name": "OFF", "morph_seed": 11, "morph_amount": float(np.float32(0.4))},
        **{"natural_palette": True, "palette": 5, "natural_height": True, "height_metres": 2.0},
    }
    return types.SimpleNamespace(**{**kept, **changes, "proportions": types.SimpleNamespace(**values)})


def options(strengths=(), **changes):
    return body_options(settings(**changes), dict(strengths), DONORS)


def test_untouched_settings_leave_everything_to_the_backend():
    assert options() == NONE
    assert options(strengths={"quadruped": 0.5}) == NONE


def test_sliders_that_do_not_act_are_ignored():
    assert options(factors={"legs": 1.2}) == {**NONE, "proportions": {"legs": 1.2}}
    assert options(category="fish", factors={"legs": 1.2}) == NONE


def test_a_seed_of_their_own_is_multiplied_by_the_sliders():
    assert options(sampled="SEED") == {**NONE, "proportions_seed": 3}
    both = options(sampled="SEED", factors={"legs": 1.2})
    assert both == {**NONE, "proportions": {"legs": 1.2}, "proportions_seed": 3}


def resolved(options, strengths):
    shape = None if options["proportions"] is None else BodyShape.from_mapping(options["proportions"])
    request = GenerateRequest(seed=7, proportions=shape, proportions_seed=options["proportions_seed"])
    return resolve_proportions(request, strengths).as_mapping()


def test_the_first_move_of_a_slider_changes_nothing_but_its_proportion():
    strengths = {"quadruped": 0.5}
    still = resolved(options(strengths=strengths), strengths)
    moved = resolved(options(strengths=strengths, factors={"legs": 1.25}), strengths)
    assert still["legs"] != 1.0, "the weights sample proportions"
    assert moved == {**still, "legs": pytest.approx(1.25 * still["legs"])}
    assert resolved(options(factors={"legs": 1.25}), {})["tail"] == 1.0, "and these do not"


def test_a_morph_may_go_as_far_as_the_backend_lets_it():
    assert MAX_AMOUNT == MAX_MORPH


def test_off_samples_none():
    strengths = {"quadruped": 0.5}
    assert set(resolved(options(strengths=strengths, sampled="OFF"), strengths).values()) == {1.0}


@pytest.mark.parametrize(
    ("choice", "morph"),
    [
        ({"morph_name": "fox"}, {"other": "fox", "amount": 0.4}),
        ({"morph_name": "SEED"}, {"other": 11, "amount": 0.4}),
        ({"morph_name": "shark"}, None),
        ({"morph_name": "fox", "morph_amount": 0.0}, None),
    ],
)
def test_a_morph_goes_to_a_creature_of_the_kind_or_to_a_seed(choice, morph):
    assert options(**choice)["morph"] == morph
    if morph is not None:
        MorphRequest(**morph)


def test_a_preview_has_palette_and_height_too():
    made = preview_request(settings(natural_palette=False, natural_height=False), {}, DONORS)
    assert made == {**NONE, "category": "quadruped", "seed": 7, "palette": 5, "height": 2.0}
    assert preview_request(settings(), {}, DONORS)["palette"] is None


def test_a_preview_fits_the_protocol():
    made = preview_request(settings(morph_name="SEED", factors={"legs": 1.2}), {}, DONORS)
    params = protocol.preview("/tmp/job", **made)
    assert params == {"job_folder": "/tmp/job", **made}
    schema = json.loads((ROOT / "docs/protocol.schema.json").read_text())["$defs"]["Preview"]["properties"]
    assert set(params) == set(schema)
