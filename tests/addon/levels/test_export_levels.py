"""Levels of detail in exported files: named for engines in .glb and .fbx, left out of .usdc and .abc."""

import json
import struct

import bpy
import numpy as np
import pytest
from known_levels import generate, rows, world
from test_export import exported

from blender_addon.scene.levels import found

pytestmark = pytest.mark.usefixtures("textured_backend", "output")

FRAMES = (1, 3, 6)
LONGEST = bpy.types.ID.bl_rna.properties["name"].length_max - 1
"""Bytes of the longest name: 63, from Blender 5.0 on 255."""
LONGEST_IN_FBX = 63


def document_of(path):
    """The JSON chunk of a .glb file."""
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


def imported(path):
    """The meshes of an imported file by name."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    operators = {
        ".glb": bpy.ops.import_scene.gltf,
        ".fbx": bpy.ops.import_scene.fbx,
        ".usdc": bpy.ops.wm.usd_import,
        ".abc": bpy.ops.wm.alembic_import,
    }
    operators[path.suffix](filepath=str(path), **({"anim_offset": 0.0} if path.suffix == ".fbx" else {}))
    return {obj.name: obj for obj in bpy.data.objects if obj.type == "MESH" and len(obj.data.polygons) > 100}


def state():
    """What export may not change: names, parents, visibility, selection, animation."""
    layer = bpy.context.view_layer
    return [
        (
            *(obj.name, obj.parent, obj.visible_get(), obj.select_get(), obj.hide_viewport, obj.hide_select),
            tuple(map(tuple, obj.matrix_basis)),
            [collection.name for collection in obj.users_collection],
            None if obj.animation_data is None else obj.animation_data.action,
        )
        for obj in layer.objects
    ] + [layer.objects.active]


@pytest.mark.parametrize(("file_format", "tolerance"), [("GLB", 1e-4), ("FBX", 1e-4)])
def test_they_come_back_and_move_as_the_creature_did(tmp_path, output, file_format, tolerance):
    obj, _ = generate()
    name, chosen = obj.name, {number: rows(obj, number) for number in (1, 2)}
    base = obj.parent or obj
    base.location = (1, 2, 3)
    before = {}
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        before[frame] = world(obj)
    back = imported(exported(tmp_path, file_format))
    finest = name if file_format == "GLB" else f"{name}_LOD0"
    assert set(back) == {finest, f"{name}_LOD1", f"{name}_LOD2"}
    assert len({mesh.parent for mesh in back.values()}) == 1, "they are beside each other"
    shift = 0 if (file_format, output) == ("FBX", "shape_keys") else 1  # strips of armatures begin at 0
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame - shift)
        for number, some in chosen.items():
            made, wanted = world(back[f"{name}_LOD{number}"]), before[frame][some]
            # Exporters split vertices at seams of the texture: each is compared with the nearest.
            apart = np.linalg.norm(made[:, None] - wanted[None], axis=2)
            assert apart.min(axis=1).max() < tolerance
            assert apart.min(axis=0).max() < tolerance
    assert np.abs(before[1] - before[6]).max() > 0.05


def test_every_action_moves_all_of_them_in_glb(tmp_path, output):
    generate(actions={"walk", "run"})
    document = document_of(exported(tmp_path, "GLB"))
    nodes = {i: node for i, node in enumerate(document["nodes"]) if "mesh" in node}
    assert len(nodes) == 3
    assert len(document["animations"]) == 2
    if output == "armature":
        assert len({node["skin"] for node in nodes.values()}) == 1
        return
    for animation in document["animations"]:
        moved = {c["target"]["node"] for c in animation["channels"] if c["target"]["path"] == "weights"}
        assert moved == set(nodes)


@pytest.mark.parametrize("file_format", ["GLB", "FBX", "USD", "ALEMBIC"])
def test_the_scene_stays_as_it_was(tmp_path, file_format):
    obj, levels = generate()
    levels[0].hide_viewport = levels[1].hide_select = True
    bpy.context.scene.frame_set(2)
    before = state()
    exported(tmp_path, file_format)
    assert state() == before
    assert not any(level.visible_get() for level in levels)
    assert found.of(obj) == levels


def test_glb_says_what_belongs_together(tmp_path):
    obj, _ = generate()
    document = document_of(exported(tmp_path, "GLB"))
    names = [node["name"] for node in document["nodes"]]
    ids = document["nodes"][names.index(obj.name)]["extensions"]["MSFT_lod"]["ids"]
    assert [names[i] for i in ids] == [f"{obj.name}_LOD1", f"{obj.name}_LOD2"]
    assert document["extensionsUsed"].count("MSFT_lod") == 1
    assert len(document["images"]) == 2, "the textures are in the file once"
    assert len({mesh["primitives"][0]["material"] for mesh in document["meshes"]}) == 1
    assert not any("COLOR_0" in mesh["primitives"][0]["attributes"] for mesh in document["meshes"])


def test_a_creature_that_is_named_lod0_keeps_its_name(tmp_path):
    obj, _ = generate()
    obj.name = "Beast_LOD0"
    back = imported(exported(tmp_path, "FBX"))
    assert set(back) == {"Beast_LOD0", "Beast_LOD1", "Beast_LOD2"}


@pytest.mark.parametrize("file_format", ["USD", "ALEMBIC"])
def test_formats_without_levels_have_the_creature_alone(tmp_path, file_format):
    obj, _ = generate()
    count = len(obj.data.polygons)
    children = bpy.context.view_layer.layer_collection.children["Collection"].children
    children[f"{obj.name}_LODs"].hide_viewport = False
    back = imported(exported(tmp_path, file_format))
    assert [len(mesh.data.polygons) for mesh in back.values()] == [count]


def test_a_selected_level_exports_its_creature(tmp_path):
    obj, levels = generate()
    children = bpy.context.view_layer.layer_collection.children["Collection"].children
    children[f"{obj.name}_LODs"].hide_viewport = False
    bpy.ops.object.select_all(action="DESELECT")
    levels[0].select_set(True)
    bpy.context.view_layer.objects.active = levels[0]
    assert len(imported(exported(tmp_path, "GLB"))) == 3


def test_a_creature_on_a_path_takes_its_levels_with_it(tmp_path):
    obj, _ = generate()
    base = obj.parent or obj
    base.keyframe_insert("location", frame=1)
    base.location = (5, 0, 0)
    base.keyframe_insert("location", frame=20)
    bpy.context.scene.frame_set(6)
    wanted = world(obj).mean(axis=0)
    back = imported(exported(tmp_path, "FBX"))
    bpy.context.scene.frame_set(6)
    for mesh in back.values():
        assert np.abs(world(mesh).mean(axis=0) - wanted).max() < 0.3


def test_blenders_own_gltf_exporter_finds_them_where_they_are_and_moving(tmp_path, output):
    obj, levels = generate(actions={"walk", "run"})
    (obj.parent or obj).location = (1, 2, 3)
    path = tmp_path / "own.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), export_animation_mode="ACTIONS")
    document = document_of(path)
    nodes = {node["name"]: (i, node) for i, node in enumerate(document["nodes"]) if "mesh" in node}
    assert {obj.name, *(level.name for level in levels)} <= set(nodes)
    if output == "armature":
        return
    keys = {}
    for animation in document["animations"]:
        for channel in animation["channels"]:
            output = document["accessors"][animation["samplers"][channel["sampler"]]["output"]]
            place = animation["name"], channel["target"]["node"]
            keys[place] = output["count"], output.get("max"), output.get("min")
    for level in levels:
        index, node = nodes[level.name]
        assert np.abs(node.get("translation", np.zeros(3))).max() < 1e-6, "it is the creature's child"
        assert {name: value for (name, i), value in keys.items() if i == index} == {
            name: value for (name, i), value in keys.items() if i == nodes[obj.name][0]
        }


def nodes_with_meshes(path):
    """Names of the objects of a .glb or .fbx file that are surfaces of a creature, sorted."""
    return sorted(imported(path))


def test_levels_are_counted_anew_where_one_was_deleted(tmp_path):
    obj, levels = generate()
    name = obj.name
    bpy.data.objects.remove(levels[0])
    assert nodes_with_meshes(exported(tmp_path, "FBX")) == [f"{name}_LOD0", f"{name}_LOD1"]


@pytest.mark.parametrize("file_format", ["GLB", "FBX"])
def test_names_that_other_objects_have_are_lent_to_the_file(tmp_path, file_format):
    obj, levels = generate()
    levels[0].name = "Mine"
    for number in (0, 1):
        other = bpy.data.objects.new(f"{obj.name}_LOD{number}", None)
        bpy.context.scene.collection.objects.link(other)
    before, name = state(), obj.name
    finest = name if file_format == "GLB" else f"{name}_LOD0"
    path = exported(tmp_path, file_format)
    assert state() == before
    assert nodes_with_meshes(path) == [finest, f"{name}_LOD1", f"{name}_LOD2"]


@pytest.mark.parametrize("letter", ["X", "ö"])
def test_a_long_name_is_cut_and_the_ends_stay(tmp_path, letter):
    obj, _ = generate()
    bytes_each = len(letter.encode())
    obj.name = letter * ((LONGEST - 3) // bytes_each)
    begin = letter * ((LONGEST_IN_FBX - 5) // bytes_each)
    path = exported(tmp_path, "FBX")
    assert nodes_with_meshes(path) == [f"{begin}_LOD{number}" for number in range(3)]


def test_two_creatures_whose_long_names_begin_alike_have_levels_of_their_own(tmp_path):
    first, _ = generate()
    second, _ = generate()
    begin = "X" * (LONGEST_IN_FBX - 5)
    first.name, second.name = f"{begin}1", f"{begin}2"
    bpy.ops.object.select_all(action="DESELECT")
    for obj in (first, second):
        obj.select_set(True)
    expected = {f"{name}_LOD{number}" for name in (begin, f"{begin[:-2]}_2") for number in range(3)}
    assert set(nodes_with_meshes(exported(tmp_path, "FBX"))) == expected


def test_a_level_that_was_moved_away_is_beside_its_creature_in_the_file(tmp_path):
    obj, levels = generate()
    name = obj.name
    levels[0].parent = None
    levels[0].location = (5, 5, 5)
    bpy.context.view_layer.update()
    back = imported(exported(tmp_path, "GLB"))
    bpy.context.scene.frame_set(1)
    apart = world(back[f"{name}_LOD1"]).mean(axis=0) - world(back[name]).mean(axis=0)
    assert np.abs(apart).max() < 0.2
