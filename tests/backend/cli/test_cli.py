"""The command line: exit status, JSON on stdout, one sentence on stderr for a wrong option."""

import io
import json
from dataclasses import replace

import pytest
from PIL import Image
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.engines import create_engine
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import check_request
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.mesh_sequence import MeshSequence

runner = CliRunner()
PROCEDURAL = ["generate", "--engine", "procedural", "--detail", "64", "--frames", "8"]
NUMBERS_OUT_OF_RANGE = [
    ("--height", "inf"),
    ("--height", "nan"),
    ("--height", "0.0001"),
    ("--fps", "nan"),
    ("--fps", "0.5"),
    ("--frames", "100000000"),
    ("--faces", "10"),
    ("--faces", "many"),
    ("--texture", "1000"),
    ("--texture", "full"),
]


def test_generate_writes_a_file_and_prints_a_json_summary(tmp_path):
    out = tmp_path / "fox.npz"
    done = runner.invoke(
        app, [*PROCEDURAL, "--seed", "3", "--height", "1.2", "--out", str(out), "--json", "--quiet"]
    )
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    sequence = MeshSequence.load_npz(out)
    assert summary["frames"] == len(sequence.vertices) == 8
    assert abs(float(sequence.rest[:, 2].max()) - 1.2) < 1e-3


def test_summary_names_what_was_generated(tmp_path, monkeypatch):
    class Unconditional(ProceduralEngine):
        def generate(self, request, on_progress):
            labels = {"category": request.category, "action": request.action}
            labelled = replace(request, category="quadruped", action="walk")
            return replace(super().generate(labelled, on_progress), **labels)

    monkeypatch.setattr("zoetrope.cli.generate.create_engine", lambda *_: Unconditional())
    for category, action in (("quadruped", "walk"), ("", "")):
        for label in (["--category", category, "--action", action], ["--category", category]):
            done = runner.invoke(app, [*PROCEDURAL, *label, "--out", str(tmp_path / "a.glb"), "--json"])
            summary = json.loads(done.stdout)
            assert (summary["category"], summary["action"]) == (category or "any", action or "any")


@pytest.mark.parametrize(
    ("category", "action"),
    [("quadruped", "walk"), ("fish", "swim"), ("winged", "fly"), ("blob", "walk"), ("", "any")],
)
def test_without_an_action_the_creature_does_what_its_kind_usually_does(
    tmp_path, monkeypatch, category, action
):
    shipped = create_engine("dnf", find_weights(), "cpu").info()

    class Labelled(ProceduralEngine):
        def info(self):
            return shipped

        def generate(self, request, on_progress):
            check_request(request, {one.name: one.actions for one in shipped.categories})
            walking = super().generate(replace(request, category="quadruped", action="walk"), on_progress)
            return replace(walking, category=request.category, action=request.action)

    monkeypatch.setattr("zoetrope.cli.generate.create_engine", lambda *_: Labelled())
    options = ["--category", category, "--faces", "1000", "--texture", "none", "--json", "--quiet"]
    done = runner.invoke(app, [*PROCEDURAL, *options, "--out", str(tmp_path / "a.npz")])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["action"] == action


@pytest.mark.parametrize("name", ["a.glb", "a.anime", "frames"])
def test_every_format_is_written(tmp_path, name):
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(tmp_path / name), "--quiet"])
    assert done.exit_code == 0
    assert done.stdout == ""
    assert (tmp_path / name).exists()


def test_faces_and_textures_are_those_that_were_chosen(tmp_path):
    for name, options in (
        ("asset", ["--faces", "1000", "--texture", "512"]),
        ("full", ["--faces", "full", "--texture", "none"]),
    ):
        done = runner.invoke(app, [*PROCEDURAL, *options, "--out", str(tmp_path / f"{name}.npz"), "--quiet"])
        assert done.exit_code == 0, done.output
    asset, full = (MeshSequence.load_npz(tmp_path / f"{name}.npz") for name in ("asset", "full"))
    assert len(asset.faces) == pytest.approx(1000, rel=0.05)
    assert Image.open(io.BytesIO(asset.textures["base_colour"].tobytes())).size == (512, 512)
    assert len(full.faces) > 5000
    assert full.uvs is None


def test_levels_of_detail_are_written_and_counted(tmp_path):
    options = ["--faces", "1000", "--texture", "none", "--levels-of-detail", "2"]
    done = runner.invoke(app, [*PROCEDURAL, *options, "--out", str(tmp_path / "a.npz"), "--json", "--quiet"])
    levels = MeshSequence.load_npz(tmp_path / "a.npz").levels
    assert json.loads(done.stdout)["levels"] == [len(level.faces) for level in levels]
    assert len(levels) == 2


def test_wrong_format_is_one_sentence_with_a_remedy(tmp_path):
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(tmp_path / "a.stl")])
    assert done.exit_code == 1
    assert "there is no format '.stl'" in done.stderr
    assert "Choose .glb" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", NUMBERS_OUT_OF_RANGE)
def test_numbers_out_of_range_are_refused_before_any_work(tmp_path, monkeypatch, option):
    monkeypatch.setattr("zoetrope.cli.generate.create_engine", lambda *_: pytest.fail("it was started"))
    done = runner.invoke(app, [*PROCEDURAL, *option, "--out", str(tmp_path / "a.glb")])
    assert done.exit_code in (1, 2)
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_folder_that_is_not_empty_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("zoetrope.cli.generate.create_engine", lambda *_: pytest.fail("it was started"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frame_0001.obj").write_text("mine")
    for out in (".", "", str(tmp_path)):
        done = runner.invoke(app, [*PROCEDURAL, "--out", out])
        assert done.exit_code == 1, done.output
    assert (tmp_path / "frame_0001.obj").read_text() == "mine"


def test_usage_errors_exit_with_2(tmp_path):
    assert runner.invoke(app, ["generate"]).exit_code == 2
    assert runner.invoke(app, [*PROCEDURAL, "--seed", "-1", "--out", str(tmp_path / "a.glb")]).exit_code == 2


def test_missing_weights_end_with_status_1(tmp_path):
    done = runner.invoke(app, ["generate", "--weights", str(tmp_path), "--out", str(tmp_path / "a.glb")])
    assert done.exit_code == 1
    assert "missing" in done.stderr
    done = runner.invoke(app, ["inspect", str(tmp_path)])
    assert done.exit_code == 1


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_interrupted_generation_leaves_nothing_and_ends_with_130(tmp_path, monkeypatch):
    monkeypatch.setattr("zoetrope.cli.generate.create_engine", interrupt)
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(tmp_path / "a.glb")])
    assert done.exit_code == 130
    assert "nothing was written" in done.stderr
    assert not list(tmp_path.iterdir())


def test_interrupted_inspection_does_not_speak_of_continuing(monkeypatch):
    monkeypatch.setattr("zoetrope.cli.inspect.find_weights", interrupt)
    done = runner.invoke(app, ["inspect"])
    assert (done.exit_code, done.stderr) == (130, "Interrupted: nothing was changed.\n")


def test_interrupted_command_of_a_group_says_that_it_can_be_continued(tmp_path, monkeypatch):
    monkeypatch.setattr("zoetrope.evaluation.session.loading.open_session", interrupt)
    done = runner.invoke(app, ["evaluate", "generation"])
    assert done.exit_code == 130
    assert "run the same command again to continue" in done.stderr


def test_every_option_has_a_help_text():
    import typer.main

    def walk(command):
        for parameter in command.params:
            if parameter.name not in ("help",):
                yield command.name, parameter
        for child in getattr(command, "commands", {}).values():
            yield from walk(child)

    for name, parameter in walk(typer.main.get_command(app)):
        if getattr(parameter, "help", None) is None and parameter.param_type_name == "argument":
            continue
        assert parameter.help, f"{name} {parameter.name}"


def test_version_is_printed():
    assert runner.invoke(app, ["--version"]).stdout.strip() == "0.1.0"


SEVERAL = [
    (["--actions", "walk,run"], "a.npz", "several actions are written as .glb"),
    (["--output", "armature"], "a.anime", "a skeleton is written as .glb"),
    (["--output", "armature"], "frames", "a skeleton is written as .glb"),
    (["--correctives"], "a.glb", "Correctives belong to a skeleton"),
    (["--levels-of-detail", "1"], "a.anime", "an .anime file has no levels of detail"),
    (["--output", "armature", "--compact"], "a.glb", "Only morph targets can be compact"),
]


@pytest.mark.parametrize(("options", "name", "text"), SEVERAL)
def test_what_a_format_cannot_hold_is_refused_before_any_work(tmp_path, monkeypatch, options, name, text):
    monkeypatch.setattr("zoetrope.cli.generate.create_engine", lambda *_: pytest.fail("it was started"))
    done = runner.invoke(app, [*PROCEDURAL, *options, "--out", str(tmp_path / name)])
    assert done.exit_code == 1
    assert text in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_a_skeleton_and_several_actions_go_into_one_file(tmp_path):
    out = tmp_path / "fish.glb"
    options = [
        "--category",
        "fish",
        "--actions",
        "swim, attack,swim",
        "--output",
        "armature",
        "--detail",
        "64",
    ]
    done = runner.invoke(app, ["generate", *options, "--out", str(out), "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary["action"] == "swim, attack"
    assert [action["name"] for action in summary["actions"]] == ["swim", "attack"]
    assert summary["joints"] > 3
    assert all("with_correctives" in action for action in summary["actions"]) == (summary["correctives"] > 0)
    assert out.stat().st_size / 1e6 == pytest.approx(summary["megabytes"], abs=0.01)
