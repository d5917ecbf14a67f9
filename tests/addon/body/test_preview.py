"""The preview: an object that shows the next creature's body, and leaves nothing behind."""

import bpy
import known_creature
import numpy as np
import pytest
from conftest import datablocks
from previews import advance, blocks, points, settle, shown, turn_on

from blender_addon import runtime
from blender_addon.operators.body import preview_timer
from blender_addon.scene import creatures
from blender_addon.scene.body import preview_object
from blender_addon.scene.colours import textures

NONE = {"objects": 0, "meshes": 0, "materials": 0, "images": 0}
ONE = {"objects": 1, "meshes": 1, "materials": 1, "images": 1}
with np.load(known_creature.RECORDED) as data:
    REST, FACES = data["rest"], data["faces"]


def body(**proportions):
    """Vertices of the recorded creature with proportions."""
    request = {"proportions": {name: float(np.float32(v)) for name, v in proportions.items()}}
    return known_creature.mapped(REST, known_creature.proportions(request))


def test_it_shows_the_body_where_the_creature_will_stand():
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.context.scene.cursor.location = (1, 2, 3)
    obj = turn_on()
    assert obj.name == "Zoetrope Preview"
    assert np.allclose(points(obj), REST)
    assert tuple(obj.location) == (1, 2, 3)
    assert obj.hide_select
    assert obj.hide_render
    assert not obj.select_get()
    assert not creatures.is_creature(obj)
    assert blocks() == ONE
    place = tuple(obj.location)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert tuple(bpy.context.object.location) == place


def test_it_stands_at_the_next_free_place_and_is_in_nobodys_way():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    without = bpy.context.object.location.x
    for obj in [obj for obj in bpy.data.objects if "Quadruped" in obj.name]:
        bpy.data.objects.remove(obj)
    assert turn_on().location.x > 1.0, "beside the cube"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert bpy.context.object.location.x == without
    assert without < turn_on().location.x


@pytest.mark.parametrize(("name", "value"), [("legs", 1.3), ("width", 0.7)])
def test_it_follows_a_slider_in_the_same_mesh(settings, name, value):
    obj = turn_on()
    mesh = obj.data
    setattr(settings.proportions, name, value)
    settle()
    assert np.allclose(points(obj), body(**{name: value}), atol=1e-6)
    assert obj.data == mesh
    assert blocks() == ONE


@pytest.mark.parametrize(
    "change",
    [
        lambda s: setattr(s, "seed", 99),
        lambda s: setattr(s, "category", "dinosaur"),
        lambda s: setattr(s, "natural_palette", False),
        lambda s: (setattr(s, "natural_height", False), setattr(s, "height", 3.0)),
        lambda s: (setattr(s, "sampled", "SEED"), setattr(s, "proportions_seed", 5)),
        lambda s: setattr(s, "morph", "SEED"),
    ],
)
def test_it_follows_all_that_makes_the_body(settings, change):
    turn_on()
    live = runtime.get().preview
    before = live.shown
    change(settings)
    settle()
    assert live.shown != before


def test_colours_follow_the_palette_in_every_solid_view(settings):
    obj = turn_on()
    settings.natural_palette, settings.palette = False, 5
    settle()
    wanted = np.round(255 * known_creature.palette(5)[0])
    rgba = np.empty(4 * len(obj.data.vertices), np.float32)
    obj.data.color_attributes["Colour"].data.foreach_get("color_srgb", rgba)
    assert np.abs(255 * rgba.reshape(-1, 4)[:, :3] - wanted).max() < 1.0
    image = next(image for image in bpy.data.images if creatures.PREVIEW in image)
    pixels = np.array(image.pixels).reshape(image.size[1], image.size[0], 4)
    uvs = np.empty(2 * len(obj.data.loops), np.float32)
    obj.data.uv_layers.active.uv.foreach_get("vector", uvs)
    x, y = (uvs.reshape(-1, 2) * image.size[0]).astype(int).T
    assert np.abs(255 * pixels[y, x, :3] - wanted).max() < 1.0
    assert blocks() == ONE


def test_other_faces_take_the_place_of_the_old_ones(monkeypatch, session, tmp_path):
    obj = turn_on()
    count = len(obj.data.polygons)
    session.close()
    with np.load(known_creature.RECORDED) as data:
        few = {**{name: data[name] for name in data.files}, "faces": data["faces"][: count // 2]}
    np.savez(tmp_path / "few.npz", **few)
    monkeypatch.setenv("STAND_IN_RESULT", str(tmp_path / "few.npz"))
    advance(lambda: not runtime.get().preview.on)
    assert len(turn_on().data.polygons) == count // 2
    assert blocks() == ONE


def _edit(obj):
    obj.hide_select = False
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")


HARMED = {
    "material": lambda obj: bpy.data.materials.remove(obj.data.materials[0]),
    "slots": lambda obj: obj.data.materials.clear(),
    "image": lambda _: bpy.data.images.remove(next(i for i in bpy.data.images if creatures.PREVIEW in i)),
    "colours": lambda obj: obj.data.color_attributes.remove(obj.data.color_attributes[0]),
    "geometry": lambda obj: obj.data.clear_geometry(),
    "vertex": lambda obj: obj.data.vertices.add(1),
    "mesh": lambda obj: bpy.data.meshes.remove(obj.data),
    "object": lambda obj: bpy.data.objects.remove(obj),
    "unlinked": lambda obj: bpy.context.scene.collection.objects.unlink(obj),
    "Edit Mode": _edit,
}


@pytest.mark.parametrize("harm", list(HARMED))
def test_one_that_the_artist_has_harmed_is_made_again(settings, harm):
    before = datablocks()
    HARMED[harm](turn_on())
    settings.natural_palette, settings.palette = False, 5
    settings.proportions.legs = 1.3
    settle()
    obj = preview_object.find(bpy.context.scene)
    assert np.allclose(points(obj), body(legs=1.3), atol=1e-6)
    rgba = np.empty(4 * len(obj.data.vertices), np.float32)
    obj.data.color_attributes["Colour"].data.foreach_get("color_srgb", rgba)
    assert np.abs(255 * rgba.reshape(-1, 4)[:, :3] - np.round(255 * known_creature.palette(5)[0])).max() < 1
    assert runtime.get().preview.on
    assert obj.mode == "OBJECT"
    preview_timer.end()
    assert blocks() == NONE
    assert datablocks() == before


def test_a_failure_to_show_it_ends_it_with_a_sentence(monkeypatch, settings):
    turn_on()
    monkeypatch.setattr(preview_timer.preview_object, "show", lambda *_: 1 / 0)
    settings.proportions.legs = 1.3
    live = runtime.get().preview
    advance(lambda: not live.on)
    assert live.error.startswith("The preview could not be shown: ZeroDivisionError")
    assert preview_timer._tick() is None
    assert blocks() == NONE


def test_objects_of_the_artist_that_use_its_data_stay():
    obj = turn_on()
    mesh = obj.data
    mine = bpy.data.objects.new("Mine", mesh)
    bpy.context.scene.collection.objects.link(mine)
    cube = bpy.data.objects["Cube"]
    cube.data.materials[0] = mesh.materials[0]
    preview_timer.end()
    assert blocks() == NONE
    assert mine.data == mesh
    assert cube.data.materials[0] == mesh.materials[0]
    assert np.allclose(points(mine), REST)
    assert len(textures.of_material(mesh.materials[0])) == 1
    bpy.context.scene.zoetrope.proportions.legs = 1.3
    assert turn_on().data != mesh
    assert np.allclose(points(mine), REST), "it is the artist's now"


def test_turned_off_it_leaves_nothing():
    before = datablocks()
    turn_on()
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    assert blocks() == NONE
    assert datablocks() == before
    assert not bpy.app.timers.is_registered(preview_timer._tick)


def test_generating_removes_it(session):
    turn_on()
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert blocks() == NONE
    assert not runtime.get().preview.on
    assert session.backend_pid() is not None


def test_a_failed_generate_keeps_it(monkeypatch, session, settings):
    turn_on()
    settings.actions = set()
    with pytest.raises(RuntimeError, match="No action"):
        bpy.ops.zoetrope.generate()
    settle()
    assert blocks() == ONE


def test_a_saved_file_has_none_and_the_scene_shows_it_again(tmp_path):
    path = str(tmp_path / "scene.blend")
    turn_on()
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert blocks() == NONE
    preview_timer.advance(bpy.context)
    assert blocks() == ONE, "the timer shows it again, without asking the backend"
    assert runtime.get().preview.up_to_date
    bpy.ops.wm.open_mainfile(filepath=path)
    assert blocks() == NONE
    assert not runtime.get().preview.on


def test_one_in_a_file_that_blender_saved_by_itself_is_removed_on_reading(addon, tmp_path):
    path = str(tmp_path / "auto.blend")
    obj = turn_on()
    bpy.data.libraries.write(path, {bpy.context.scene, obj}, fake_user=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert blocks() == NONE


def test_a_new_file_ends_it():
    turn_on()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert blocks() == NONE
    assert not runtime.get().preview.on


def test_a_stopped_backend_ends_it(session):
    turn_on()
    session.close()
    assert not preview_timer.advance(bpy.context)
    assert blocks() == NONE
    assert runtime.get().preview.error


@pytest.mark.parametrize("mode", ["crash", "damaged"])
def test_a_failing_backend_is_a_sentence_and_the_scene_stays(monkeypatch, session, mode):
    monkeypatch.setenv("STAND_IN_MODE", mode)
    before = datablocks()
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    live = runtime.get().preview
    advance(lambda: not live.on)
    assert live.error
    assert datablocks() == before
    assert session.error is None


def test_a_refused_morph_is_a_sentence_and_the_last_body_stays(settings):
    obj = turn_on()
    settings.morph, settings.morph_amount = "SEED", 0.6
    live = runtime.get().preview
    advance(lambda: live.error)
    assert "too unlike the Fox" in live.error
    assert live.on
    assert np.allclose(points(obj), REST)
    settings.morph_amount = 0.5
    settle()
    assert live.error == ""


def test_it_makes_no_undo_step_and_undo_brings_none_back(settings):
    bpy.ops.ed.undo_push(message="before")
    turn_on()
    settings.proportions.legs = 1.2
    settle()
    bpy.ops.ed.undo_push(message="Legs")
    settings.proportions.legs = 1.3
    settle()
    bpy.ops.ed.undo_push(message="Legs")
    bpy.ops.ed.undo()
    settings = bpy.context.scene.zoetrope
    assert settings.proportions.legs == pytest.approx(1.2)
    settle()
    assert np.allclose(points(shown()), body(legs=1.2), atol=1e-6)
    assert blocks() == ONE
    bpy.ops.ed.undo()
    settle()
    assert blocks() == ONE
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    bpy.ops.ed.redo()
    assert blocks() == NONE, "it is off now, though the step had one"


def test_it_is_in_the_scene_in_which_it_was_turned_on():
    obj = turn_on()
    first = bpy.context.scene
    other = bpy.data.scenes.new("Other")
    bpy.context.window.scene = other
    assert not preview_timer.is_on(other)
    first.zoetrope.proportions.legs = 1.2
    advance(lambda: runtime.get().preview.shown["proportions"] == {"legs": 1.2})
    assert first.objects.get(obj.name) == obj
    assert not other.objects
    bpy.data.scenes.remove(first)
    assert not preview_timer.advance(bpy.context)
    assert blocks() == NONE


def test_the_other_tab_ends_it(settings):
    turn_on()
    settings.tab = "ANIMATE"
    assert not preview_timer.advance(bpy.context)
    assert blocks() == NONE
    assert runtime.get().preview.error == ""


def test_disabling_the_add_on_removes_it(addon):
    turn_on()
    addon.unregister()
    try:
        assert blocks() == NONE
    finally:
        addon.register()


def test_it_needs_a_backend(monkeypatch):
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", "")
    assert not bpy.ops.zoetrope.preview.poll()


def test_select_all_leaves_it_out():
    turn_on()
    bpy.ops.object.select_all(action="SELECT")
    assert shown() not in bpy.context.selected_objects


def test_it_is_beside_the_creature_that_is_to_be_replaced(settings):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    first = bpy.context.object
    first.location = (5, 6, 0)
    bpy.context.view_layer.update()
    settings.placement = "REPLACE"
    obj = turn_on()
    assert obj.location.y == pytest.approx(6)
    assert obj.location.x > 5
    settings.placement = "BESIDE"
    preview_timer.advance(bpy.context)
    assert tuple(obj.location) == (0, 0, 0)
