"""Export to glTF, FBX, Alembic and USD, each imported again and compared frame by frame."""

import bpy
import numpy as np
import pytest
from conftest import vertices_at

FRAMES = (1, 2, 7, 13, 20)


def exported(path):
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj == bpy.context.object)
    suffix, file = path.suffix, str(path)
    if suffix == ".glb":
        bpy.ops.export_scene.gltf(filepath=file, use_selection=True, export_optimize_animation_size=False)
    elif suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=file, use_selection=True, bake_anim_simplify_factor=0.0)
    elif suffix == ".abc":
        bpy.ops.wm.alembic_export(filepath=file, selected=True, as_background_job=False)
    else:
        bpy.ops.wm.usd_export(filepath=file, selected_objects_only=True, export_animation=True)


def imported(path):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    suffix, file = path.suffix, str(path)
    if suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=file)
    elif suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=file)
    elif suffix == ".abc":
        bpy.ops.wm.alembic_import(filepath=file, as_background_job=False)
    else:
        bpy.ops.wm.usd_import(filepath=file)
    (obj,) = (o for o in bpy.data.objects if o.type == "MESH")
    return obj


def in_world(obj, frame):
    points = vertices_at(obj, frame).astype(np.float64)
    matrix = np.array(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


# Worst distance in metres on a creature one metre tall. glTF stores the rest pose and offsets in single
# precision and welds nothing of ours, FBX goes through centimetres, USD and Alembic keep the floats.
@pytest.mark.parametrize(("suffix", "tolerance"), [("glb", 1e-5), ("fbx", 1e-4), ("abc", 1e-5), ("usdc", 1e-5)])
def test_round_trip(tmp_path, suffix, tolerance):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = bpy.context.object
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, 20)
    before = {frame: in_world(obj, frame) for frame in FRAMES}
    path = tmp_path / f"creature.{suffix}"
    exported(path)
    fps = scene.render.fps
    back = imported(path)
    bpy.context.scene.render.fps = fps
    # glTF keeps seconds, which Blender's importer starts at frame 0 or 1 depending on its version.
    shifts = (0, -1) if suffix == "glb" else (0, 1) if suffix == "fbx" else (0,)
    worst = min(
        max(float(np.abs(in_world(back, f + s) - before[f]).max()) for f in FRAMES) for s in shifts
    )
    assert len(back.data.vertices) == len(before[1])
    assert worst < tolerance
