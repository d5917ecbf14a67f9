"""A textured creature: UVs, packed images and a material; nothing of it is left behind."""

from pathlib import Path

import bpy
import known_creature
import numpy as np
import pytest
from conftest import datablocks, generate_undo_redo
from textured import (
    RECORDED,
    generate,
    image_of,
    images,
    painted,
    pixels_of,
    save_and_load,
    uvs_of,
    vertex_colours,
)

from blender_addon.scene import creatures, unused
from blender_addon.scene.colours import swatches

pytestmark = pytest.mark.usefixtures("textured_backend", "output")

ENDINGS = {"base_colour": "Base Color", "normal_map": "Normal", "regions": "Regions"}


def test_images_are_the_backends_files_packed_and_nothing_is_on_the_disk(tmp_path):
    obj = generate()
    for name, ending in ENDINGS.items():
        image = image_of(obj, ending)
        assert image.name == f"Quadruped_walk_5 {ending}"
        assert bytes(image.packed_file.data) == RECORDED[f"texture_{name}"].tobytes()
        assert tuple(image.size) == (512, 512)
        assert (image.source, image.is_dirty) == ("FILE", False)
        assert image.filepath == f"//Quadruped_walk_5_{ending.replace(' ', '_')}.png"
        assert not Path(bpy.path.abspath(image.filepath)).exists()
    assert image_of(obj, "Base Color").colorspace_settings.name == "sRGB"
    for ending in ("Normal", "Regions"):
        assert image_of(obj, ending).colorspace_settings.name == "Non-Color"


def test_each_corner_has_its_place_in_the_texture():
    mesh = generate().data
    assert [layer.name for layer in mesh.uv_layers] == ["UVMap"]
    assert np.array_equal(uvs_of(mesh), RECORDED["uvs"].reshape(-1, 2))
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    assert np.array_equal(corners, RECORDED["faces"].ravel())


def test_the_texture_shows_each_vertex_its_colour():
    obj = generate()
    pixels, uvs = pixels_of(image_of(obj, "Base Color")), RECORDED["uvs"].reshape(-1, 2)
    column, row = np.clip((512 * uvs).astype(int), 0, 511).T
    texels, colours = pixels[row, column, :3].astype(int), vertex_colours(obj.data)[RECORDED["faces"].ravel()]
    assert (np.abs(texels - colours).max(axis=1) < 3).mean() > 0.97, "but for those at a region's edge"


def test_the_material_is_as_rough_as_that_of_vertex_colours_and_shows_the_base_colour_first():
    material = generate().data.materials[0]
    nodes = material.node_tree.nodes
    assert nodes["Principled BSDF"].inputs["Roughness"].default_value == pytest.approx(0.8)
    assert not nodes["Principled BSDF"].inputs["Base Color"].links[0].from_node.mute
    assert nodes.active.image.name.endswith("Base Color"), "solid shading shows the active node's image"
    assert not [node for node in nodes if node.type == "VERTEX_COLOR"]


def test_all_actions_share_one_mesh_material_and_textures(settings):
    settings.actions = {"walk", "run", "idle"}
    generate()
    made = [m for m in bpy.data.materials if m.name.startswith("Quadruped")]
    assert (len(images()), len(made)) == (3, 1)


def test_vertex_colours_are_a_choice():
    obj = generate(texture="VERTEX")
    assert not obj.data.uv_layers
    assert not images()
    base = obj.data.materials[0].node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    assert base.links[0].from_node.type == "VERTEX_COLOR"
    assert np.array_equal(vertex_colours(obj.data), painted(RECORDED["regions"], RECORDED["palette"]))


def test_all_of_it_survives_save_and_load(tmp_path):
    generate()
    obj = save_and_load(tmp_path / "a.blend")
    for name, ending in ENDINGS.items():
        assert bytes(image_of(obj, ending).packed_file.data) == RECORDED[f"texture_{name}"].tobytes()
    assert len(images()) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.blend"]
    assert np.array_equal(uvs_of(obj.data), RECORDED["uvs"].reshape(-1, 2))


def test_replacing_a_creature_leaves_no_image_of_the_old_one():
    generate()
    before = datablocks()
    old = set(images())
    generate(placement="REPLACE")
    assert datablocks() == before
    assert not old & set(images())


def test_replacing_one_whose_material_the_artist_changed_keeps_no_unused_normal_map():
    own = bpy.data.materials.new("Mine")
    generate().data.materials[0] = own
    obj = generate(placement="REPLACE")
    assert obj.data.materials[0] == own
    assert all(image.users for image in images())
    assert obj.data.zoetrope_paint.base_colour is not None


def test_a_deleted_creature_leaves_no_image_in_the_file(tmp_path):
    generate()
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert not images()


def test_an_image_that_the_artist_uses_elsewhere_stays(tmp_path):
    obj = generate()
    image = image_of(obj, "Base Color")
    other = bpy.data.materials.new("Mine")
    other.use_nodes = True
    other.node_tree.nodes.new("ShaderNodeTexImage").image = image
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    unused.remove_unused()
    assert images() == [image]


def test_one_undo_removes_the_images_and_redo_restores_them():
    generate_undo_redo()
    obj = creatures.creature_of(bpy.context.object)
    assert pixels_of(image_of(obj, "Base Color")).any()


def test_a_failure_after_the_images_were_made_leaves_nothing(monkeypatch):
    before = datablocks()
    monkeypatch.setattr(swatches, "store", lambda *_: 1 / 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        bpy.ops.zoetrope.generate()
    assert datablocks() == before


@pytest.mark.parametrize(
    "arrays",
    [
        {"texture_base_colour": np.frombuffer(b"GIF89a, which is no PNG file at all", np.uint8)},
        {"uvs": RECORDED["uvs"][:-1]},
        {"uvs": np.full_like(RECORDED["uvs"], np.nan)},
        {"regions": RECORDED["regions"][:-1]},
        {"palette": np.full((8, 3), np.inf, np.float32)},
    ],
)
def test_a_texture_that_does_not_fit_is_refused(monkeypatch, tmp_path, session, arrays):
    np.savez(tmp_path / "changed.npz", **{**RECORDED, **arrays})
    monkeypatch.setenv("STAND_IN_RESULT", str(tmp_path / "changed.npz"))
    before = datablocks()
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "bad_result"
    assert datablocks() == before


def test_a_creature_of_an_older_file_is_replaced_by_a_textured_one(monkeypatch, tmp_path):
    monkeypatch.setenv("STAND_IN_RESULT", str(known_creature.RECORDED))
    generate(texture="VERTEX")
    obj = save_and_load(tmp_path / "old.blend")
    assert not swatches.of_mesh(obj.data), "older results have no regions"
    bpy.context.view_layer.objects.active = obj
    monkeypatch.setenv("STAND_IN_RESULT", str(known_creature.TEXTURED))
    bpy.context.scene.zoetrope.property_unset("texture")
    new = generate(placement="REPLACE")
    assert image_of(new, "Base Color").packed_file
    assert len([obj for obj in bpy.data.objects if creatures.is_creature(obj)]) == 1
    assert len(new.data.materials) == 1
