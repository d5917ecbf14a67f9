"""Export Creature to glTF, FBX, USD and Alembic, each imported again and compared frame by frame."""

import bpy
import numpy as np
import pytest
from conftest import vertices_at

from blender_addon.core import compact_keys
from blender_addon.operators.export_creature import ZOETROPE_OT_export_creature as operator
from blender_addon.scene import export
from blender_addon.scene.restore import frame_of

pytestmark = pytest.mark.usefixtures("shape_keys")

FRAMES = range(1, 21)
TOLERANCES = {"GLB": 1e-6, "FBX": 1e-5, "USD": 1e-6, "ALEMBIC": 1e-6}
"""Worst distance in metres of any vertex at any frame, on a creature one metre tall that stands off the
origin. Measured: FBX, which goes through centimetres, 1e-7; the others keep the floats."""
FIRST = {"GLB": 0}
"""Frame that a format's first key comes back at; 1 where nothing is said."""


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


def generated():
    scene = bpy.context.scene
    scene.cursor.location = (0.5, -0.25, 1.0)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (1, 20)
    return bpy.context.object


def skip_unavailable(file_format):
    if export.unavailable(file_format):
        assert bpy.app.binary_path, "Blender as a Python module has all"
        pytest.skip(export.unavailable(file_format))


def exported(tmp_path, file_format):
    skip_unavailable(file_format)
    path = tmp_path / f"creature{export.SUFFIXES[file_format]}"
    done = bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path), file_format=file_format)
    assert done == {"FINISHED"}
    return path


@pytest.mark.parametrize(("file_format", "tolerance"), list(TOLERANCES.items()))
def test_round_trip_keeps_all_frames_and_the_closing_step(tmp_path, file_format, tolerance):
    round_trip(tmp_path, file_format, tolerance)


@pytest.mark.parametrize(("file_format", "tolerance"), [("GLB", 1e-6), ("FBX", 1e-5)])
def test_round_trip_of_compact_keys(tmp_path, monkeypatch, file_format, tolerance):
    monkeypatch.setattr(compact_keys, "EXACT_KEYS", 5)
    obj = round_trip(tmp_path, file_format, tolerance)
    assert obj.data.shape_keys.key_blocks[1].name == "k000"


def round_trip(tmp_path, file_format, tolerance):
    """Generate a loop, export and import it and compare all frames; returns the imported object."""
    obj = generated()
    before = {frame: in_world(obj, frame) for frame in (*FRAMES, 21)}
    assert np.array_equal(before[21], before[1]), "it is a loop"
    back = imported(exported(tmp_path, file_format))
    assert len(back.data.vertices) == len(before[1])
    shift = FIRST.get(file_format, 1) - 1
    worst = max(float(np.abs(in_world(back, frame + shift) - before[frame]).max()) for frame in before)
    assert worst < tolerance
    assert max(np.abs(before[frame] - before[1]).max() for frame in FRAMES) > 0.05
    assert clip_length(back) == 20, "the step from the last frame to the first is there"
    return back


def test_usd_takes_all_that_is_stored_with_a_creature(tmp_path, capfd):
    generated()
    exported(tmp_path, "USD")
    printed = "".join(capfd.readouterr())
    assert "creature.usdc" in printed, "what Blender prints is read"
    assert "userProperties" not in printed


def clip_length(obj):
    """Frames from an imported clip's first to its last key."""
    keys = obj.data.shape_keys
    if keys is not None and keys.animation_data is not None:
        start, end = keys.animation_data.action.frame_range
        return end - start
    return bpy.context.scene.frame_end - bpy.context.scene.frame_start  # a cache


def test_scene_and_selection_stay_as_they_were(tmp_path):
    obj = generated()
    cube, scene = bpy.data.objects["Cube"], bpy.context.scene
    cube.select_set(True)
    scene.frame_start, scene.frame_end, scene.use_preview_range = 5, 9, True
    scene.frame_set(7, subframe=0.5)
    exported(tmp_path, "FBX")
    assert (scene.frame_start, scene.frame_end, *frame_of(scene)) == (5, 9, 7, 0.5)
    assert scene.use_preview_range
    assert set(bpy.context.selected_objects) == {cube, obj}
    assert bpy.context.object == obj
    assert len(imported(tmp_path / "creature.fbx").data.vertices) == 3250, "the cube is not in the file"


@pytest.mark.parametrize("name", ["no/such/folder/a.glb", "folder.glb"])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, name):
    generated()
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(RuntimeError, match=r"There is no folder|folder\.glb"):
        bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(tmp_path / name))
    assert bpy.context.scene.frame_end == 20


def test_the_suffix_follows_the_format(tmp_path):
    generated()
    bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(tmp_path / "a.glb"), file_format="FBX")
    assert [path.name for path in tmp_path.iterdir()] == ["a.fbx"]


@pytest.mark.parametrize(
    ("given", "written", "file_format"),
    [("a.fbx", "a.fbx", "FBX"), ("a.ABC", "a.abc", "ALEMBIC"), ("a", "a.glb", "GLB")],
)
def test_without_a_format_it_follows_the_name(tmp_path, given, written, file_format):
    skip_unavailable(file_format)
    generated()
    assert bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(tmp_path / given)) == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == [written]


def test_in_the_file_browser_name_and_format_follow_each_other():
    class Dialog:
        filepath, file_format, _checked_format = "a.glb", "GLB", ""
        check, _named_format = operator.check, operator._named_format

        class properties:
            is_property_set = staticmethod(lambda _name: False)

    dialog, seen = Dialog(), []
    for change in (
        {},
        {"file_format": "FBX"},
        {"filepath": "b.abc"},
        {"filepath": "c"},
        {"file_format": "GLB"},
    ):
        for name, value in change.items():
            setattr(dialog, name, value)
        dialog.check(None)
        seen.append((dialog.filepath, dialog.file_format))
    assert seen == [
        ("a.glb", "GLB"),
        ("a.fbx", "FBX"),
        ("b.abc", "ALEMBIC"),
        ("c.abc", "ALEMBIC"),
        ("c.glb", "GLB"),
    ]


def test_usd_has_nothing_of_the_scenes_world(tmp_path):
    generated()
    assert bpy.context.scene.world is not None
    path = exported(tmp_path, "USD")
    assert [found.name for found in tmp_path.rglob("*")] == [path.name]


def test_it_needs_a_selected_creature():
    assert not bpy.ops.zoetrope.export_creature.poll()
