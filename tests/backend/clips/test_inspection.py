"""`zoetrope inspect`: what the reader sees in a file, and its problems with a remedy each."""

import json
import os

import numpy as np
import pytest
from gltf_builder import TETRAHEDRON, TRIANGLES, Builder, mesh_frames, moving
from procedural_rig import Writing, write
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.clips.inspection import inspect_file
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.writers import write_sequence

runner = CliRunner()


def problems_of(builder, tmp_path):
    return " ".join(p.message for p in inspect_file(builder.glb(tmp_path / "a.glb")).problems)


def test_sizes_joints_and_clips_of_a_rig(tmp_path):
    report = inspect_file(write(tmp_path / "rig.glb", Writing(quantised=2.0)))
    assert (report.joints, report.parts, report.colours) == (5, 1, 1)
    assert report.height == pytest.approx(2.2), "4.4 long at a scale of 0.5, whatever was quantised"
    (clip,) = report.clips
    assert (clip.name, clip.seconds, clip.moves, clip.returns_to_start) == ("bend", 1.0, True, True)
    assert [p.message for p in report.problems] == ["It is white throughout."]


def test_open_and_inverted_meshes_are_reported(tmp_path):
    hole = moving()
    hole.json["accessors"][1]["count"] = 9
    assert "open: 3 of 6 edges" in problems_of(hole, tmp_path)
    turned = moving()
    faces = TRIANGLES.copy()
    faces[0] = faces[0, ::-1]
    turned.json["meshes"][0]["primitives"][0]["indices"] = turned.accessor(faces.ravel())
    assert "point inward" in problems_of(turned, tmp_path)
    assert "point inward" not in problems_of(moving(), tmp_path)


def test_missing_and_still_animations_are_reported(tmp_path):
    still = Builder()
    still.animate(still.node(mesh=still.mesh()), "translation", [0, 1], np.zeros((2, 3)))
    assert "clip0 does not move" in problems_of(still, tmp_path)
    none = Builder()
    none.node(mesh=none.mesh())
    assert "no animation" in problems_of(none, tmp_path)


def test_implausible_height_is_reported(tmp_path):
    large = Builder()
    large.animate(large.node(mesh=large.mesh(TETRAHEDRON * 500)), "translation", [0, 1], 900 * np.eye(3)[:2])
    assert "500 m tall" in problems_of(large, tmp_path)


@pytest.mark.parametrize("name", ["a.anime", "frames"])
def test_unrigged_formats_are_read(tmp_path, name):
    sequence = ProceduralEngine().generate(
        GenerateRequest(detail=64, frames=6, faces=None, texture=None), lambda *_: None
    )
    write_sequence(sequence, tmp_path / name)
    report = inspect_file(tmp_path / name)
    assert report.vertices == len(sequence.rest)
    assert report.joints == 0
    assert report.clips[0].moves


def test_command_prints_json_or_a_table(tmp_path):
    path = moving().glb(tmp_path / "a.glb")
    done = runner.invoke(app, ["inspect", str(path), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["faces"] == 4
    assert report["problems"][0].keys() == {"message", "remedy"}
    assert "4 faces in 1 parts" in runner.invoke(app, ["inspect", str(path)]).stdout


def test_unknown_format_and_missing_file_are_one_sentence(tmp_path):
    (tmp_path / "a.stl").write_text("solid")
    with pytest.raises(ZoetropeError, match="format is not known"):
        inspect_file(tmp_path / "a.stl")
    done = runner.invoke(app, ["inspect", str(tmp_path / "none.glb")])
    assert done.exit_code == 1
    assert "no such file" in done.stderr


def test_missing_empty_and_unknown_paths_are_told_apart(tmp_path):
    empty, text = tmp_path / "empty.glb", tmp_path / "notes.txt"
    empty.touch()
    text.write_text("mine")
    for path, reason in (
        (tmp_path / "nothing", "no such file"),
        (tmp_path / "nothing.glb", "no such file"),
        (empty, "it is empty"),
        (text, "its format is not known"),
    ):
        with pytest.raises(ZoetropeError, match=reason):
            inspect_file(path)
    done = runner.invoke(app, ["inspect", str(tmp_path)])
    assert done.exit_code == 1
    assert "neither .obj frames nor weights" in " ".join(done.stderr.split())


def test_generated_files_have_no_joints_and_mesh_sequences_are_read(tmp_path):
    sequence = ProceduralEngine().generate(
        GenerateRequest("quadruped", "walk", 1, frames=8, detail=64, faces=None, texture=None),
        lambda *_: None,
    )
    for name in ("a.glb", "a.npz"):
        write_sequence(sequence, tmp_path / name)
        report = inspect_file(tmp_path / name)
        assert report.joints == 0
        assert report.clips[0].action == "walk"
        assert report.clips[0].moves
    (tmp_path / "a.npz").write_bytes(b"PK")
    with pytest.raises(ZoetropeError, match="not a mesh sequence"):
        inspect_file(tmp_path / "a.npz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("name", ["a.npz", "a.anime", "a.glb"])
def test_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(ZoetropeError, match="not a regular file"):
        inspect_file(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipe_among_the_frames_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.obj")
    with pytest.raises(ZoetropeError, match="not a regular file"):
        inspect_file(tmp_path)


def test_mesh_frames_have_no_joints(tmp_path):
    report = inspect_file(mesh_frames(tmp_path / "frames.glb"))
    assert (report.joints, report.vertices, report.clips[0].action) == (0, 12, "walk")
    messages = [one.message for one in report.problems]
    assert messages[0].startswith("Its 3 meshes are shown one at a time")
    assert not any("scale 0" in one for one in messages)


def test_meshes_of_which_two_are_shown_at_once_are_parts(tmp_path):
    builder = Builder()
    for node in (builder.node(mesh=builder.mesh()), builder.node(mesh=builder.mesh(TETRAHEDRON + 3))):
        builder.animate(node, "scale", [0, 1], np.ones((2, 3)), "STEP")
    first, second = builder.json["animations"]
    first["samplers"] += second["samplers"]
    first["channels"] += [{**second["channels"][0], "sampler": 1}]
    del builder.json["animations"][1]
    report = inspect_file(builder.glb(tmp_path / "a.glb"))
    assert report.joints == 2
