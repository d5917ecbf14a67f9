"""The preview of a creature's sliders: a body beside it, which leaves the creature and the file untouched."""

import json

import bpy
import known_creature
import numpy as np
import pytest
from conftest import creature_mesh, datablocks
from previews import advance, blocks, points, settle, shown, turn_on, turn_on_for_creature
from textured import RECORDED, generate, swatch

from blender_addon import runtime
from blender_addon.operators.body import preview_timer

pytestmark = pytest.mark.usefixtures("textured_backend", "output")

NONE = {"objects": 0, "meshes": 0, "materials": 0, "images": 0}
ONE = {"objects": 1, "meshes": 1, "materials": 1, "images": 1}


def rest_of(factors):
    """Vertices (V, 3) of the recorded creature with factors of its proportions."""
    return known_creature.mapped(RECORDED["rest"], known_creature.proportions({"proportions": factors}))


def stored(obj):
    """What of a creature may not change."""
    values = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", values)
    return (
        obj.name,
        obj.visible_get(),
        tuple(map(tuple, obj.matrix_world)),
        obj.data["zoetrope"],
        values.tolist(),
    )


def test_it_follows_the_sliders_of_the_creature_which_stays_as_it_is():
    obj = generate()
    before = stored(obj)
    body = turn_on_for_creature()
    assert np.allclose(points(body), RECORDED["rest"], atol=1e-6), "nothing was moved"
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    assert shown() == body
    assert np.allclose(points(body), rest_of({"legs": 1.3}), atol=1e-6)
    assert stored(obj) == before
    assert blocks() == ONE


def test_it_starts_from_the_proportions_that_were_sampled():
    generate()
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    obj = creature_mesh(bpy.context.object)
    factors = json.loads(obj.data["zoetrope"])["meta"]["proportions"]
    acting = {name: value for name, value in factors.items() if name != "arms"}
    assert np.allclose(points(turn_on_for_creature()), rest_of(acting), atol=1e-6)


def test_it_stands_beside_the_creature_turned_and_scaled_as_it_is():
    obj = generate()
    base = obj.parent or obj
    base.location, base.rotation_euler, base.scale = (5, 6, 2), (0, 0, 1.5), (2, 2, 2)
    bpy.context.view_layer.update()
    body = turn_on_for_creature()
    bpy.context.view_layer.update()
    assert np.allclose(np.array(body.matrix_world.to_3x3()), np.array(obj.matrix_world.to_3x3()))
    shift = body.matrix_world.translation - obj.matrix_world.translation
    assert shift.x > 0.5
    assert abs(shift.y) + abs(shift.z) < 1e-5
    base.location = (50, 60, 0)
    bpy.context.view_layer.update()
    preview_timer.advance(bpy.context)
    bpy.context.view_layer.update()
    assert body.matrix_world.translation.y == pytest.approx(60, abs=1e-4)
    assert body.matrix_world.translation.x > 50


def test_it_has_the_colours_of_the_swatches():
    obj = generate()
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    body = turn_on_for_creature()
    rgba = np.empty(4 * len(body.data.vertices), np.float32)
    body.data.color_attributes["Colour"].data.foreach_get("color_srgb", rgba)
    assert np.abs(rgba.reshape(-1, 4)[:, :3] - (0.9, 0.1, 0.2)).max() < 0.005


def test_apply_makes_it_so_and_ends_it():
    obj = generate()
    turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    assert bpy.ops.zoetrope.apply_proportions() == {"FINISHED"}
    made = creature_mesh(bpy.context.object)
    assert np.allclose(points(made), rest_of({"legs": 1.3}), atol=1e-6)
    assert blocks() == NONE
    assert not runtime.get().preview.on
    assert not bpy.app.timers.is_registered(preview_timer._tick)


def test_a_failed_apply_keeps_it(monkeypatch, session):
    obj = generate()
    before = stored(obj)
    turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    monkeypatch.setattr("blender_addon.operators.body.variation.add_creature", lambda *_, **__: 1 / 0)
    with pytest.raises(RuntimeError, match="could not be built"):
        bpy.ops.zoetrope.apply_proportions()
    assert stored(obj) == before
    settle()
    assert np.allclose(points(shown()), rest_of({"legs": 1.3}), atol=1e-6)


def test_turned_off_it_leaves_nothing_and_the_sliders_stay():
    obj = generate()
    before = datablocks()
    turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    assert bpy.ops.zoetrope.preview_proportions() == {"FINISHED"}
    assert datablocks() == before
    assert not runtime.get().preview.on
    assert obj.data.zoetrope_proportions.legs == pytest.approx(1.3)


def test_reset_is_followed():
    obj = generate()
    body = turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    assert bpy.ops.zoetrope.reset_proportions(active=True) == {"FINISHED"}
    settle()
    assert np.allclose(points(body), RECORDED["rest"], atol=1e-6)


def test_one_preview_takes_the_place_of_the_other(settings):
    obj = generate()
    scene = bpy.context.scene
    turn_on_for_creature()
    assert preview_timer.is_on(scene, obj)
    assert not preview_timer.is_on(scene)
    turn_on()
    assert preview_timer.is_on(scene)
    assert not preview_timer.is_on(scene, obj)
    assert blocks() == ONE
    turn_on_for_creature()
    assert blocks() == ONE
    settings.tab = "ANIMATE"
    assert preview_timer.advance(bpy.context), "the panel of the creature is there in both tabs"


@pytest.mark.parametrize("how", ["delete", "other", "none", "scene"])
def test_it_ends_when_the_creature_is_no_longer_the_active_one(how):
    obj = generate()
    turn_on_for_creature()
    if how == "delete":
        bpy.data.objects.remove(obj)
    elif how == "other":
        bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    elif how == "none":
        bpy.context.view_layer.objects.active = None
    else:
        first, bpy.context.window.scene = bpy.context.scene, bpy.data.scenes.new("Other")
        bpy.data.scenes.remove(first)
    assert not preview_timer.advance(bpy.context)
    assert blocks() == NONE
    assert runtime.get().preview.error == ""


def test_another_scene_in_the_window_leaves_it_where_it_is():
    obj = generate()
    body = turn_on_for_creature()
    first, other = bpy.context.scene, bpy.data.scenes.new("Other")
    bpy.context.window.scene = other
    obj.data.zoetrope_proportions.legs = 1.3
    live = runtime.get().preview
    preview_timer.advance(bpy.context)
    advance(lambda: live.up_to_date)
    assert np.allclose(points(body), rest_of({"legs": 1.3}), atol=1e-6)
    assert first.objects.get(body.name) == body
    assert not other.objects


def test_a_saved_file_has_the_creature_with_its_sliders_and_no_preview(tmp_path):
    obj = generate()
    turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    name, before = obj.name, stored(obj)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert blocks() == NONE
    preview_timer.advance(bpy.context)
    assert blocks() == ONE, "the timer shows it again"
    bpy.ops.wm.open_mainfile(filepath=path)
    assert blocks() == NONE
    assert not runtime.get().preview.on
    back = bpy.data.objects[name]
    bpy.context.view_layer.update()
    assert stored(back) == before
    assert back.data.zoetrope_proportions.legs == pytest.approx(1.3)


def test_it_makes_no_undo_step_and_undo_of_a_slider_is_followed():
    obj = generate()
    name = obj.name
    bpy.ops.ed.undo_push(message="before")
    turn_on_for_creature()
    obj.data.zoetrope_proportions.legs = 1.2
    settle()
    bpy.ops.ed.undo_push(message="Legs")
    obj.data.zoetrope_proportions.legs = 1.3
    settle()
    bpy.ops.ed.undo_push(message="Legs")
    bpy.ops.ed.undo()
    assert bpy.data.objects[name].data.zoetrope_proportions.legs == pytest.approx(1.2)
    settle()
    assert np.allclose(points(shown()), rest_of({"legs": 1.2}), atol=1e-6)
    assert blocks() == ONE


def test_undo_of_the_creature_ends_it():
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.zoetrope.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    turn_on_for_creature()
    bpy.ops.ed.undo()
    preview_timer.advance(bpy.context)
    assert blocks() == NONE
    assert not runtime.get().preview.on


def test_other_weights_are_a_sentence_in_the_creatures_panel(session):
    obj = generate()
    made = json.loads(obj.data["zoetrope"])
    obj.data["zoetrope"] = json.dumps({**made, "weights": {"name": "older", "checksum": "abc"}})
    for known in (True, False):
        if not known:
            session.close()
        assert bpy.ops.zoetrope.preview_proportions() == {"FINISHED"}
        settle()
        assert "weights older, which made this creature" in preview_timer.error(obj)
        assert preview_timer.error() == ""
        assert not runtime.get().preview.on
        assert blocks() == NONE


def test_a_creature_without_a_request_is_a_sentence():
    obj = generate()
    obj.data["zoetrope"] = json.dumps({**json.loads(obj.data["zoetrope"]), "request": {}})
    with pytest.raises(RuntimeError, match="not stored with it"):
        bpy.ops.zoetrope.preview_proportions()
    assert not runtime.get().preview.on


def test_it_needs_an_active_creature_and_a_backend(monkeypatch):
    assert not bpy.ops.zoetrope.preview_proportions.poll()
    generate()
    assert bpy.ops.zoetrope.preview_proportions.poll()
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", "")
    assert not bpy.ops.zoetrope.preview_proportions.poll()
