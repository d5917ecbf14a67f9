"""`zoetrope generate` with an engine whose frames are meshes of their own."""

import json

import pytest
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.mesh_frames import MeshFrames

runner = CliRunner()


def generate(weights, out, *words):
    options = ["--engine", "hyperdiffusion", "--weights", str(weights), "--detail", "64", "--device", "cpu"]
    return runner.invoke(app, ["generate", *options, "--out", str(out), *words])


def test_frames_are_written_in_three_forms(hyper_weights, tmp_path):
    words = ["--output", "mesh_frames", "--seed", "1", "--json"]
    for name in ("frames", "x.glb", "x.npz"):
        done = generate(hyper_weights, tmp_path / name, *words)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["frames"] == 5
    assert len(list((tmp_path / "frames").glob("frame_*.obj"))) == 5
    assert len(MeshFrames.load_npz(tmp_path / "x.npz").frames) == 5


def test_a_tracked_mesh_says_how_near_it_is(hyper_weights, tmp_path):
    done = generate(hyper_weights, tmp_path / "x.glb", "--texture", "none", "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert 0 < summary["tracking_mean"] < 0.015
    assert "of the sampled frames" in summary["notes"][0]


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("x.glb", ["--actions", "walk,run"], "Mesh frames are of one action"),
        ("x.npz", ["--actions", "walk,run"], "Mesh frames are of one action"),
        ("x.anime", [], "Mesh frames cannot be written as .anime"),
        ("x.glb", ["--levels-of-detail", "1"], "--levels-of-detail would do nothing"),
        ("x.glb", ["--fps", "24", "--faces", "5000"], "--faces, --fps would do nothing"),
        ("x.glb", ["--proportions", "legs=1.2"], "samples no rest pose: it cannot take proportions"),
        ("x.glb", ["--action", "fly"], "There is no action 'fly'"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(hyper_weights, tmp_path, name, words, message):
    done = generate(hyper_weights, tmp_path / name, "--output", "mesh_frames", *words)
    assert done.exit_code == 1
    assert message in done.stderr.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_what_mesh_frames_are_anyway_may_be_said(hyper_weights, tmp_path):
    words = ["--output", "mesh_frames", "--faces", "full", "--texture", "none"]
    assert generate(hyper_weights, tmp_path / "x.npz", *words).exit_code == 0
    done = runner.invoke(app, ["inspect", str(tmp_path / "x.npz")])
    assert "meshes of their own" in done.stderr.replace("\n", " ")


def test_a_tracked_mesh_has_no_texture(hyper_weights, tmp_path):
    done = generate(hyper_weights, tmp_path / "x.glb", "--texture", "1024")
    assert done.exit_code == 1
    assert "samples no colours: --texture has no effect" in done.stderr.replace("\n", " ")


def test_weights_of_another_engine_are_one_sentence(tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    for path in find_weights().iterdir():
        if path.is_file():
            (weights / path.name).symlink_to(path)
    done = generate(weights, tmp_path / "x.glb")
    assert done.exit_code == 1
    assert "are of the engine dnf, not of hyperdiffusion" in done.stderr.replace("\n", " ")


def test_weights_of_voxels_do_not_ship(tmp_path):
    words = ["generate", "--engine", "voxels", "--out", str(tmp_path / "x.glb")]
    done = runner.invoke(app, words)
    assert done.exit_code == 1
    assert "The weights of voxels do not ship." in done.stderr.replace("\n", " ")


def test_weights_of_voxels_are_taken_from_the_environment(voxel_weights, tmp_path, monkeypatch):
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(voxel_weights))
    words = ["generate", "--engine", "voxels", "--action", "walk", "--output", "mesh_frames"]
    done = runner.invoke(app, [*words, "--out", str(tmp_path / "x.glb")])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("fixture", "engine"), [("hyper_weights", "hyperdiffusion"), ("voxel_weights", "voxels")]
)
def test_weights_of_every_engine_are_inspected(request, fixture, engine):
    weights = request.getfixturevalue(fixture)
    done = runner.invoke(app, ["inspect", str(weights), "--json"])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert (shown["engine"], shown["categories"][0]["name"]) == (engine, "quadruped")
    table = runner.invoke(app, ["inspect", str(weights)], env={"COLUMNS": "200"}).stdout
    assert f"({engine})" in table


def test_damaged_tensors_are_found_by_inspection(hyper_weights, tmp_path):
    for path in hyper_weights.iterdir():
        (tmp_path / path.name).write_bytes(
            path.read_bytes()[: -8 if path.name == "networks.safetensors" else None]
        )
    done = runner.invoke(app, ["inspect", str(tmp_path)])
    assert done.exit_code == 1
    assert "networks.safetensors is damaged" in done.stderr.replace("\n", " ")
