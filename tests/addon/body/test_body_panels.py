"""The sub-panel Body, and the panel of the active creature."""

import bpy
import pytest
from previews import turn_on
from test_ui import drawn_by

from blender_addon import runtime
from blender_addon.core.body.proportions import of_category
from blender_addon.scene import creatures, our_actions
from blender_addon.ui import body_panel, colours_panel, creature_panel, panel


@pytest.mark.parametrize("category", ["quadruped", "dinosaur"])
def test_it_has_the_sliders_that_act(settings, category):
    settings.category = category
    drawn = drawn_by(body_panel.ZOETROPE_PT_body)
    assert [name for name in drawn if name in of_category("")] == of_category(category)
    assert {"zoetrope.preview", "morph", "sampled", "zoetrope.reset_proportions"} <= set(drawn)
    assert not {"proportions_seed", "morph_seed", "morph_amount"} & set(drawn)


def test_fields_are_shown_where_they_make_sense(settings):
    settings.sampled, settings.morph = "SEED", "SEED"
    drawn = set(drawn_by(body_panel.ZOETROPE_PT_body))
    assert {"proportions_seed", "morph_seed", "morph_amount"} <= drawn


def test_it_belongs_to_generate(settings):
    assert body_panel.ZOETROPE_PT_body.poll(bpy.context)
    settings.tab = "ANIMATE"
    assert not body_panel.ZOETROPE_PT_body.poll(bpy.context)


def test_the_preview_shows_what_the_backend_is_at_and_why_it_failed():
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    assert "Waiting" in drawn_by(body_panel.ZOETROPE_PT_body)
    runtime.get().preview.turn_off("It failed. Try again.")
    assert "It failed. Try again." in drawn_by(body_panel.ZOETROPE_PT_body)
    turn_on()
    assert not {"Waiting", "It failed. Try again."} & set(drawn_by(body_panel.ZOETROPE_PT_body))


def test_each_panel_shows_what_its_own_preview_is_at_and_why_it_failed(settings):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    panels = {"creature": creature_panel.ZOETROPE_PT_proportions, "next": body_panel.ZOETROPE_PT_body}
    buttons = {"creature": bpy.ops.zoetrope.preview_proportions, "next": bpy.ops.zoetrope.preview}
    for one, other in (("creature", "next"), ("next", "creature")):
        assert buttons[one]() == {"FINISHED"}
        assert "Waiting" in drawn_by(panels[one])
        assert "Waiting" not in drawn_by(panels[other])
        runtime.get().preview.turn_off("It failed.")
        assert "It failed." in drawn_by(panels[one])
        assert "It failed." not in drawn_by(panels[other])


def test_the_active_creature_has_its_own_panel(settings):
    assert not creature_panel.ZOETROPE_PT_creature.poll(bpy.context)
    assert not creature_panel.ZOETROPE_PT_proportions.poll(bpy.context)
    settings.proportions.legs = 1.2
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert creature_panel.ZOETROPE_PT_creature.poll(bpy.context)
    drawn = drawn_by(creature_panel.ZOETROPE_PT_creature)
    assert drawn == ["zoetrope.new_body", "zoetrope.new_proportions", "zoetrope.new_coat"]
    assert creature_panel.ZOETROPE_PT_proportions.poll(bpy.context)
    drawn = drawn_by(creature_panel.ZOETROPE_PT_proportions)
    buttons = ["zoetrope.apply_proportions", "zoetrope.reset_proportions", ""]
    assert drawn == ["zoetrope.preview_proportions", *of_category("quadruped"), *buttons]
    assert colours_panel.ZOETROPE_PT_colours.bl_parent_id == "ZOETROPE_PT_creature"


@pytest.mark.usefixtures("textured_backend")
def test_the_colours_say_what_they_cannot_paint():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = creatures.creature_of(bpy.context.object)
    whole = drawn_by(colours_panel.ZOETROPE_PT_colours)
    bpy.data.images.remove(obj.data.zoetrope_paint.base_colour)
    more = " ".join(drawn_by(colours_panel.ZOETROPE_PT_colours)[len(whole) :])
    assert more.startswith("The image of the creature's colors was removed")
    assert more.endswith("generate the creature again.")


@pytest.mark.usefixtures("textured_backend")
def test_panels_of_a_creature_with_damaged_text_are_drawn():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = creatures.creature_of(bpy.context.object)
    for text in ("hello", "[]", 5):
        obj.data["zoetrope"] = obj.data["zoetrope_frames"] = text
        obj.parent["zoetrope"] = obj.parent["zoetrope_frames"] = text
        assert drawn_by(creature_panel.ZOETROPE_PT_creature)
        assert drawn_by(colours_panel.ZOETROPE_PT_colours)
        assert not creature_panel.ZOETROPE_PT_proportions.poll(bpy.context)
        assert drawn_by(panel.ZOETROPE_PT_generate)
        bpy.context.view_layer.update()
        for name in ("play_action", "push_to_nla"):
            arguments = {"action": our_actions.of(obj.parent)[0].name} if name == "play_action" else {}
            assert getattr(bpy.ops.zoetrope, name)(**arguments) == {"FINISHED"}
