"""Where creatures stand, and how they are shown."""

import itertools

import bpy
import numpy as np
import pytest
from conftest import FRAMES, RECORDED, creature_mesh, vertices_at
from mathutils import Vector

from blender_addon.scene import build, placement, view

pytestmark = pytest.mark.usefixtures("output")


def generate():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return bpy.context.object


def without_cube():
    bpy.data.objects.remove(bpy.data.objects["Cube"])


def swept(obj):
    """Bounding box of an object over the clip, in world space."""
    mesh = creature_mesh(obj)
    frames = [vertices_at(mesh, 1 + i) + np.array(mesh.matrix_world.translation) for i in range(len(FRAMES))]
    points = np.concatenate(frames)
    return points.min(axis=0), points.max(axis=0)


def apart(a, b):
    (low, high), (other_low, other_high) = swept(a), swept(b)
    return bool((high <= other_low).any() or (other_high <= low).any())


def test_each_creature_stands_beside_those_before():
    without_cube()
    made = [generate() for _ in range(4)]
    assert [obj.location.x for obj in made] == sorted({obj.location.x for obj in made})
    assert tuple(made[0].location) == (0.0, 0.0, 0.0)
    assert all(obj.location.yz == Vector((0.0, 0.0)) for obj in made)
    assert all(apart(a, b) for a, b in itertools.pairwise(made))


def test_a_place_that_became_free_is_taken():
    without_cube()
    generate()
    second = generate()
    generate()
    x = second.location.x
    for obj in {creature_mesh(second), second}:
        bpy.data.objects.remove(obj)
    assert generate().location.x == pytest.approx(x)


def test_the_factory_cube_does_not_swallow_it():
    cube, obj = bpy.data.objects["Cube"], generate()
    assert obj.location.x > 1.0
    cube.scale = (50, 50, 50)  # far larger than the creature, which is still inside
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.object.delete()
    bpy.ops.mesh.primitive_cube_add(size=50)
    assert generate().location.x > 25.0


def test_floors_rooms_and_hidden_objects_are_not_in_its_way():
    bpy.data.objects["Cube"].hide_set(True)
    bpy.ops.mesh.primitive_plane_add(size=2)
    bpy.ops.mesh.primitive_plane_add(size=100)
    bpy.ops.mesh.primitive_cube_add(size=20)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.flip_normals()  # a room
    bpy.ops.object.mode_set(mode="OBJECT")
    assert tuple(generate().location) == (0.0, 0.0, 0.0)


def test_in_a_long_row_it_stands_at_the_cursor():
    without_cube()
    mesh = bpy.data.meshes.new("Post")
    mesh.from_pydata([(-0.5, -0.5, 0), (0.5, -0.5, 0), (0.5, 0.5, 1)], [], [(0, 1, 2)])
    for i in range(1000):
        post = bpy.data.objects.new("Post", mesh)
        post.location.x = i / 2
        bpy.context.collection.objects.link(post)
    bpy.context.scene.cursor.location = (3, 0, 0)
    assert tuple(generate().location) == (3, 0, 0)


def test_an_artists_material_and_the_names_of_vertex_groups_stay_with_a_replaced_creature(settings):
    first = creature_mesh(generate())
    mine, other = bpy.data.materials.new("Mine"), bpy.data.materials.new("Other")
    for material in (mine, None, other):
        first.data.materials.append(material)
    first.material_slots[3].link = "OBJECT"
    first.material_slots[3].material = other
    for name in ("Head", "Tail"):
        first.vertex_groups.new(name=name)
    first.vertex_groups["Head"].lock_weight, first.vertex_groups.active_index = True, 0
    settings.placement = "REPLACE"
    second = creature_mesh(generate())
    slots = [
        (slot.link, slot.material and slot.material.name.split(".")[0]) for slot in second.material_slots
    ]
    assert slots == [("DATA", "Quadruped_walk_5"), ("DATA", "Mine"), ("DATA", None), ("OBJECT", "Other")]
    kept = [(group.name, group.lock_weight) for group in second.vertex_groups]
    assert kept[:2] == [("Head", True), ("Tail", False)]
    assert second.vertex_groups.active_index == 0
    assert len(kept) == 2 + 4 * (second.parent is not None), "the old joints' groups are gone"


def test_a_replaced_creature_whose_material_is_the_artists_gets_no_other(settings):
    creature_mesh(generate()).data.materials[0] = bpy.data.materials.new("Mine")
    settings.placement, before = "REPLACE", set(bpy.data.materials)
    assert [material.name for material in creature_mesh(generate()).data.materials] == ["Mine"]
    assert set(bpy.data.materials) == before


@pytest.mark.parametrize(
    "hide", [lambda obj: obj.hide_set(True), lambda obj: setattr(obj, "hide_viewport", True)]
)
def test_what_replaces_a_hidden_creature_is_shown(settings, hide):
    hide(generate())
    settings.placement = "REPLACE"
    assert not bpy.context.view_layer.objects.active.visible_get()
    assert generate().visible_get()


def test_replace_active_takes_its_place_and_leaves_nothing_of_it(settings):
    without_cube()
    first = generate()
    first.location, first.scale = (3, 4, 5), (2, 2, 2)
    creature_mesh(first).modifiers.new("Smooth", "SMOOTH")
    other = bpy.data.objects["Light"]
    counts = [
        len(blocks) for blocks in (bpy.data.objects, bpy.data.meshes, bpy.data.actions, bpy.data.materials)
    ]
    settings.placement, settings.seed = "REPLACE", 9
    second = generate()
    assert tuple(second.location) == (3, 4, 5)
    assert tuple(second.scale) == (2, 2, 2)
    mesh = creature_mesh(second)
    assert [modifier.name for modifier in mesh.modifiers if modifier.type != "ARMATURE"] == ["Smooth"]
    assert mesh.name == "Quadruped_walk_5"
    bpy.context.view_layer.update()
    assert np.allclose(mesh.matrix_world, second.matrix_world)
    assert counts == [
        len(blocks) for blocks in (bpy.data.objects, bpy.data.meshes, bpy.data.actions, bpy.data.materials)
    ]
    assert '"seed": 9' in mesh.data["zoetrope"]
    bpy.context.view_layer.objects.active = other  # no creature: nothing is replaced
    assert generate() != second
    assert second.name in bpy.data.objects


def test_one_undo_brings_a_replaced_creature_back(settings):
    without_cube()
    settings.seed = 1
    generate()
    bpy.ops.ed.undo_push(message="first")
    bpy.context.scene.zoetrope.seed = 2
    bpy.context.scene.zoetrope.placement = "REPLACE"
    bpy.ops.ed.undo_push(message="settings")
    assert bpy.ops.zoetrope.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    assert '"seed": 2' in creature_mesh(bpy.context.object).data["zoetrope"]
    bpy.ops.ed.undo()
    assert [obj.data["zoetrope"].find('"seed": 1') > 0 for obj in bpy.data.objects if obj.type == "MESH"] == [
        True
    ]


def test_the_creature_that_was_active_at_the_start_is_replaced(settings):
    first, second = generate(), generate()
    settings.placement = "REPLACE"
    uid, x = build.to_replace(bpy.context), second.location.x
    bpy.context.view_layer.objects.active = first  # chosen while the backend works
    first.name = "Another"
    new = build.add_creature(bpy.context, RECORDED, {"fps": 24.0}, {}, uid)
    assert new.location.x == x
    assert first.name == "Another"
    assert len([obj for obj in bpy.data.objects if obj.type == "MESH"]) == 3
    for obj in {creature_mesh(new), new}:  # or it is gone by then
        bpy.data.objects.remove(obj)
    beside = build.add_creature(bpy.context, RECORDED, {"fps": 24.0}, {}, uid)
    assert beside.location.x > creature_mesh(first).matrix_world.translation.x + 0.3


def test_a_replaced_creature_keeps_the_name_that_the_artist_gave_it(settings):
    first = creature_mesh(generate())
    first.name = "Rex"
    settings.placement = "REPLACE"
    assert creature_mesh(generate()).name == "Rex"


def test_replacing_the_only_creature_sets_the_rate_and_range_anew(settings):
    generate()
    settings.placement, settings.scene_fps, settings.fps = "REPLACE", False, 12.0
    generate()
    render = bpy.context.scene.render
    assert render.fps / render.fps_base == 12.0
    assert bpy.context.scene.frame_end == (12 if settings.output == "armature" else 20)


@pytest.mark.parametrize("category", ["fish", "quadruped"])
@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_a_creature_is_above_the_cursor_where_the_backend_put_it(changed_result, settings, category, scale):
    without_cube()
    settings.output = "shape_keys"
    bpy.context.scene.unit_settings.scale_length = scale
    bpy.context.scene.cursor.location = (0, 0, 2)
    vertices = FRAMES + np.float32([0, 0, 0.3])
    vertices[10:] -= np.float32([0, 0, 0.5])
    changed_result(header={"category": category, "cyclic": False}, vertices=vertices)
    obj = generate()
    assert obj.location.z == pytest.approx(2.0)
    assert swept(obj)[0][2] == pytest.approx(2.0 + vertices[..., 2].min() / scale, abs=1e-3 / scale)


def test_it_is_linked_where_it_can_be_seen():
    collection = bpy.data.collections.new("Mine")
    bpy.context.scene.collection.children.link(collection)
    layer = bpy.context.view_layer.layer_collection.children["Mine"]
    bpy.context.view_layer.active_layer_collection = layer
    assert list(generate().users_collection) == [collection]
    layer.exclude = True
    assert list(generate().users_collection) == [bpy.context.scene.collection]
    layer.exclude = False
    bpy.context.view_layer.active_layer_collection = layer
    collection.hide_viewport = True
    assert list(generate().users_collection) == [bpy.context.scene.collection]


def shadings():
    screen = bpy.context.window.screen
    return [area.spaces.active.shading for area in screen.areas if area.type == "VIEW_3D"]


def test_its_colours_show_in_views_on_the_factory_setting_once():
    obj = generate()
    assert {shading.color_type for shading in shadings()} == {
        "MATERIAL"
    }  # only the button's operator shows it
    view.show(bpy.context, creature_mesh(obj))
    assert {shading.color_type for shading in shadings()} == {"VERTEX"}
    for shading in shadings():
        shading.color_type = "MATERIAL"  # the artist's choice
    view.show(bpy.context, creature_mesh(generate()))
    assert {shading.color_type for shading in shadings()} == {"MATERIAL"}


def test_other_choices_and_materials_viewport_colors_are_kept():
    bpy.data.materials["Material"].diffuse_color = (1, 0, 0, 1)
    view.show(bpy.context, creature_mesh(generate()))
    assert {shading.color_type for shading in shadings()} == {"MATERIAL"}
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    for shading in shadings():
        shading.color_type = "OBJECT"
    view.show(bpy.context, creature_mesh(generate()))
    assert {shading.color_type for shading in shadings()} == {"OBJECT"}


def test_world_bounds_follow_rotation_and_scale():
    bpy.ops.mesh.primitive_cube_add(size=2, location=(5, 0, 0), rotation=(0, 0, np.pi / 2))
    obj = bpy.context.object
    obj.scale = (3, 1, 1)
    bpy.context.view_layer.update()
    assert np.allclose(placement.world_bounds(obj), [(4, -3, -1), (6, 3, 1)], atol=1e-5)
