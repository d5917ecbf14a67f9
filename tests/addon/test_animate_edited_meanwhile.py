"""Meshes and armatures that the artist changes while the backend animates them: nothing is built on them."""

import bpy
import pytest
from bound_mesh import bound_mesh
from conftest import datablocks
from own_mesh import animate, choose, creature, select

from blender_addon.operators import modal_job


@pytest.fixture
def beast():
    """The artist's mesh, alone in the file."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    return creature()


@pytest.fixture
def bound():
    """A mesh bound to an artist's armature: (mesh, armature)."""
    return bound_mesh()


@pytest.fixture
def meanwhile(monkeypatch):
    """Sets what happens while the backend is at work."""

    def do(change):
        done = []

        def sleep(_seconds):
            if not done:
                done.append(change)
                change()
                bpy.context.view_layer.update()

        monkeypatch.setattr(modal_job.time, "sleep", sleep)

    return do


def refused(match):
    before = datablocks()
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.zoetrope.animate()
    assert datablocks() == before


def test_a_mesh_that_was_moved_is_left_alone(beast, meanwhile):
    meanwhile(lambda: setattr(beast.location, "x", 1.0))
    refused("The mesh was moved or edited while it was animated. Select it, and press the button again")


def swapped(beast):
    """Give a mesh's object another one with the same vertices and other faces."""
    mesh = bpy.data.meshes["Other"]
    mesh.from_pydata([vertex.co[:] for vertex in beast.data.vertices], [], [(0, 1, 2)])
    beast.data = mesh


EDITS = {
    "other faces": swapped,
    "a modifier was added": lambda beast: beast.modifiers.new("Copies", "MIRROR"),
    "a modifier was changed": lambda beast: setattr(beast.modifiers["Weld"], "merge_threshold", 0.5),
    "a modifier was turned off": lambda beast: setattr(beast.modifiers["Solidify"], "show_viewport", False),
}


@pytest.mark.parametrize("scene", ["Scene", "Other"])
@pytest.mark.parametrize("name", EDITS)
def test_a_mesh_whose_shape_is_another_one_is_left_alone(beast, meanwhile, name, scene):
    bpy.data.meshes.new("Other")
    bpy.data.scenes.new("Other")
    beast.modifiers.new("Weld", "WELD")
    beast.modifiers.new("Solidify", "SOLIDIFY")

    def change():
        bpy.context.window.scene = bpy.data.scenes[scene]
        EDITS[name](beast)

    meanwhile(change)
    refused("The mesh was moved or edited while it was animated")
    assert not bpy.data.armatures


def test_a_mesh_that_shape_keys_cannot_move_any_more_is_left_alone(beast, meanwhile):
    choose(output="shape_keys")
    meanwhile(lambda: beast.modifiers.new("Copies", "MIRROR"))
    refused("The mesh was moved or edited while it was animated")
    assert beast.data.shape_keys is None


def test_what_does_not_change_the_analysed_shape_may_be_edited(beast, meanwhile):
    beast.modifiers.new("Solidify", "SOLIDIFY")

    def change():
        beast.modifiers.new("Smooth", "SUBSURF")
        beast.data.uv_layers[0].data[0].uv.x = 0.5
        bpy.context.window.scene = bpy.data.scenes.new("Other")

    meanwhile(change)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    assert "Armature" in beast.modifiers


def test_a_mesh_that_was_deleted_is_named(beast, meanwhile):
    meanwhile(lambda: bpy.data.objects.remove(beast))
    with pytest.raises(RuntimeError, match="A selected object was deleted or excluded while it was animated"):
        bpy.ops.zoetrope.animate()
    assert not bpy.data.objects
    assert not bpy.data.actions


def test_a_mesh_whose_collection_was_excluded_is_left_alone(beast, meanwhile):
    away = bpy.data.collections.new("Away")
    bpy.context.scene.collection.children.link(away)
    bpy.context.collection.objects.unlink(beast)
    away.objects.link(beast)
    select(beast)
    layer = bpy.context.view_layer.layer_collection.children["Away"]
    meanwhile(lambda: setattr(layer, "exclude", True))
    refused("A selected object was deleted or excluded while it was animated. Select it, and press")


def edited(rig, change):
    """Change an armature's bones in Edit Mode."""
    active = bpy.context.view_layer.objects.active
    select(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    change(rig.data.edit_bones)
    bpy.ops.object.mode_set(mode="OBJECT")
    select(active)


CHANGES = {
    "moved": lambda rig: edited(rig, lambda bones: setattr(bones["leg.L"], "head", (0.3, 0.5, 1.9))),
    "rolled": lambda rig: edited(rig, lambda bones: setattr(bones["neck"], "roll", 1.3)),
    "removed": lambda rig: edited(rig, lambda bones: bones.remove(bones["leg.R"])),
    "parented": lambda rig: edited(rig, lambda bones: setattr(bones["leg.R"], "parent", bones["leg.L"])),
    "renamed": lambda rig: setattr(rig.data.bones["leg.R"], "name", "Bein"),
    "object moved": lambda rig: setattr(rig.location, "x", 1.0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_armature_that_was_edited_meanwhile_is_left_alone(bound, meanwhile, name):
    beast, rig = bound
    choose(actions={"walk"})
    meanwhile(lambda: CHANGES[name](rig))
    refused("The armature was moved or edited while it was animated. Select it, and press the button again")
    assert not bpy.data.actions
    assert beast.modifiers


def test_an_armature_that_was_deleted_is_named(bound, meanwhile):
    _beast, rig = bound
    meanwhile(lambda: bpy.data.objects.remove(rig))
    with pytest.raises(RuntimeError, match="The armature was deleted or excluded while it was animated"):
        bpy.ops.zoetrope.animate()
    assert not bpy.data.actions


def test_an_armature_still_in_edit_mode_is_compared_as_it_is_edited(bound, meanwhile):
    _beast, rig = bound

    def edit():
        select(rig)
        bpy.ops.object.mode_set(mode="EDIT")
        rig.data.edit_bones["neck"].tail.z += 1.0

    choose(actions={"walk"})
    meanwhile(edit)
    refused("The armature was moved or edited")
    assert rig.mode == "EDIT"


def test_an_armature_that_was_only_looked_at_in_edit_mode_is_animated(bound, meanwhile):
    _beast, rig = bound
    meanwhile(lambda: edited(rig, lambda bones: setattr(bones["foot_ik.L"], "head", (9, 9, 9))))
    assert animate(actions={"walk"}) == rig
