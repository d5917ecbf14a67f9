"""What Animate Selected refuses: one sentence with a remedy, and the scene as it was."""

import math

import bpy
import pytest
from conftest import datablocks
from own_mesh import choose, creature, select

from blender_addon.core.own_mesh import mesh_input


@pytest.fixture(autouse=True)
def _empty():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.context.view_layer.update()


def refused(match):
    before = datablocks()
    mode = bpy.context.object.mode if bpy.context.object else None
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.zoetrope.animate()
    assert datablocks() == before
    assert (bpy.context.object.mode if bpy.context.object else None) == mode


def test_curves_and_texts_are_refused_with_a_remedy(session):
    beast = creature()
    bpy.ops.object.text_add()
    select(beast, bpy.context.object)
    refused(r"Text is a text, not a mesh\. Use Object > Convert > Mesh")
    assert session.backend_pid() is None
    assert session.error.kind == "bad_mesh"


def test_a_mesh_without_faces_is_refused():
    mesh = bpy.data.meshes.new("Wire")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 0, 1)], [(0, 1), (1, 2)], [])
    obj = bpy.data.objects.new("Wire", mesh)
    bpy.context.collection.objects.link(obj)
    select(obj)
    refused(r"Wire has no faces\. Deselect it")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_positions_that_are_no_numbers_are_refused(value):
    beast = creature()
    beast.data.vertices[3].co.x = value
    refused(r"Beast has vertices whose position is not a number, or far too large. Delete")
    beast.modifiers.new("Mirror", "MIRROR")
    refused(r"position is not a number")


@pytest.mark.parametrize("axes", ["x", "xyz"])
def test_a_scale_of_zero_is_refused(axes):
    beast = creature()
    for axis in axes:
        setattr(beast.scale, axis, 0.0)
    bpy.context.view_layer.update()
    refused(r"Beast has a scale of zero\. Set its Scale")


def test_too_many_vertices_are_refused(monkeypatch):
    monkeypatch.setattr(mesh_input, "MAX_VERTICES", 40)
    creature()
    refused(r"The selection has 48 vertices; 40 are the most\. Animate a decimated copy")


def test_linked_data_and_overrides_are_refused(tmp_path):
    creature("Linked")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "lib.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "lib.blend"), link=True) as (_, to):
        to.objects = ["Linked"]
    linked = to.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    select(linked)
    refused(r"Linked is linked from another file\. Use Object > Relations > Make Local")
    override = linked.override_create(remap_local_usages=True)
    select(override)
    refused(r"Linked is a library override\. Use Object > Relations > Make Local")
    own = bpy.data.objects.new("Own", linked.data)
    bpy.context.scene.collection.objects.link(own)
    select(own)
    refused(r"The mesh of Own is linked from another file")


@pytest.mark.parametrize(
    ("output", "match"),
    [
        (
            "armature",
            r"Beast and Twin share one mesh, and move differently\. Use Object > Relations > Make Single",
        ),
        (
            "shape_keys",
            r"Beast and Twin share one mesh, and cannot have shape keys each\. .* Output: Armature",
        ),
        ("both", r"Beast and Twin share one mesh, and cannot have shape keys each\. .* Output: Armature"),
    ],
)
def test_linked_duplicates_are_refused_before_any_work(session, output, match):
    beast = creature()
    twin = beast.copy()
    twin.name, twin.location.x = "Twin", 3.0
    bpy.context.collection.objects.link(twin)
    select(beast, twin)
    choose(output=output)
    refused(match)
    assert session.backend_pid() is None


def test_absolute_shape_keys_are_refused():
    beast = creature()
    beast.shape_key_add(name="Basis")
    beast.data.shape_keys.use_relative = False
    refused(r"Beast has absolute shape keys\. Turn Relative on")
