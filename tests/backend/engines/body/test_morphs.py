"""Morphs of generated creatures: to a body of another seed, to a creature by name; what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.body.mapped_body import map_body
from zoetrope.engines.body.morphs import MorphTargets, find_donor
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.errors import ZoetropeError


def generate(morph, on_progress=ignore_progress):
    request = GenerateRequest(seed=3, frames=8, detail=64, faces=1000, texture=None, morph=morph)
    return ProceduralEngine().generate(request, on_progress)


def test_morph_goes_to_the_body_of_another_seed():
    plain, morphed = generate(None), generate(MorphRequest(8, 0.4))
    assert 0.002 < np.abs(morphed.rest - plain.rest).max() < 0.3
    assert morphed.meta["morph"] == {"other": 8, "amount": 0.4}


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_impossible_amount_is_refused(amount):
    with pytest.raises(ZoetropeError, match="amount"):
        generate(MorphRequest(8, amount))


def test_unknown_creature_is_refused_before_the_mesh_is_made():
    stages = []
    with pytest.raises(ZoetropeError, match="no creature 'Griffin'"):
        generate(MorphRequest("Griffin", 0.4), lambda stage, *_: stages.append(stage))
    assert "surface" in stages
    assert "low_poly" not in stages


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


def donors(*names_and_titles):
    return [SimpleNamespace(name=name, title=title) for name, title in names_and_titles]


@pytest.mark.parametrize("name", ["b__Wolf", "Wolf", "wolf"])
def test_a_creature_is_found_by_its_name_or_title(name):
    assert find_donor(name, donors(("a__Cow", "Cow"), ("b__Wolf", "Wolf"))).name == "b__Wolf"


def test_of_creatures_of_one_title_the_names_are_the_choices():
    with pytest.raises(ZoetropeError, match="2 creatures") as raised:
        find_donor("Wolf", donors(("a__Wolf", "Wolf"), ("b__Wolf", "Wolf")))
    assert "a__Wolf, b__Wolf" in raised.value.remedy
