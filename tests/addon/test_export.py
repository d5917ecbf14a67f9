"""Export to glTF, FBX, Alembic and USD, each imported again and compared frame by frame."""

import bpy
import numpy as np
import pytest
from conftest import vertices_at

from blender_addon.core import compact_keys

FRAMES = range(1, 21)
OPTIONAL = {"abc": "alembic_export", "usdc": "usd_export"}


def exported(path):
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj == bpy.context.object)
    suffix, file = path.suffix, str(path)
    if suffix == ".glb":
        bpy.ops.export_scene.gltf(filepath=file, use_selection=True)
    elif suffix == ".fbx":
        # Blender writes one take a strip or an Action of the *object*, and shape keys' Actions are none of
        # these: both ticks must be off, or the FBX file has no animation.
        bpy.ops.export_scene.fbx(
            filepath=file,
            use_selection=True,
            bake_anim_use_nla_strips=False,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
        )
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
        bpy.ops.import_scene.fbx(filepath=file, anim_offset=0.0)
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


# Worst distance in metres of any vertex at any frame, on a creature one metre tall that stands off the
# origin. Measured: FBX, which goes through centimetres, 1e-7; the others keep the floats.
@pytest.mark.parametrize(
    ("suffix", "tolerance"), [("glb", 1e-6), ("fbx", 1e-5), ("abc", 1e-6), ("usdc", 1e-6)]
)
def test_round_trip(tmp_path, suffix, tolerance):
    round_trip(tmp_path, suffix, tolerance)


@pytest.mark.parametrize(("suffix", "tolerance"), [("glb", 1e-6), ("fbx", 1e-5)])
def test_round_trip_of_compact_keys(tmp_path, monkeypatch, suffix, tolerance):
    monkeypatch.setattr(compact_keys, "EXACT_KEYS", 5)
    obj = round_trip(tmp_path, suffix, tolerance)
    assert obj.data.shape_keys.key_blocks[1].name == "k000"


def round_trip(tmp_path, suffix, tolerance):
    """Generate, export and import a creature and compare all frames; returns the imported object."""
    if suffix in OPTIONAL and OPTIONAL[suffix] not in dir(bpy.ops.wm):
        assert bpy.app.binary_path, "Blender as a Python module has both"
        pytest.skip(f"this Blender was built without {suffix}")
    scene = bpy.context.scene
    scene.cursor.location = (0.5, -0.25, 1.0)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = bpy.context.object
    assert (scene.frame_start, scene.frame_end) == (1, 20)
    before = {frame: in_world(obj, frame) for frame in FRAMES}
    path = tmp_path / f"creature.{suffix}"
    exported(path)
    back = imported(path)
    assert len(back.data.vertices) == len(before[1])
    worst = max(float(np.abs(in_world(back, frame) - before[frame]).max()) for frame in FRAMES)
    assert worst < tolerance
    assert max(np.abs(before[frame] - before[1]).max() for frame in FRAMES) > 0.05
    return back
