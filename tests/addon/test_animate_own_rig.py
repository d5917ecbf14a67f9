"""Animate Selected on a mesh that has a rig: the keys land on the artist's bones, the rest of it stays."""

import bpy
import known_motion
import numpy as np
import pytest
from bound_mesh import SENT, bound_mesh, disconnect, rigged, weights
from conftest import curves_of
from mathutils import Vector
from own_mesh import animate, at, base, choose, creature, expected, fingerprint, notes, select, world

TOLERANCE = 5e-5
"""Metres. Blender's rest matrices of bones that point almost along -Y, as this spine does, are orthonormal to
4e-5 only."""


@pytest.fixture
def bound():
    """A mesh bound to an artist's armature: (mesh, armature)."""
    return bound_mesh()


def truth(points, rig, action):
    """The known motion of points (V, 3) in world space by the artist's bones: (T, V, 3)."""
    heads = np.array([rig.matrix_world @ rig.data.bones[name].head_local for name in SENT])
    parents = np.array([-1, 0, 0, 0])
    size = float(np.ptp(points, axis=0).max())
    rotations, translation = known_motion.motion(action, 4, size)
    moved = known_motion.places(heads, parents, rotations, translation)
    joints = np.tile(np.arange(4), (len(points), 1))
    return known_motion.skinned(points, heads, joints, weights(points), rotations, moved)


def worst(obj, frames, start=1):
    return max(float(np.abs(at(obj, start + i) - frame).max()) for i, frame in enumerate(frames))


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZXY", "AXIS_ANGLE"])
def test_the_bones_do_what_the_result_says_in_any_rotation_mode(bound, mode):
    beast, rig = bound
    disconnect(rig, "neck")
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    points = world(beast, base(beast))
    assert animate() == rig
    for action in ("walk", "attack", "idle"):
        select(rig)
        bpy.ops.zoetrope.play_action(action=f"Rig_{action}")
        assert worst(beast, truth(points, rig, action)) < TOLERANCE


@pytest.mark.parametrize(
    "place", [{"location": (1, 2, 0.5), "angle": 1.0}, {"scale": 0.01}, {"angle": -2.0, "scale": 3.0}]
)
def test_an_armature_that_is_moved_turned_and_scaled(bound, place):
    beast, old = bound
    bpy.data.objects.remove(old)
    beast.modifiers.clear()
    beast.vertex_groups.clear()
    rig = rigged(beast, **place)
    disconnect(rig, "neck")
    points = world(beast, base(beast))
    animate(actions={"walk"})
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE


def test_a_connected_bone_stays_at_its_parents_end(bound):
    _beast, rig = bound
    animate(actions={"walk"})
    for frame in (1, 4, 7):
        bpy.context.scene.frame_set(frame)
        neck, spine = rig.pose.bones["neck"], rig.pose.bones["spine"]
        assert (neck.head - spine.tail).length < 1e-6
    paths = {curve.data_path for curve in curves_of(rig.animation_data.action)}
    assert 'pose.bones["neck"].location' not in paths
    assert 'pose.bones["neck"].rotation_quaternion' in paths


def test_only_deforming_bones_get_keys_and_the_root_still_places_the_whole(bound):
    beast, rig = bound
    animate(actions={"walk"})
    groups = {curve.group.name for curve in curves_of(rig.animation_data.action)}
    assert groups == set(SENT)
    before = at(beast, 5)
    rig.pose.bones["root"].location.x += 2.0
    offset = (rig.data.bones["root"].matrix_local.to_3x3() @ Vector((2.0, 0.0, 0.0)))[:]
    assert np.abs(at(beast, 5) - before - offset).max() < 1e-5


def test_nothing_else_of_mesh_and_rig_is_changed(bound):
    beast, rig = bound
    shape = bpy.data.objects.new("Widget", None)
    bpy.context.collection.objects.link(shape)
    rig.pose.bones["root"].custom_shape = shape
    controls = rig.data.collections.new("Controls")
    controls.assign(rig.data.bones["root"])
    controls.is_visible = False
    select(beast)
    before = fingerprint(beast)
    groups = [[(g.group, g.weight) for g in v.groups] for v in beast.data.vertices]
    rest = [bone.matrix_local.copy() for bone in rig.data.bones]
    animate(actions={"walk"})
    assert fingerprint(beast) == before
    assert [[(g.group, g.weight) for g in v.groups] for v in beast.data.vertices] == groups
    assert [bone.matrix_local for bone in rig.data.bones] == rest
    assert len(beast.modifiers) == 1
    assert beast.parent is None
    assert rig.pose.bones["root"].custom_shape == shape
    assert [(c.name, c.is_visible) for c in rig.data.collections] == [("Controls", False)]


def test_the_artists_action_is_kept_and_not_played(bound):
    beast, rig = bound
    rig.pose.bones["spine"].location.z = 3.0
    rig.keyframe_insert('pose.bones["spine"].location', frame=1)
    own = rig.animation_data.action
    disconnect(rig, "neck")
    points = world(beast, base(beast))
    animate(actions={"walk"})
    tracks = {
        strip.action.name: track.mute for track in rig.animation_data.nla_tracks for strip in track.strips
    }
    assert tracks == {own.name: True}
    assert rig.animation_data.action.name == "Rig_walk"
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE
    animate(actions={"idle"})
    tracks = {
        strip.action.name: track.mute for track in rig.animation_data.nla_tracks for strip in track.strips
    }
    assert tracks == {own.name: True, "Rig_walk": True}


def test_constraints_that_would_hold_keyed_bones_are_muted_and_named(bound):
    beast, rig = bound
    disconnect(rig, "neck")
    target = bpy.data.objects.new("Target", None)
    bpy.context.collection.objects.link(target)
    solver = rig.pose.bones["leg.L"].constraints.new("IK")
    solver.target, solver.subtarget, solver.chain_count = rig, "foot_ik.L", 1
    solver.name = "Leg IK"
    look = rig.pose.bones["neck"].constraints.new("DAMPED_TRACK")
    look.target = target
    free = rig.pose.bones["foot_ik.L"].constraints.new("COPY_LOCATION")
    free.target, free.influence = target, 0.5
    select(beast)
    points = world(beast, base(beast))
    animate(actions={"walk"})
    assert (solver.mute, look.mute, free.mute) == (True, True, False)
    (note,) = notes(rig)
    assert note.startswith("Constraints of Rig are muted")
    assert "Leg IK of leg.L" in note
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE


def test_a_solver_on_a_control_bone_is_muted_where_its_chain_is_keyed(bound):
    beast, rig = bound
    solver = rig.pose.bones["neck"].constraints.new("IK")
    solver.chain_count = 0
    select(beast)
    animate(actions={"walk"})
    assert solver.mute


def test_locked_and_driven_channels_keep_their_values_and_are_named(bound):
    beast, rig = bound
    rig.pose.bones["leg.R"].lock_location = (True, True, True)
    driver = rig.driver_add('pose.bones["leg.L"].location', 1).driver
    driver.expression = "0.25"
    select(beast)
    animate(actions={"walk"})
    channels = {(curve.data_path, curve.array_index) for curve in curves_of(rig.animation_data.action)}
    assert not any(path == 'pose.bones["leg.R"].location' for path, _ in channels)
    assert ('pose.bones["leg.L"].location', 1) not in channels
    text = " ".join(notes(rig))
    assert "Locked channels of Rig stay as they are, without keys: leg.R." in text
    assert "Driven channels of Rig stay as they are, without keys: leg.L." in text
    bpy.context.scene.frame_set(3)
    assert rig.pose.bones["leg.L"].location.y == pytest.approx(0.25)


@pytest.mark.parametrize("name", ['leg "x"', "leg\\\\x", "leg[0]"])
def test_bones_whose_names_have_quotes_and_backslashes_have_keys_that_move_them(bound, name):
    beast, rig = bound
    disconnect(rig, "neck")
    rig.data.bones["leg.R"].name = name
    rig.pose.bones[name].driver_add("location", 1).driver.expression = "0.25"
    select(beast)
    animate(actions={"walk"})
    paths = {curve.data_path for curve in curves_of(rig.animation_data.action)}
    assert len(paths) == 2 * len(SENT)
    for path in paths:
        rig.path_resolve(path)  # raises where there is no such property
    bpy.context.scene.frame_set(3)
    before = rig.pose.bones[name].matrix_basis.copy()
    bpy.context.scene.frame_set(7)
    assert before != rig.pose.bones[name].matrix_basis
    channels = [c.array_index for c in curves_of(rig.animation_data.action) if f"{name}" in c.group.name]
    assert channels.count(1) == 1, "the driven channel has no keys"


def test_an_armature_in_its_rest_position_is_shown_posed(bound):
    beast, rig = bound
    rig.data.pose_position = "REST"
    animate(actions={"walk"})
    assert rig.data.pose_position == "POSE"
    assert any("rest position" in note for note in notes(rig))
    assert np.abs(at(beast, 2) - at(beast, 6)).max() > 0.05


def test_it_is_analysed_in_its_rest_pose_whatever_the_pose(bound, monkeypatch, tmp_path):
    beast, rig = bound
    monkeypatch.setenv("STAND_IN_KEEP", str(tmp_path / "sent.npz"))
    points = world(beast, base(beast))
    rig.pose.bones["spine"].location = (1.0, 2.0, 3.0)
    bpy.context.view_layer.update()
    animate(actions={"walk"})
    with np.load(tmp_path / "sent.npz") as data:
        assert np.allclose(data["vertices"], points - [0, (points[:, 1].max() + points[:, 1].min()) / 2, 0])
        assert data["bone_parents"].tolist() == [-1, 0, 0, 0], "the nearest sent ancestors"
        table = np.zeros((len(points), 4))
        table[data["bone_weights_vertex"], data["bone_weights_bone"]] = data["bone_weights_value"]
    assert np.allclose(table, weights(points), atol=1e-6)


def test_a_part_that_hangs_on_a_bone_moves_with_it(bound):
    beast, rig = bound
    bpy.ops.mesh.primitive_cube_add(size=0.1, location=(0, -0.9, 1.6))
    eye = bpy.context.object
    eye.parent, eye.parent_type, eye.parent_bone = rig, "BONE", "neck"
    bpy.context.view_layer.update()
    eye.matrix_world.translation = (0, -0.9, 1.6)
    select(beast, eye)
    animate(actions={"walk"})
    assert (eye.parent, eye.parent_type, eye.parent_bone) == (rig, "BONE", "neck")
    assert len(eye.modifiers) == 0


def test_a_new_rig_turns_the_old_one_off_and_keeps_it(bound):
    beast, rig = bound
    points = world(beast, base(beast))
    new = animate(rig="donor", actions={"walk"})
    assert new != rig
    assert {m.object.name: (m.show_viewport, m.show_render) for m in beast.modifiers} == {
        "Rig": (False, False),
        "Beast_rig": (True, True),
    }
    assert any("The modifier Armature of Beast is turned off" in note for note in notes(new))
    assert "hair" in beast.vertex_groups
    assert new.data.bones["leg_002.L"]
    assert worst(beast, expected(points, "walk")) < 1e-5


def refused(match):
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.zoetrope.animate()


def test_an_armature_without_weights_is_refused_in_a_sentence(bound):
    beast, _rig = bound
    beast.vertex_groups.clear()
    choose()
    refused(r"No selected mesh has weights on the bones of Rig\. Bind it by .* Or: Choose Rig: New\.")
    choose(rig="donor")
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}


def test_two_armatures_are_refused_in_a_sentence(bound):
    beast, _rig = bound
    other = creature("Other", (3, 0, 0))
    second = bpy.data.objects.new("Second", bpy.data.armatures.new("Second"))
    bpy.context.collection.objects.link(second)
    other.modifiers.new("Armature", "ARMATURE").object = second
    select(beast, other)
    refused(r"The selection is bound to Rig and Second\. Select what is bound to one")


def test_an_armature_outside_the_view_layer_is_refused_before_any_work(bound, session):
    beast, rig = bound
    away = bpy.data.collections.new("Away")
    away.objects.link(rig)
    bpy.context.scene.collection.children.link(away)
    bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    bpy.context.view_layer.layer_collection.children["Collection"].collection.objects.unlink(rig)
    for place in ("excluded", "another scene", "no scene"):
        select(beast)
        choose(rig="own")
        refused(r"Rig is not in this view layer\. Link it to the scene, or .* Or: Choose Rig: New\.")
        assert session.backend_pid() is None
        if place == "excluded":
            bpy.data.scenes.new("Other").collection.objects.link(rig)
            away.objects.unlink(rig)
        elif place == "another scene":
            bpy.data.scenes["Other"].collection.objects.unlink(rig)
    choose(rig="donor")
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}


def test_an_unevenly_scaled_armature_is_refused_in_a_sentence(bound):
    beast, rig = bound
    rig.scale = (1, 2, 1)
    bpy.context.view_layer.update()
    select(beast)
    refused(r"Rig is mirrored, or its scale is not the same along all axes\. Apply it")


def test_a_part_without_weights_is_noted(bound):
    beast, rig = bound
    bpy.ops.mesh.primitive_cube_add(size=0.1, location=(0, -0.9, 1.6))
    loose = bpy.context.object
    loose.name = "Collar"
    select(beast, loose)
    animate(actions={"walk"})
    assert "Collar is not bound to Rig, and stays where it is." in notes(rig)
