"""Export of an animated artist's mesh: imported again and compared joint by joint and vertex by vertex."""

import bpy
import numpy as np
import pytest
from conftest import curves_of
from own_mesh import TICKED, animate, at, creature, select
from test_animate_own_rig import rigged
from test_export import exported

from blender_addon.scene import export

TOLERANCES = {"GLB": 2e-5, "FBX": 5e-5, "USD": 2e-5}
"""Metres, for a creature 1.6 m high. glTF and FBX write a rotation and a place a bone; USD matrices."""


@pytest.fixture
def pair():
    """A body and an eye, alone in the file."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    beast = creature(location=(0.5, -0.25, 1.0))
    beast.rotation_euler.z = 0.5
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.1, location=(0.5, -1.2, 2.5))
    eye = bpy.context.object
    eye.name = eye.data.name = "Eye"
    select(beast, eye)
    return beast, eye


def truth(rig, meshes, frames):
    """Heads of bones and vertices of meshes at the playing action's frames, in world space."""
    joints, points = {}, {obj.name: [] for obj in meshes}
    for frame in frames:
        for obj in meshes:
            points[obj.name].append(at(obj, frame))
        for bone in rig.pose.bones:
            joints.setdefault(bone.name, []).append(np.array(rig.matrix_world @ bone.head))
    return joints, points


def imported(path):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), bone_heuristic="BLENDER")
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    (rig,) = (o for o in bpy.data.objects if o.type == "ARMATURE")
    return rig, [o for o in bpy.data.objects if o.type == "MESH" and o.find_armature()]


def first_key(action):
    return min(key.co.x for curve in curves_of(action) for key in curve.keyframe_points)


def assign(rig, action):
    rig.animation_data.action = action
    if hasattr(action, "slots"):
        rig.animation_data.action_slot = action.slots[0]


def named(word):
    """The imported Action of an action."""
    (found,) = (action for action in bpy.data.actions if word in action.name and "Key" not in action.name)
    return found


@pytest.mark.parametrize("file_format", ["GLB", "FBX"])
def test_all_actions_come_back_joint_by_joint_and_vertex_by_vertex(tmp_path, pair, file_format):
    rig = animate()
    before = {}
    for name in TICKED:
        select(rig)
        bpy.ops.zoetrope.play_action(action=f"Beast_{name}")
        end = bpy.context.scene.frame_end + (1 if name != "attack" else 0)  # a loop's closing step too
        before[name] = truth(rig, pair, range(1, end + 1))
    state = [(track.name, track.mute) for track in rig.animation_data.nla_tracks]
    path = exported(tmp_path, file_format)
    assert [(track.name, track.mute) for track in rig.animation_data.nla_tracks] == state
    assert rig.animation_data.action.name == "Beast_attack"
    back, meshes = imported(path)
    assert len([action for action in bpy.data.actions if "Beast" in action.name]) == len(TICKED)
    for name, (joints, points) in before.items():
        for track in list(back.animation_data.nla_tracks):
            track.mute = True
        action = named(f"Beast_{name}")
        assign(back, action)
        compare(back, meshes, joints, points, first_key(action), TOLERANCES[file_format])


def compare(rig, meshes, joints, points, first, tolerance):
    """Compare heads of bones and vertices of meshes at all frames with what they were before."""
    origins = {}
    for i in range(len(next(iter(joints.values())))):
        for obj in meshes:
            got, name = at(obj, round(first) + i), whose(obj, points)
            # Importers split vertices at seams: each comes from the one in its place at the first frame.
            if i == 0:
                apart = np.linalg.norm(points[name][0][:, None] - got[None], axis=2)
                origins[obj] = apart.argmin(axis=0)
                assert set(origins[obj]) == set(range(len(apart)))
            assert np.abs(got - points[name][i][origins[obj]]).max() < tolerance, (name, i)
        for name, heads in joints.items():
            bone = rig.pose.bones.get(name) or rig.pose.bones[name.replace(".", "_")]
            assert np.abs(np.array(rig.matrix_world @ bone.head) - heads[i]).max() < tolerance, (name, i)


def whose(obj, points):
    """Name that an imported mesh had before."""
    names = [obj.name, obj.data.name, obj.parent.name if obj.parent else ""]
    return next(name for text in names for name in points if text.startswith(name))


def test_usd_has_the_playing_action(tmp_path, pair):
    rig = animate()
    joints, points = truth(rig, pair, range(1, bpy.context.scene.frame_end + 2))
    path = exported(tmp_path, "USD")
    back, meshes = imported(path)
    compare(back, meshes, joints, points, 1, TOLERANCES["USD"])


def test_alembic_has_the_moving_vertices(tmp_path, pair):
    animate(actions={"walk"})
    _, points = truth(pair[0].parent, pair, range(1, 14))
    path = exported(tmp_path, "ALEMBIC")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    meshes = [obj for obj in bpy.data.objects if obj.type == "MESH"]
    assert len(meshes) == 2
    for obj in meshes:
        for i in (0, 5, 12):
            assert np.abs(at(obj, 1 + i) - points[whose(obj, points)][i]).max() < 1e-5


@pytest.mark.parametrize("file_format", ["GLB", "FBX"])
def test_nothing_of_another_armature_with_the_same_bones_is_written(tmp_path, pair, file_format):
    animate(actions={"walk"})
    other = creature("Other", (5, 0, 0))
    animate(actions={"idle"})
    select(pair[0])
    rig, _ = imported(exported(tmp_path, file_format))
    assert rig is not None
    assert not [action.name for action in bpy.data.actions if "Other" in action.name]
    assert not [obj.name for obj in bpy.data.objects if "Other" in obj.name]
    assert other is not None


def test_the_artists_own_rig_is_written_with_its_mesh(tmp_path, pair):
    beast, _eye = pair
    beast.location, beast.rotation_euler.z = (0, 0, 0), 0
    bpy.context.view_layer.update()
    rig = rigged(beast)
    select(beast)
    animate(actions={"walk"})
    joints, points = truth(rig, [beast], range(1, 14))
    back, meshes = imported(exported(tmp_path, "GLB"))
    compare(back, meshes, joints, points, first_key(named("Rig_walk")), TOLERANCES["GLB"])


def test_a_mirror_modifier_is_applied_in_gltf(tmp_path, pair):
    beast, _ = pair
    beast.modifiers.new("Mirror", "MIRROR").merge_threshold = 0.0
    select(beast)
    animate(actions={"walk"})
    triangles = 2 * 2 * len(beast.data.polygons)
    _, (mesh,) = imported(exported(tmp_path, "GLB"))
    assert len(mesh.data.polygons) == triangles


def test_shape_keys_of_an_artists_mesh_are_written(tmp_path, pair):
    beast, _ = pair
    select(beast)
    animate(output="shape_keys", actions={"walk"})
    points = [at(beast, 1 + i) for i in range(13)]
    path = exported(tmp_path, "GLB")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(path))
    (mesh,) = (obj for obj in bpy.data.objects if obj.type == "MESH")
    apart = np.linalg.norm(points[0][:, None] - at(mesh, 0)[None], axis=2)
    for i in range(13):
        assert np.abs(at(mesh, i) - points[i][apart.argmin(axis=0)]).max() < 1e-5


def test_what_was_not_animated_is_not_exported(pair):
    assert export.exportable(bpy.context) == []
    assert not bpy.ops.zoetrope.export_creature.poll()
