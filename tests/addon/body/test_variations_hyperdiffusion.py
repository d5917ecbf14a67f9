"""A creature of HyperDiffusion: another body alone, and settings of what it does not have stay."""

import json

import bpy
import pytest
from conftest import creature_mesh, datablocks
from variations import vary

pytestmark = pytest.mark.usefixtures("two_engines")

OTHERS = ("natural_palette", "palette", "morph", "morph_seed", "sampled", "proportions_seed")
"""Settings of the next creature of DNF."""


@pytest.fixture(params=["armature", "shape_keys"])
def creature(request, settings):
    """One, made with the panel's settings, which are unlike the defaults."""
    settings.engine, settings.frame_output, settings.seed = "hyperdiffusion", request.param, 5
    settings.natural_palette, settings.palette = True, 33
    settings.morph, settings.morph_seed, settings.morph_amount = "SEED", 4, 0.4
    settings.sampled, settings.proportions_seed, settings.proportions.legs = "SEED", 8, 1.25
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return creature_mesh(bpy.context.object)


def request_of(obj):
    return json.loads(obj.data["zoetrope"])["request"]


def state(settings):
    """What is in the file and in the panel."""
    return (
        datablocks(),
        [getattr(settings, name) for name in (*OTHERS, "seed")],
        settings.proportions.values(),
    )


def test_a_new_body_and_another_one_change_the_seed_alone(creature, settings):
    for _ in range(2):
        before, seed, blocks = request_of(creature), settings.seed, datablocks()
        others = [getattr(settings, name) for name in OTHERS], settings.proportions.values()
        assert vary("new_body") == creature, "it takes the place of the old one"
        made = request_of(creature)
        assert made["seed"] == settings.seed != seed
        assert {name: made[name] for name in before} == {**before, "seed": made["seed"]}
        assert (made["palette"], made["morph"], made["proportions_seed"]) == (None, None, None)
        assert ([getattr(settings, name) for name in OTHERS], settings.proportions.values()) == others
        assert datablocks() == blocks


def test_settings_of_another_engine_stay(creature, settings):
    settings.engine = "dnf"
    before = state(settings)
    vary("new_body")
    assert request_of(creature)["seed"] != settings.seed
    assert state(settings) == before


@pytest.mark.parametrize(
    "verb", ["new_proportions", "apply_proportions", "preview_proportions", "new_coat", "reset_proportions"]
)
def test_what_it_does_not_have_is_refused_and_nothing_changes(creature, settings, session, verb):
    creature.data.zoetrope_proportions.legs = 1.2
    stored, before = creature.data["zoetrope"], state(settings)
    if verb == "reset_proportions":  # the sliders alone, which nobody sees
        assert bpy.ops.zoetrope.reset_proportions(active=True) == {"FINISHED"}
        assert creature.data.zoetrope_proportions.legs == 1.0
    else:
        reason = "swatches" if verb == "new_coat" else "no rest pose that proportions could change"
        with pytest.raises(RuntimeError, match=reason):
            getattr(bpy.ops.zoetrope, verb)()
    assert (creature.data["zoetrope"], state(settings)) == (stored, before)
    assert not session.running()
