"""What is sent of the artist's objects, and what comes back onto them, however the scene is made."""

import json

import bpy
import numpy as np
import pytest
from conftest import datablocks
from own_mesh import animate, at, base, creature, expected, fingerprint, notes, select, world

TOLERANCE = 1e-5


@pytest.fixture(autouse=True)
def _empty():
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.context.view_layer.update()


@pytest.fixture
def sent(monkeypatch, tmp_path):
    """A function that returns the arrays of mesh.npz and the request as they were sent."""
    path = tmp_path / "sent.npz"
    monkeypatch.setenv("STAND_IN_KEEP", str(path))

    def read():
        with np.load(path) as data:
            return {name: data[name] for name in data.files}, json.loads(
                path.with_suffix(".json").read_text()
            )

    return read


def worst(obj, truth):
    """Largest distance in any frame from the truth (T, V, 3)."""
    return max(float(np.abs(at(obj, 1 + i) - frame).max()) for i, frame in enumerate(truth))


def moved_as_known(*objects, unit=1.0):
    """Whether objects, all of them together, walk as the known motion says."""
    before = [world(obj, base(obj)) for obj in objects]
    animate(actions={"walk"})
    truth = expected(np.concatenate(before), "walk", unit)
    size = np.ptp(np.concatenate(before), axis=0).max()
    ends = np.cumsum([0, *map(len, before)])
    return all(
        worst(obj, truth[:, a:b]) < TOLERANCE * max(size, 1.0)
        for obj, a, b in zip(objects, ends, ends[1:], strict=False)
    )


def test_what_is_sent_is_in_metres_from_the_ground_below_it_with_triangles(sent):
    beast = creature(location=(3.0, -2.0, 5.0))
    points = world(beast, base(beast))
    animate(actions={"walk"})
    arrays, request = sent()
    low, high = points.min(axis=0), points.max(axis=0)
    shift = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]
    assert np.abs(arrays["vertices"] - (points - shift)).max() < 1e-6
    assert arrays["vertices"].dtype == np.float32
    assert arrays["faces"].shape == (2 * len(beast.data.polygons), 3)
    assert arrays["faces"].dtype == arrays["objects"].dtype == np.int32
    assert not arrays["objects"].any()
    assert {"bone_heads", "bone_weights_vertex"}.isdisjoint(arrays)
    assert request["actions"] == ["walk"]
    assert request["fps"] == 24.0


@pytest.mark.parametrize(
    "transform",
    [
        {"location": (3, -7, 2), "rotation_euler": (0.3, 0.5, 2.0), "scale": (2, 2, 2)},
        {"scale": (1.0, 3.0, 0.4), "rotation_euler": (0.0, 0.4, 0.0)},
        {"scale": (-1.0, 1.0, 1.0), "location": (1, 0, 0)},
        {"scale": (-0.3, -2.0, -1.0), "delta_location": (0, 2, 0)},
        {"scale": (0.001, 0.001, 0.001)},
        {"scale": (300.0, 300.0, 300.0), "location": (2000.0, 0.0, 0.0)},
    ],
)
def test_any_transform(transform):
    beast = creature()
    for name, value in transform.items():
        setattr(beast, name, value)
    bpy.context.view_layer.update()
    before = tuple(beast.location), tuple(beast.rotation_euler), tuple(beast.scale)
    if "location" in transform and transform["location"][0] > 1000:
        before_points = world(beast, base(beast))
        animate(actions={"walk"})
        middle = np.array([2000.0, 0.0, 0.0])
        truth = expected(before_points - middle, "walk") + middle
        assert worst(beast, truth) < 2e-3, "float32 at two kilometres"
    else:
        assert moved_as_known(beast)
    assert (tuple(beast.location), tuple(beast.rotation_euler), tuple(beast.scale)) == before


def test_a_mirrored_object_is_sent_with_its_outside_outside(sent):
    beast = creature()
    beast.scale.x = -1
    bpy.context.view_layer.update()
    animate(actions={"walk"})
    arrays, _ = sent()
    corners = arrays["vertices"].astype(float)[arrays["faces"]]
    volume = np.einsum("fc,fc->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0.1


@pytest.mark.parametrize(("system", "scale"), [("METRIC", 0.01), ("METRIC", 10.0), ("NONE", 0.01)])
def test_the_scenes_unit(sent, system, scale):
    bpy.context.scene.unit_settings.system = system
    bpy.context.scene.unit_settings.scale_length = scale
    unit = 1.0 if system == "NONE" else scale
    beast = creature()
    height = np.ptp(base(beast)[:, 2])
    assert moved_as_known(beast, unit=unit)
    arrays, _ = sent()
    assert np.ptp(arrays["vertices"][:, 2]) == pytest.approx(height * unit, rel=1e-5)


def test_several_objects_move_as_one(sent):
    beast = creature()
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.1, location=(0.1, -1.0, 1.5))
    eye = bpy.context.object
    bpy.ops.mesh.primitive_cone_add(radius1=0.1, depth=0.3, location=(0, -0.9, 1.8))
    horn = bpy.context.object
    select(beast, eye, horn)
    assert moved_as_known(beast, eye, horn)
    arrays, _ = sent()
    assert np.bincount(arrays["objects"]).tolist() == [len(o.data.vertices) for o in (beast, eye, horn)]
    rig = bpy.context.object
    assert {obj.parent for obj in (beast, eye, horn)} == {rig}
    assert set(bpy.context.selected_objects) == {beast, eye, horn, rig}


def test_a_child_of_a_selected_object_moves_as_its_parent_does():
    beast = creature()
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.1, location=(0.1, -1.0, 1.5))
    eye = bpy.context.object
    select(beast, eye)
    bpy.ops.object.parent_set(type="OBJECT")
    beast.location = (2, 1, 0)
    select(beast, eye)
    assert moved_as_known(beast, eye)


def test_the_armature_takes_the_meshs_place_in_the_hierarchy():
    beast = creature()
    empty = bpy.data.objects.new("Place", None)
    bpy.context.collection.objects.link(empty)
    empty.location = (1, 2, 3)
    empty.rotation_euler.z = 1.0
    beast.parent = empty
    bpy.context.view_layer.update()
    assert moved_as_known(beast)
    assert beast.parent.parent == empty
    before = at(beast, 3)
    empty.location.x += 5
    assert np.abs(at(beast, 3) - before - [5, 0, 0]).max() < 1e-5


def test_eyes_that_share_a_mesh_are_skinned_alike_or_refused(session):
    beast = creature()
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.05, location=(0.1, -1.0, 1.5))
    left = bpy.context.object
    right = left.copy()
    right.location.x = -0.1
    bpy.context.collection.objects.link(right)
    select(beast, left, right)
    animate(actions={"walk"})
    assert len(left.vertex_groups) == len({group.name for group in left.vertex_groups}) > 0
    before = datablocks()
    select(beast)
    beast.select_set(False)
    bpy.ops.mesh.primitive_cube_add(size=0.2, location=(0.3, 0, 0.1))
    shoe = bpy.context.object
    other = shoe.copy()
    other.location.x = -0.3
    bpy.context.collection.objects.link(other)
    select(shoe, other)
    before = datablocks()
    with pytest.raises(RuntimeError, match=r"share one mesh, and move differently\. Use Object > Relations"):
        bpy.ops.zoetrope.animate()
    assert datablocks() == before
    assert (len(shoe.vertex_groups), len(shoe.modifiers), shoe.parent) == (0, 0, None)


def test_an_unselected_duplicate_of_the_mesh_stays_as_it_was():
    beast = creature()
    twin = beast.copy()
    twin.location.x = 4
    bpy.context.collection.objects.link(twin)
    select(beast)
    points = world(twin, base(twin))
    animate(actions={"walk"})
    assert np.abs(at(twin, 5) - points).max() < 1e-6
    assert (len(twin.modifiers), twin.parent) == (0, None)


def half_creature():
    """The right half of a creature, made whole by a Mirror modifier."""
    beast = creature()
    mesh = beast.data
    keep = [p.index for p in mesh.polygons if all(mesh.vertices[i].co.x > 0 for i in p.vertices)]
    assert keep
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.bisect(plane_co=(0, 0, 0), plane_no=(1, 0, 0), clear_inner=True)
    bpy.ops.object.mode_set(mode="OBJECT")
    return beast


def test_mirror_is_analysed_whole_and_mirrors_the_weights(sent):
    beast = half_creature()
    modifier = beast.modifiers.new("Mirror", "MIRROR")
    modifier.merge_threshold = 1e-4
    before = fingerprint(beast)
    whole = at(beast, 1)
    animate(actions={"walk"})
    arrays, _ = sent()
    assert len(arrays["vertices"]) == len(whole) > 1.4 * len(beast.data.vertices)
    assert np.ptp(arrays["vertices"][:, 0]) == pytest.approx(0.52, abs=0.05)
    assert [m.type for m in beast.modifiers] == ["MIRROR", "ARMATURE"]
    assert fingerprint(beast) == before
    truth = expected(whole, "walk")
    # The half's own vertices are exact, the mirrored ones have mirrored weights: here the known ones, too.
    assert worst(beast, truth) < 1e-4


def test_subdivision_is_analysed_on_its_cage_and_stays_last(sent):
    beast = creature()
    beast.modifiers.new("Subdivision", "SUBSURF")
    animate(actions={"walk"})
    arrays, _ = sent()
    assert len(arrays["vertices"]) == len(beast.data.vertices)
    assert [m.type for m in beast.modifiers] == ["ARMATURE", "SUBSURF"]


def test_shapes_modifiers_are_analysed_and_others_noted(sent):
    beast = creature()
    beast.modifiers.new("Thick", "SOLIDIFY")
    beast.modifiers.new("Wave", "WAVE")
    hidden = beast.modifiers.new("Array", "ARRAY")
    hidden.show_viewport = False
    rig = animate(actions={"walk"})
    arrays, _ = sent()
    assert len(arrays["vertices"]) == 2 * len(beast.data.vertices)
    assert [m.type for m in beast.modifiers] == ["SOLIDIFY", "ARMATURE", "WAVE", "ARRAY"]
    assert notes(rig) == ["Wave of Beast acts after the armature: apply it first if it changes the shape."]


def test_the_artists_own_shape_keys_stay_and_the_basis_is_analysed(sent):
    beast = creature()
    basis = base(beast)
    beast.shape_key_add(name="Basis")
    fat = beast.shape_key_add(name="Fat", from_mix=False)
    fat.points.foreach_set("co", (basis * np.float32([1.5, 1, 1])).ravel())
    fat.value = 1.0
    animate(actions={"walk"})
    arrays, _ = sent()
    assert np.ptp(arrays["vertices"][:, 0]) == pytest.approx(np.ptp(basis[:, 0]), rel=1e-5)
    assert [key.name for key in beast.data.shape_keys.key_blocks] == ["Basis", "Fat"]
    assert fat.value == 1.0
    truth = expected(world(beast, basis), "walk")
    fat.value = 0.0
    assert worst(beast, truth) < TOLERANCE


def test_own_groups_are_kept_and_a_joint_of_the_same_name_gets_another():
    beast = creature()
    own = beast.vertex_groups.new(name="head")
    own.add([0, 1], 0.25, "REPLACE")
    left = beast.vertex_groups.new(name="leg.L")
    beast.vertex_groups.active_index = 0
    assert moved_as_known(beast)
    rig = beast.parent
    assert [bone.name for bone in rig.data.bones] == ["root", "hips", "head_002", "leg_002.L", "leg_002.R"]
    assert own.weight(1) == 0.25
    assert left.name == "leg.L"
    assert beast.vertex_groups.active_index == 0


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT", "WEIGHT_PAINT"])
def test_from_any_mode(mode):
    beast = creature()
    bpy.ops.object.mode_set(mode=mode)
    assert moved_as_known(beast)
    assert bpy.context.object.mode == "OBJECT"


def test_what_was_edited_and_not_yet_left_is_sent(sent):
    beast = creature()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide()
    animate(actions={"walk"})
    arrays, _ = sent()
    assert len(arrays["vertices"]) == len(beast.data.vertices) > 100


def test_a_hidden_selected_object_and_one_of_another_scene_do_not_count(sent):
    beast = creature()
    hidden = beast.copy()
    bpy.context.collection.objects.link(hidden)
    select(beast, hidden)
    hidden.hide_viewport = True
    scene = bpy.context.scene
    bpy.ops.scene.new(type="EMPTY")
    creature("Elsewhere")
    bpy.context.window.scene = scene
    animate(actions={"walk"})
    arrays, _ = sent()
    assert len(arrays["vertices"]) == len(beast.data.vertices)
