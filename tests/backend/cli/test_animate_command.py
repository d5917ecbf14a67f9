"""`zoetrope animate`: what is refused before any work, and one mesh from file to file."""

import json

import pytest
import trimesh
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.glb_writer import to_y_up
from zoetrope.rigs.donors.library import load_donors

DONOR = "q_uaa2021__Fox"


def run(*words):
    return CliRunner().invoke(app, ["animate", *map(str, words)])


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    donor = load_donors(find_weights())[DONOR]
    path = tmp_path_factory.mktemp("mesh") / "fox [final].glb"
    trimesh.Trimesh(to_y_up(donor.rest), donor.faces, process=False).export(path)
    return path


def options(fox, out, *more):
    return ["--mesh", fox, "--out", out, "--donor", DONOR, "--facing", "0", "--device", "cpu", *more]


@pytest.fixture(scope="module")
def walking(fox, tmp_path_factory):
    """A file with bones, and what was reported of it."""
    out = tmp_path_factory.mktemp("walking") / "walking.glb"
    done = run(*options(fox, out, "--actions", "walk, idle,walk", "--json"))
    assert done.exit_code == 0, done.output
    return out, json.loads(done.stdout.splitlines()[-1])


def test_a_mesh_becomes_a_skinned_file(walking):
    out, report = walking
    assert [action["name"] for action in report["actions"]] == ["walk", "idle"]
    assert report["donor"] == "Fox"
    assert report["rig"] == "donor"
    assert report["shape_keys"] == 0
    asset = read_gltf(out)
    assert asset.clip_names == ["walk", "idle"]
    assert len(asset.joints) == report["joints"]


def test_bones_that_move_the_mesh_are_keyed_by_default(walking, tmp_path):
    out, before = walking
    there = tmp_path / "own.glb"
    done = run(*options(out, there, "--actions", "idle"))
    assert done.exit_code == 0, done.output
    bones = len(read_gltf(there).joints)
    assert bones == len(read_gltf(out).joints) == before["joints"]
    assert f"{bones} of your bones keyed (motion of Fox)" in " ".join(done.output.split())
    done = run(*options(out, there, "--actions", "idle", "--rig", "donor"))
    said = f"new skeleton of {before['joints']} joints (motion of Fox)"
    assert said in " ".join(done.output.split())


def test_without_bones_the_shape_keys_are_counted(fox, tmp_path):
    out = tmp_path / "keys.glb"
    done = run(*options(fox, out, "--actions", "idle", "--rig", "none", "--frames", "6"))
    assert "6 shape keys (motion of Fox)" in " ".join(done.output.split())
    assert len(read_gltf(out).targets) == 6
    done = run(*options(fox, out, "--actions", "idle", "--rig", "none", "--frames", "6", "--json"))
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["rig"], report["shape_keys"], report["joints"]) == ("none", 6, 0)


def refused(*words):
    done = run(*words)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    return " ".join(done.output.split())


def test_the_meshs_own_file_is_not_overwritten(fox):
    before = fox.read_bytes()
    assert "own file" in refused(*options(fox, fox))
    assert fox.read_bytes() == before


def test_other_output_formats_are_refused(fox, tmp_path):
    assert "written as .glb" in refused(*options(fox, tmp_path / "a.fbx"))


@pytest.mark.parametrize("out", ["new.glb", "old.glb"])
def test_a_missing_mesh_is_named_before_any_work(monkeypatch, tmp_path, out):
    monkeypatch.setattr("zoetrope.cli.animate.create_animator", lambda _engine: pytest.fail("work was begun"))
    (tmp_path / "old.glb").write_bytes(b"kept")
    answer = refused("--mesh", tmp_path / "none.glb", "--out", tmp_path / out)
    assert "none.glb" in answer
    assert "Check its name." in answer
    assert (tmp_path / "old.glb").read_bytes() == b"kept"


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "meshes").mkdir()
    assert "holds no" in refused("--mesh", tmp_path / "meshes", "--out", tmp_path / "out")


def test_a_folder_of_meshes_is_written_to_a_folder(fox, tmp_path):
    assert "to a folder" in refused("--mesh", fox.parent, "--out", tmp_path / "a.glb")


@pytest.mark.parametrize("names", [("a.glb", "a.gltf"), ("a.glb", "a.GLB"), ("Fox.glb", "fox.glb")])
def test_meshes_whose_results_would_have_one_name_are_refused(fox, tmp_path, names):
    (tmp_path / "meshes").mkdir()
    for name in names:
        (tmp_path / "meshes" / name).write_bytes(fox.read_bytes())
    if len(list((tmp_path / "meshes").iterdir())) < 2:
        pytest.skip("this file system does not distinguish the names")
    answer = refused("--mesh", tmp_path / "meshes", "--out", tmp_path / "out")
    assert "would be written to the same file. Rename one of them." in answer
    assert all(name in answer for name in names)
    assert not (tmp_path / "out").exists()


def test_one_bad_mesh_of_a_folder_leaves_the_others(fox, tmp_path):
    meshes = tmp_path / "meshes"
    meshes.mkdir()
    (meshes / "a.glb").write_bytes(fox.read_bytes())
    trimesh.creation.box().export(meshes / "b.glb")
    done = run(*options(meshes, tmp_path / "out", "--actions", "idle", "--json"))
    assert done.exit_code != 0
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [("error" in report) for report in reports] == [False, True]
    assert "1 of 2" in " ".join(done.output.split())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.glb"]


def test_an_unknown_action_names_those_that_exist(fox, tmp_path):
    answer = refused(*options(fox, tmp_path / "a.glb", "--actions", "swim"))
    assert "walk" in answer
    assert not (tmp_path / "a.glb").exists()


def test_without_actions_a_fish_swims(tmp_path):
    donor = next(one for one in load_donors(find_weights()).entries if one.category == "fish")
    body = load_donors(find_weights())[donor.name]
    trimesh.Trimesh(to_y_up(body.rest), body.faces, process=False).export(tmp_path / "fish.glb")
    words = ["--donor", donor.name, "--facing", "0", "--device", "cpu", "--frames", "6", "--json", "--quiet"]
    done = run("--mesh", tmp_path / "fish.glb", "--out", tmp_path / "out.glb", *words)
    assert done.exit_code == 0, done.output
    assert [action["name"] for action in json.loads(done.stdout)["actions"]] == ["swim"]


def test_own_bones_that_do_not_exist_are_refused(fox, tmp_path):
    assert "no skin" in refused(*options(fox, tmp_path / "a.glb", "--rig", "own"))
