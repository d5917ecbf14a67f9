"""`zoetrope evaluate` on the command line: errors of wrong options, and small cases."""

import json
import shutil
import subprocess
import sys
from functools import partial

import pytest
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.engines import create_engine
from zoetrope.engines.weights.bundle import bundle_checksum, read_description
from zoetrope.engines.weights.folders import find_weights
from zoetrope.evaluation.protocols import reconstruction
from zoetrope.evaluation.report import engine_sheets
from zoetrope.evaluation.results import body_results, reconstruction_results
from zoetrope.evaluation.session import loading
from zoetrope.evaluation.session import session as session_module
from zoetrope.evaluation.session.session import Session

runner = CliRunner()


@pytest.fixture(autouse=True)
def few_points(monkeypatch):
    """Compare clouds of 256 points instead of 2,048."""
    monkeypatch.setattr(loading, "Session", partial(Session, points=256))


def evaluate(shared, work, *words):
    """Run a command on the procedural creatures."""
    options = ["--shared", str(shared), "--work", str(work), "--quiet"]
    return runner.invoke(app, ["evaluate", *words, *options])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["generation", "--split", "by_weather"], "no split 'by_weather'"),
        (["generation", "--weights", "nowhere"], "missing"),
        (["generation", "--all-categories", "--row", "magic"], "no row 'magic'"),
        (["reconstruction", "--folder", "."], "no animated GLB files"),
        (["report", "--folder", ".", "--out", "page"], "no animated GLB files"),
    ],
)
def test_wrong_option_is_one_sentence(procedural_shared, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = evaluate(procedural_shared, "work", *words)
    assert done.exit_code == 1, done.output
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "page").exists()


def test_missing_creatures_are_one_sentence(tmp_path):
    done = evaluate(tmp_path, tmp_path, "generation")
    assert done.exit_code == 1
    assert "holds no labelled creatures" in done.stderr


def test_without_labelled_creatures_their_option_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "find_shared", lambda: None)
    done = runner.invoke(app, ["evaluate", "generation", "--work", str(tmp_path)])
    assert done.exit_code == 1
    assert "--shared" in done.stderr


def test_bounding_rows_of_all_categories(procedural_shared, tmp_path):
    words, page = ["generation", "--all-categories", "--sets", "1"], tmp_path / "page.md"
    done = evaluate(procedural_shared, tmp_path, *words, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found["rows"]) == {"training clips", "still", "shuffled frames", "other half", "noise"}
    assert found["leaked"] == []
    rows = ["--row", "noise", "--row", "still"]
    again = evaluate(procedural_shared, tmp_path, *words, *rows, "--page", str(page))
    assert "| noise |" in again.stdout
    assert "| other half |" not in again.stdout
    assert "3 references of 3 creatures; 0 of them were trained on" in again.stdout
    assert page.read_text().startswith("# Split by creature")
    assert again.stdout.strip() in page.read_text()


def test_rows_of_outer_surfaces_are_separate(procedural_shared, tmp_path):
    words, page = ["generation", "--row", "training clips", "--sets", "1", "--json"], tmp_path / "page.md"
    found = [
        evaluate(procedural_shared, tmp_path / "work", *words, *more)
        for more in ([], ["--outer", "--page", str(page)])
    ]
    rows = [json.loads(done.stdout)["rows"]["training clips"]["centred"] for done in found]
    assert rows[0]["mmd"] != rows[1]["mmd"], "other points"
    hidden = "these creatures have no hidden faces"
    assert rows[0]["mmd"]["value"] == pytest.approx(rows[1]["mmd"]["value"], rel=0.1), hidden
    assert "Real clips are sampled on outer surfaces only." in page.read_text()


def test_other_weights_are_named_beside(procedural_shared, tmp_path):
    page, weights = tmp_path / "page.md", find_weights()
    words = ["generation", "--beside", str(weights), "--row", "training clips", "--sets", "1"]
    done = evaluate(procedural_shared, tmp_path, *words, "--page", str(page))
    assert done.exit_code == 0, done.output
    described = read_description(weights)
    categories = ", ".join(category.name for category in described.categories)
    checksum = bundle_checksum(weights)[:16]
    assert f"{described.name}: weights `{checksum}`. Of all: {categories}." in page.read_text()


def test_files_of_a_user_are_reconstructed_without_the_labelled_creatures(
    procedural_shared, tmp_path, monkeypatch
):
    monkeypatch.setattr(loading, "find_shared", lambda: None)
    monkeypatch.setattr(loading, "initial_tokens", lambda weights: None)
    monkeypatch.setattr(reconstruction, "VOLUME_PROBES", 2000)
    fast = partial(reconstruction_results.FitSettings, legs_detail=64, samples=2000)
    monkeypatch.setattr(reconstruction_results, "FitSettings", fast)
    (tmp_path / "files").mkdir()
    glb = next(procedural_shared.rglob("*.glb"))
    (tmp_path / "files" / glb.name).write_bytes(glb.read_bytes())
    page = tmp_path / "page.md"
    words = ["reconstruction", "--folder", str(tmp_path / "files"), "--page", str(page)]
    fits = ["--steps", "1", "--clips", "1", "--detail", "64"]
    options = ["--work", str(tmp_path / "work"), "--quiet"]
    done = runner.invoke(app, ["evaluate", *words, *fits, *options])
    assert done.exit_code == 0, done.output
    assert "| files | 1 |" in done.stdout
    assert page.read_text().startswith("# Reconstruction of given creatures")
    assert done.stdout.strip() in page.read_text()


def test_the_table_of_engines(procedural_shared, hyper_weights, voxel_weights, tmp_path, monkeypatch):
    monkeypatch.setattr(engine_sheets, "SEEDS", 4)
    monkeypatch.setattr(engine_sheets, "SIZE", 64)
    out = tmp_path / "page"
    out.mkdir()
    (out / "findings.md").write_text("What was found.\n")
    words = ["engines", "--split", "by_creature", "--detail", "64", "--device", "cpu", "--out", str(out)]
    both = ["--weights", str(voxel_weights), "--beside", str(hyper_weights), "--sets", "1"]
    done = evaluate(procedural_shared, tmp_path / "work", *words, *both, "--row", "training clips")
    assert done.exit_code == 0, done.output
    assert json.loads((out / "report.json").read_text())["engines"].keys() == {"training clips"}
    done = evaluate(procedural_shared, tmp_path / "work", *words, *both)
    assert done.exit_code == 0, done.output
    report = json.loads((out / "report.json").read_text())
    for name in ("hyperdiffusion", "voxels"):
        row = report["engines"][name]["generation"]["by_creature"]["centred"]
        assert row["references"] == 3
        assert 0 <= row["one_nna"]["value"] <= 1
    cost = report["engines"]["hyperdiffusion"]["cost"]
    assert cost["parameters"] > 20_000
    assert cost["training_seconds"] > 1
    assert cost["seconds"] > 0.5
    assert 50 < cost["peak_mib"] < 4000
    page = (out / "README.md").read_text()
    assert "What was found." in page
    assert "HyperDiffusion (ICCV 2023)" in page
    for name in ("hyperdiffusion", "voxels"):
        assert (out / f"samples_{name}.png").stat().st_size > 1000
        assert f"](samples_{name}.png)" in page

    # Elsewhere, without the first engine's weights.
    alone = ["--weights", str(hyper_weights), "--keep"]
    done = evaluate(procedural_shared, tmp_path / "work", *words, *alone, "--sets", "1")
    assert done.exit_code == 0, done.output
    kept = json.loads((out / "report.json").read_text())
    assert kept["engines"].keys() == report["engines"].keys()
    for name, row in report["engines"].items():
        if name == "hyperdiffusion":
            assert kept["engines"][name]["generation"] == row["generation"]
        else:
            assert kept["engines"][name] == row
    assert (out / "README.md").read_text().split("## Costs")[0] == page.split("## Costs")[0].replace(
        report["printed"]["command"], kept["printed"]["command"]
    )

    done = evaluate(procedural_shared, tmp_path / "work", *words, *alone, "--sets", "2", "--limit", "1")
    assert done.exit_code == 1
    assert "were measured otherwise: sets 1, now 2." in done.stderr
    assert json.loads((out / "report.json").read_text()) == kept

    for damaged in ("[]", json.dumps({**kept, "engines": {"voxels": {}}})):
        (out / "report.json").write_text(damaged)
        done = evaluate(procedural_shared, tmp_path / "work", *words, *alone, "--sets", "1")
        assert done.exit_code == 1
        assert "is no report whose rows could be kept" in done.stderr


def test_bodies_at_rest(procedural_shared, hyper_weights, tmp_path, monkeypatch):
    procedural = create_engine("procedural", None)
    training = {"split": "by_creature", "creatures": [f"creature_{seed}.glb" for seed in range(3)]}
    monkeypatch.setattr(body_results, "REST", "walk")  # the tiny weights are of clips
    monkeypatch.setattr(loading, "create_engine", lambda *words: procedural)
    monkeypatch.setattr(loading, "checked_training", lambda weights: training)
    monkeypatch.setattr(loading, "LatentOnly", lambda weights, device: procedural)
    monkeypatch.setattr(loading, "tokens_path", lambda weights: tmp_path / "none.npz")
    page = tmp_path / "page.md"
    words = ["bodies", "--beside", str(hyper_weights), "--sets", "1", "--detail", "64", "--page", str(page)]
    done = evaluate(procedural_shared, tmp_path / "work", *words)
    assert done.exit_code == 0, done.output
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    assert {row.split("|")[1].strip() for row in rows} >= {"dnf", "tiny", "training bodies"}
    done = evaluate(procedural_shared, tmp_path / "work", *words)
    assert done.exit_code == 0, "the page is replaced"

    # What is wrong is found before anything is sampled.
    monkeypatch.setattr(session_module, "generate_samples", None)
    bodies = str(hyper_weights)
    for wrong, message in (
        (["--beside", bodies], "Two of the weights would have rows of one name."),
        (["--beside", str(renamed(hyper_weights, tmp_path / "dnf", "dnf"))], "rows of one name"),
        (["--beside", str(renamed(hyper_weights, tmp_path / "rest", "training bodies"))], "rows of one name"),
        (["--beside", str(renamed(hyper_weights, tmp_path / "a", "a", {}))], "what they were trained on"),
    ):
        done = evaluate(procedural_shared, tmp_path / "other", *words, *wrong)
        assert done.exit_code == 1
        assert message in done.stderr
    monkeypatch.setattr(body_results, "REST", "rest")
    done = evaluate(procedural_shared, tmp_path / "other", *words)
    assert "do not sample bodies alone" in done.stderr
    assert not (tmp_path / "other").exists()


def renamed(weights, folder, name, training=None):
    """Copy weights under another name, perhaps without what they were trained on."""
    shutil.copytree(weights, folder)
    described = json.loads((folder / "model.json").read_text()) | {"name": name}
    described |= {} if training is None else {"training": training}
    (folder / "model.json").write_text(json.dumps(described))
    return folder


COMMANDS = {
    "generation": ["generation", "--page", "README.md"],
    "bodies": ["bodies", "--page", "README.md"],
    "reconstruction": ["reconstruction", "--page", "README.md"],
    "engines": ["engines", "--out", "."],
    "samples": ["samples", "--out", "."],
    "report": ["report", "--out", "."],
}
"""Commands that would write README.md here."""


@pytest.fixture
def unopened(tmp_path, monkeypatch):
    """A working folder where no session opens, and no engine for a gallery."""
    monkeypatch.setattr(loading, "open_session", None)
    monkeypatch.setattr("zoetrope.cli.evaluate.create_engine", None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(words):
    """Return the sentence of a command that is refused."""
    done = runner.invoke(app, ["evaluate", *words, "--quiet"])
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    return done.stderr


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_readme_of_another_project_is_refused_first(unopened, words):
    (unopened / "README.md").write_text("# My game\n")
    assert "README.md was not written by zoetrope evaluate" in refused(words)
    assert (unopened / "README.md").read_text() == "# My game\n"


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (COMMANDS["engines"], "report.json"),
        (COMMANDS["engines"], "samples_dnf.png"),
        (COMMANDS["samples"], "samples.json"),
        (COMMANDS["samples"], "nearest_clips.png"),
        (COMMANDS["report"], "report.json"),
        (COMMANDS["report"], "report.html"),
        (["gallery", "--out", "."], "gallery.md"),
        (["gallery", "--out", "."], "images/gallery.png"),
    ],
)
def test_other_files_of_another_project_are_refused_first(unopened, words, file):
    (unopened / "images").mkdir()
    (unopened / file).write_text("{}")
    assert f"{file} was not written by zoetrope evaluate" in refused(words)


@pytest.mark.parametrize("command", [*COMMANDS, "gallery"])
def test_a_file_where_a_folder_is_needed_is_refused_first(unopened, command):
    (unopened / "file").write_text("")
    if "--page" in COMMANDS.get(command, ()):
        assert "file could not be written" in refused([command, "--page", "file/page.md"])
    else:
        assert "file could not be written" in refused([command, "--out", "file"])


@pytest.mark.parametrize("command", ["engines", "samples", "report"])
def test_findings_that_are_no_text_are_refused_first(unopened, command):
    (unopened / "findings.md").write_bytes(b"\xff\xfe")
    assert "findings.md cannot be read: it is not text in UTF-8." in refused(COMMANDS[command])


TERMINATED = """
import os, signal, sys, time
from pathlib import Path
from zoetrope.atomic_write import atomic_write
from zoetrope.cli.evaluate import progress_bar
with progress_bar(True), atomic_write(Path(sys.argv[1])) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_a_terminated_command_leaves_no_partial_file(tmp_path):
    (tmp_path / "README.md").write_text("before")
    done = subprocess.run([sys.executable, "-c", TERMINATED, str(tmp_path / "README.md")], check=False)
    assert done.returncode == 143
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("README.md", "before")]
