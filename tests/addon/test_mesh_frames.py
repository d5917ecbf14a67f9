"""Mesh frames: another topology each frame, in one object that plays, scrubs, renders and exports."""

import json

import bpy
import numpy as np
import pytest
from conftest import ROOT
from known_mesh_frames import CONES, COUNT, REQUEST, save, shown

from blender_addon import runtime
from blender_addon.core.animation_file import ResultError
from blender_addon.core.mesh_frames_file import MeshFramesFile, holds_mesh_frames
from blender_addon.scene.creatures import MESH_FRAMES
from blender_addon.scene.frame_nodes import LOOP, START, STEP, set_input


def test_it_plays_one_mesh_at_a_time_and_repeats(made):
    obj = made()
    for frame in range(1, 30):
        index = ((frame - 1) // 2) % COUNT  # 12 meshes a second at 24 frames a second
        assert shown(obj, frame) == pytest.approx((4 + index, 1.0 + 0.25 * index))


def test_scrubbing_back_shows_the_same(made):
    obj = made()
    forwards = [shown(obj, frame) for frame in range(1, 13)]
    assert [shown(obj, frame) for frame in range(12, 0, -1)] == forwards[::-1]


def test_a_clip_that_does_not_loop_holds_its_ends(made):
    obj = made(cyclic=False)
    assert shown(obj, -20)[0] == 4
    assert shown(obj, 100)[0] == 4 + COUNT - 1


def test_it_begins_at_the_scene_s_first_frame(made):
    bpy.context.scene.frame_start = 101
    obj = made()
    assert [shown(obj, frame)[0] for frame in (101, 102, 103, 113)] == [4, 4, 5, 4]


def test_the_inputs_of_the_modifier_change_start_speed_and_loop(made):
    obj = made()
    (modifier,) = obj.modifiers
    for name, value in {START: 11.0, STEP: 5.0, LOOP: False}.items():
        set_input(modifier, name, value)
    obj.update_tag()
    assert [shown(obj, frame)[0] for frame in (1, 11, 16, 200)] == [4, 4, 5, 4 + COUNT - 1]


def test_two_share_one_node_group(made):
    first, second = made(), made()
    assert first.modifiers[0].node_group is second.modifiers[0].node_group
    assert first.location != second.location
    assert (shown(first, 5)[0], shown(second, 5)[0]) == (6, 6)


def test_the_scene_s_range_only_grows(made):
    bpy.context.scene.frame_end = 5
    made()
    assert bpy.context.scene.frame_end == 12
    bpy.context.scene.frame_end = 250
    made()
    assert bpy.context.scene.frame_end == 250


def test_it_is_saved_with_its_request_and_plays_without_the_add_on(made, tmp_path):
    obj = made()
    name, path = obj.name, str(tmp_path / "frames.blend")
    assert json.loads(obj.data[MESH_FRAMES])["request"] == REQUEST
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    back = bpy.data.objects[name]
    assert [shown(back, frame)[0] for frame in (1, 3, 5)] == [4, 5, 6]
    names = {node.bl_idname for node in back.modifiers[0].node_group.nodes}
    assert not any("zoetrope" in name.lower() for name in names)


@pytest.mark.skipif(not bpy.app.build_options.alembic, reason="this Blender was built without Alembic")
def test_alembic_has_every_mesh_and_comes_back(made, tmp_path):
    obj, path = made(), str(tmp_path / "frames.abc")
    bpy.ops.object.select_all(action="DESELECT")
    obj.select_set(True)
    bpy.ops.wm.alembic_export(filepath=path, selected=True, start=1, end=12)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.alembic_import(filepath=path, as_background_job=False)
    (back,) = (one for one in bpy.data.objects if one.type == "MESH")
    for frame in range(1, 12):
        index = (frame - 1) // 2
        corners, height = shown(back, frame)
        assert corners == 4 + index
        assert height == pytest.approx(1.0 + 0.25 * index, abs=1e-5)


def test_it_renders(made, tmp_path):
    obj = made()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = False  # Debian's Blender has no denoiser
    scene.cycles.samples, scene.render.resolution_x, scene.render.resolution_y = 1, 48, 48
    scene.render.image_settings.file_format = "PNG"
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    pictures = []
    for frame in (1, 11):
        scene.frame_set(frame)
        scene.render.filepath = str(tmp_path / f"{frame}.png")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pictures.append(np.array(image.pixels[:]))
    assert obj.visible_get()
    assert np.abs(pictures[0] - pictures[1]).max() > 0.05


@pytest.mark.parametrize(
    "changes",
    [
        {"faces": np.zeros((3, 3), np.int32)},
        {"vertex_counts": np.zeros(COUNT, np.int64)},
        {"seconds": np.zeros(0, np.float32)},
        {"vertices": np.full((sum(len(v) for v, _ in CONES), 3), np.nan, np.float32)},
        {"faces": np.full((sum(len(f) for _, f in CONES), 3), 99, np.int32)},
    ],
)
def test_a_damaged_file_is_refused(tmp_path, changes):
    with pytest.raises(ResultError, match="could not be read"):
        MeshFramesFile(save(tmp_path / "result.npz", **changes))


def test_other_results_are_none(tmp_path):
    assert holds_mesh_frames(save(tmp_path / "result.npz"))
    assert not holds_mesh_frames(ROOT / "tests/addon/recorded.npz")
    (tmp_path / "text.npz").write_text("nothing")
    assert not holds_mesh_frames(tmp_path / "text.npz")


def test_nothing_is_left_where_building_fails(made, monkeypatch):
    from blender_addon.scene import mesh_frames

    def fail(*_):
        raise MemoryError

    before = {
        kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "materials", "node_groups")
    }
    monkeypatch.setattr(mesh_frames.placement, "link", fail)
    with pytest.raises(MemoryError):
        made()
    assert {kind: len(getattr(bpy.data, kind)) for kind in before} == before


@pytest.mark.parametrize("output", ["armature", "shape_keys"])
@pytest.mark.parametrize("verb", ["animate", "shape_keys_to_bones"])
def test_they_are_no_mesh_that_bones_or_keys_could_move(made, settings, session, verb, output):
    obj, settings.animate.output = made(), output
    with pytest.raises(
        RuntimeError, match=f"{obj.name} is another mesh in each frame. Generate it with Output"
    ):
        getattr(bpy.ops.zoetrope, verb)()
    assert obj.data.shape_keys is None
    assert session.backend_pid() is None


@pytest.fixture
def backend(monkeypatch, tmp_path, two_engines):
    """A stand-in with a second engine, whose result is mesh frames."""
    monkeypatch.setenv("STAND_IN_RESULT", str(save(tmp_path / "frames.npz")))


@pytest.mark.usefixtures("backend")
def test_generate_builds_them_and_one_undo_removes_them(settings, session):
    settings.engine, settings.frame_output = "hyperdiffusion", "mesh_frames"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = bpy.context.object
    assert obj.name == "Blob_walk_3"
    assert obj.select_get()
    assert shown(obj, 1)[0] == 4
    stored = json.loads(obj.data[MESH_FRAMES])
    assert (stored["request"]["engine"], stored["request"]["output"]) == ("hyperdiffusion", "mesh_frames")
    assert runtime.has_hyperdiffusion()
    assert session.error is None


@pytest.mark.usefixtures("backend")
def test_a_second_action_is_refused_before_anything_is_sent(settings, session):
    settings.engine = "hyperdiffusion"
    settings.actions = {"walk", "run"}
    assert "Tick one action." in settings.problem(bpy.context.scene)
    with pytest.raises(RuntimeError, match="Tick one action"):
        bpy.ops.zoetrope.generate()
    assert session.job is None


def test_other_engines_are_offered_where_they_are_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(tmp_path))
    assert not runtime.has_hyperdiffusion()
    (tmp_path / "hyperdiffusion").mkdir()
    (tmp_path / "checksums").write_text("")
    (tmp_path / "hyperdiffusion" / "checksums").write_text("")
    assert runtime.has_hyperdiffusion()
