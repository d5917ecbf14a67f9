"""Generate: the scene gets what the backend sent, or nothing and an error."""

import base64
import json
import shutil

import bpy
import mathutils
import numpy as np
import pytest
from conftest import FRAMES, RECORDED, curves_of, datablocks, generate_undo_redo, vertices_at

from blender_addon import runtime
from blender_addon.core import job as job_module
from blender_addon.scene import shape_keys

pytestmark = pytest.mark.usefixtures("shape_keys")


def generate():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return bpy.context.object


def test_every_frame_has_the_backends_vertices():
    obj = generate()
    scene = bpy.context.scene
    assert scene.frame_end - scene.frame_start + 1 == len(FRAMES)
    for i, expected in enumerate(FRAMES):
        assert np.abs(vertices_at(obj, scene.frame_start + i) - expected).max() < 1e-5


def test_a_loop_repeats_without_a_jump():
    obj = generate()
    start, count = bpy.context.scene.frame_start, len(FRAMES)
    for i in (0, 1, count - 1):
        assert np.abs(vertices_at(obj, start + count + i) - FRAMES[i]).max() < 1e-5


def test_shape_keys_are_relative_linear_basis_first_without_vertex_groups():
    keys = generate().data.shape_keys
    assert keys.use_relative
    assert keys.key_blocks[0].name == "Basis"
    assert [block.name for block in keys.key_blocks[1:3]] == ["f000", "f001"]
    assert not any(block.vertex_group for block in keys.key_blocks)
    action = keys.animation_data.action
    assert action.name == "Quadruped_walk_5"
    curves = curves_of(action)
    assert [curve.data_path for curve in curves] == [
        f'key_blocks["{b.name}"].value' for b in keys.key_blocks[1:]
    ]
    assert {key.interpolation for curve in curves for key in curve.keyframe_points} == {"LINEAR"}
    basis = np.empty(3 * len(RECORDED.rest), np.float32)
    keys.key_blocks[0].points.foreach_get("co", basis)
    assert np.array_equal(basis.reshape(-1, 3), RECORDED.rest)


def test_the_creature_is_at_the_cursor_coloured_smooth_in_the_active_collection():
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    obj = generate()
    assert tuple(obj.location) == (1.0, 2.0, 3.0)
    assert list(obj.users_collection) == [bpy.context.collection]
    lowest = min(vertices_at(obj, 1)[:, 2].min(), float(RECORDED.rest[:, 2].min()))
    assert lowest > -0.1
    mesh = obj.data
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    attribute = mesh.color_attributes.active_color
    rgba = np.empty(4 * len(mesh.vertices), np.float32)
    attribute.data.foreach_get("color_srgb", rgba)
    assert np.abs(rgba.reshape(-1, 4)[:, :3] - RECORDED.colours).max() < 1 / 255
    mean = mesh.materials[0].diffuse_color
    assert np.allclose(
        mathutils.Color(mean[:3]).from_scene_linear_to_srgb(), RECORDED.colours.mean(0), atol=0.01
    )
    assert mesh.materials[0].node_tree.nodes["Principled BSDF"].inputs["Base Color"].is_linked


def test_a_chosen_palette_is_requested(settings):
    settings.natural_palette, settings.palette = False, 5
    assert json.loads(generate().data["zoetrope"])["request"]["palette"] == 5


def test_the_mesh_stores_what_made_it(settings):
    settings.seed = 12
    mesh = generate().data
    origin = json.loads(mesh["zoetrope"])
    assert origin["request"]["seed"] == 12
    assert origin["request"]["palette"] is None
    assert origin["weights"]["name"] == "none"
    assert origin["shapes"]["motion_0"] == [4, 6]
    stored = np.frombuffer(base64.b64decode(mesh["zoetrope_motion_0"]), "<f4").reshape(4, 6)
    assert np.allclose(stored, RECORDED.tokens["motion_0"])


def test_a_second_creature_leaves_the_timeline_and_the_first():
    first = generate()
    before = vertices_at(first, 3).copy()
    bpy.context.scene.frame_end = 100
    second = generate()
    assert second != first
    assert bpy.context.scene.frame_end == 100
    assert np.array_equal(vertices_at(first, 3), before)


def test_one_undo_removes_it_and_redo_restores_it():
    generate_undo_redo()


def test_a_one_way_clip_ends_in_its_last_pose(changed_result):
    changed_result(header={"cyclic": False})
    obj = generate()
    start, count = bpy.context.scene.frame_start, len(FRAMES)
    for frame, i in ((start - 5, 0), (start, 0), (start + count - 1, -1), (start + count + 7, -1)):
        assert np.abs(vertices_at(obj, frame) - FRAMES[i]).max() < 1e-5


def test_the_first_creature_sets_the_frame_rate_and_a_later_one_keeps_it(settings):
    settings.scene_fps, settings.fps = False, 12.0
    generate()
    render = bpy.context.scene.render
    assert render.fps / render.fps_base == pytest.approx(12.0)
    settings.fps = 6.0
    second = generate()
    assert render.fps / render.fps_base == pytest.approx(12.0)
    start, count = bpy.context.scene.frame_start, len(FRAMES)
    assert bpy.context.scene.frame_end == start + 2 * count - 1
    for i, expected in enumerate(FRAMES):  # half the rate: every second frame of the scene
        assert np.abs(vertices_at(second, start + 2 * i) - expected).max() < 1e-5


def test_the_backend_is_reused(session):
    generate()
    pid = session.backend_pid()
    generate()
    assert session.backend_pid() == pid is not None


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("crash", "crashed"),
        ("protocol", "protocol_mismatch"),
        ("stranger", "protocol_mismatch"),
        ("error", "out_of_memory"),
        ("damaged", "bad_result"),
    ],
)
def test_a_failure_is_reported_and_leaves_nothing(monkeypatch, session, mode, kind):
    monkeypatch.setenv("STAND_IN_MODE", mode)
    before = datablocks()
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == kind
    assert session.error.message.strip()
    assert datablocks() == before
    assert not session.running()


@pytest.mark.parametrize("mode", ["hang", "mute"])
def test_a_silent_backend_is_killed(monkeypatch, session, mode):
    monkeypatch.setenv("STAND_IN_MODE", mode)
    monkeypatch.setattr(job_module, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(job_module, "HELLO_SECONDS", 0.3)
    before = datablocks()
    with pytest.raises(RuntimeError, match="did not answer"):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "silent"
    assert session.backend_pid() is None
    assert datablocks() == before


def test_a_result_that_would_crash_blender_is_refused(changed_result, session):
    changed_result(faces=RECORDED.faces + 1)
    before = datablocks()
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "bad_result"
    assert datablocks() == before


def test_a_failure_while_building_is_reported_and_leaves_nothing(monkeypatch, session):
    monkeypatch.setattr(shape_keys, "add_clips", lambda *_: 1 / 0)
    before = datablocks()
    with pytest.raises(RuntimeError, match="could not be built: ZeroDivisionError"):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "internal"
    assert datablocks() == before
    assert not session.running()


def test_too_little_memory_offers_a_lower_detail(monkeypatch, session, settings):
    monkeypatch.setenv("STAND_IN_MODE", "error")
    settings.detail = "96"
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.generate()
    bpy.ops.zoetrope.lower_detail()
    assert settings.detail == "64"
    assert session.error is None
    assert not bpy.ops.zoetrope.lower_detail.poll()


def test_works_again_after_a_crash(monkeypatch, session):
    monkeypatch.setenv("STAND_IN_MODE", "crash")
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.generate()
    assert "crashes on purpose" in "\n".join(session.log_lines())
    monkeypatch.setenv("STAND_IN_MODE", "ok")
    generate()
    assert session.error is None


def test_garbage_on_stdout_is_ignored(monkeypatch):
    monkeypatch.setenv("STAND_IN_MODE", "garbage")
    generate()


def test_blenders_temporary_folder_is_made_again():
    shutil.rmtree(bpy.app.tempdir)
    generate()


def test_a_missing_interpreter_is_reported(monkeypatch, session):
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", "/nowhere/python")
    with pytest.raises(RuntimeError, match="did not start"):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "no_backend"


def test_lost_weights_are_reported(monkeypatch, session, tmp_path):
    monkeypatch.delenv("ZOETROPE_BACKEND_ARGS")
    (tmp_path / "addon").mkdir()
    shutil.copy(runtime.ADDON / "labels.json", tmp_path / "addon")
    monkeypatch.setattr(runtime, "ADDON", tmp_path / "addon")
    with pytest.raises(RuntimeError, match=r"lost its weights\. Install its zip again"):
        bpy.ops.zoetrope.generate()
    assert session.error.kind == "no_backend"
