"""`zoetrope animate`: what is refused before any work, and one mesh from file to file."""

import json

import pytest
import trimesh
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines import find_weights
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


def test_a_mesh_becomes_a_skinned_file(fox, tmp_path):
    out = tmp_path / "walking.glb"
    done = run(*options(fox, out, "--actions", "walk, idle,walk", "--json"))
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert [action["name"] for action in report["actions"]] == ["walk", "idle"]
    assert report["donor"] == "Fox"
    asset = read_gltf(out)
    assert asset.clip_names == ["walk", "idle"]
    assert len(asset.joints) == report["joints"]


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


def test_own_bones_that_do_not_exist_are_refused(fox, tmp_path):
    assert "no skin" in refused(*options(fox, tmp_path / "a.glb", "--rig", "own"))
