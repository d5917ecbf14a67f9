"""Morphs of generated creatures: to a body of another seed, to a creature by name; what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.maps.landmarks import typical_landmarks
from zoetrope.bodies.maps.morph import MAX_AMOUNT_CLOSE
from zoetrope.bodies.registration import Registration
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.body.mapped_body import map_body
from zoetrope.engines.body.morphs import MorphTargets, find_donor, make_morph
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import MAX_MORPH, GenerateRequest, MorphRequest
from zoetrope.errors import Cancelled, ZoetropeError


def generate(morph, on_progress=ignore_progress):
    request = GenerateRequest(seed=3, frames=8, detail=64, faces=1000, texture=None, morph=morph)
    return ProceduralEngine().generate(request, on_progress)


def test_morph_goes_to_the_body_of_another_seed():
    plain, morphed = generate(None), generate(MorphRequest(8, 0.4))
    assert 0.002 < np.abs(morphed.rest - plain.rest).max() < 0.3
    assert morphed.meta["morph"] == {"other": 8, "amount": 0.4}


@pytest.mark.parametrize("amount", [-0.1, 0.91, float("nan")])
def test_impossible_amount_is_refused(amount):
    assert MAX_MORPH == MAX_AMOUNT_CLOSE
    with pytest.raises(ZoetropeError, match="amount"):
        generate(MorphRequest(8, amount))


def test_unknown_creature_is_refused_before_motion_and_mesh_are_made():
    stages = []
    with pytest.raises(ZoetropeError, match="no creature 'Griffin'"):
        generate(MorphRequest("Griffin", 0.4), lambda stage, *_: stages.append(stage))
    assert "shape" in stages
    assert not {"motion", "surface", "low_poly"} & set(stages)


def test_registration_is_made_once_for_all_amounts_of_a_body():
    surface, made = ProceduralCreature(3).mesh(32), []

    def sampled(seed):
        made.append(seed)
        return ProceduralCreature(seed).mesh(32)

    targets = MorphTargets(lambda _: [], sampled)
    for amount in (0.1, 0.2, 0.3):
        request = GenerateRequest(seed=3, morph=MorphRequest(8, amount))
        map_body(request, lambda: surface, BodyShape(), targets)
    assert made == [8]


def test_a_morph_can_be_cancelled_while_it_registers():
    steps = []

    def stop_half_way(stage, step, total):
        if stage == "morph":
            steps.append(step)
            if step > total // 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        generate(MorphRequest(8, 0.4), stop_half_way)
    assert steps[-1] == len(steps) - 2 > 10, "the first report is of step 0, and so is the registration's"


def test_of_a_refused_creature_the_nearest_ones_are_others():
    surface, far = ProceduralCreature(3).mesh(32), ProceduralCreature(8).mesh(32)

    def donor(title, shift):
        rest = np.asarray(surface[0], np.float64) + shift
        return SimpleNamespace(name=title, title=title, category="quadruped", rest=rest, faces=surface[1])

    targets = MorphTargets(lambda _: [donor("Fox", 0.0), donor("Cow", 0.1), donor("Pug", 0.2)], lambda _: far)
    landmarks = typical_landmarks(surface[0], "quadruped")
    request = GenerateRequest(seed=3)
    with pytest.raises(ZoetropeError, match=r"may go to|too unlike"):
        make_morph(request, MorphRequest("Fox", 1.0), surface, landmarks, targets)
    unlike = Registration(targets.registrations["Fox", 3].warp, 1.0, 1.0, 1.0, 1.0)
    targets.registrations.update({("Fox", 3): unlike, (8, 3): unlike})
    for other, nearest in (("Fox", "Cow, Pug"), (8, "Fox, Cow, Pug")):
        with pytest.raises(ZoetropeError, match="too unlike") as raised:
            make_morph(request, MorphRequest(other, 0.4), surface, landmarks, targets)
        assert raised.value.remedy == f"Nearest to it are {nearest}."


def donors(*names_and_titles):
    return [SimpleNamespace(name=name, title=title) for name, title in names_and_titles]


@pytest.mark.parametrize("name", ["b__Wolf", "Wolf", "wolf"])
def test_a_creature_is_found_by_its_name_or_title(name):
    assert find_donor(name, donors(("a__Cow", "Cow"), ("b__Wolf", "Wolf"))).name == "b__Wolf"


def test_of_creatures_of_one_title_the_names_are_the_choices():
    with pytest.raises(ZoetropeError, match="2 creatures") as raised:
        find_donor("Wolf", donors(("a__Wolf", "Wolf"), ("b__Wolf", "Wolf")))
    assert "a__Wolf, b__Wolf" in raised.value.remedy
