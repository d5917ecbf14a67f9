"""`zoetrope evaluate` on the command line: what a wrong option is told, and a small case to its end."""

import json

import procedural_library
import pytest
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.engines import find_weights
from zoetrope.engines.bundle import bundle_checksum, read_description

runner = CliRunner()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return procedural_library.make(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["generation", "--split", "by_weather"], "no split 'by_weather'"),
        (["generation", "--weights", "nowhere"], "missing"),
        (["generation", "--all-categories", "--row", "magic"], "no row 'magic'"),
        (["generation", "--tokens", "nowhere.npz"], "no training tokens"),
        (["reconstruction", "--folder", "."], "no GLB files"),
        (["ablation", "--data", "."], "no prepared creatures"),
        (["ablation", "--data", ".", "--variant", "magic"], "no variant 'magic'"),
        (["report", "--folder", ".", "--out", "page"], "no animated GLB files"),
    ],
)
def test_what_is_wrong_is_one_sentence(shared, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    more = [] if words[0] == "ablation" else ["--shared", str(shared)]
    done = runner.invoke(app, ["evaluate", *words, *more, "--quiet"])
    assert done.exit_code == 1, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "page").exists()


def test_creatures_that_are_not_there(tmp_path):
    done = runner.invoke(app, ["evaluate", "generation", "--shared", str(tmp_path), "--quiet"])
    assert done.exit_code == 1
    assert "holds no labelled creatures" in done.stderr


def test_the_bounding_rows_of_all_categories(shared, tmp_path):
    words = ["evaluate", "generation", "--all-categories", "--shared", str(shared), "--sets", "1"]
    done = runner.invoke(app, [*words, "--work", str(tmp_path / "work"), "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert set(made["rows"]) == {"training clips", "still", "shuffled frames", "other half", "noise"}
    assert made["met"] == []
    page = tmp_path / "page.md"
    again = runner.invoke(app, [*words, "--work", str(tmp_path / "work"), "--quiet", "--page", str(page)])
    assert "| noise |" in again.stdout
    assert "3 references of 3 creatures; 0 of them are clips" in again.stdout
    assert page.read_text().startswith("# Split by creature")
    assert again.stdout.strip() in page.read_text()
    one = runner.invoke(
        app,
        [*words, "--work", str(tmp_path / "work"), "--row", "noise", "--row", "still", "--json", "--quiet"],
    )
    assert set(json.loads(one.stdout)["rows"]) == {"noise", "still"}


def test_outer_surfaces_are_rows_of_their_own(shared, tmp_path):
    words = ["evaluate", "generation", "--row", "training clips", "--shared", str(shared), "--sets", "1"]
    page, more = tmp_path / "page.md", ["--work", str(tmp_path / "work"), "--json", "--quiet"]
    found = [runner.invoke(app, [*words, *more, *extra]) for extra in ([], ["--outer", "--page", str(page)])]
    rows = [json.loads(done.stdout)["rows"]["training clips"]["centred"] for done in found]
    assert rows[0]["mmd"] != rows[1]["mmd"], "other points, kept apart"
    assert rows[0]["mmd"]["value"] == pytest.approx(rows[1]["mmd"]["value"], rel=0.1), (
        "nothing is hidden here"
    )
    assert "Real clips by their outer surfaces alone." in page.read_text()


def test_other_weights_stand_beside(shared, tmp_path):
    page, weights = tmp_path / "page.md", find_weights()
    words = ["generation", "--beside", str(weights), "--row", "training clips", "--page", str(page)]
    more = ["--shared", str(shared), "--sets", "1", "--work", str(tmp_path / "work"), "--quiet"]
    done = runner.invoke(app, ["evaluate", *words, *more])
    assert done.exit_code == 0, done.output
    described = read_description(weights)
    kinds = ", ".join(category.name for category in described.categories)
    assert (
        f"{described.name}: weights `{bundle_checksum(weights)[:16]}`. Of both: {kinds}." in page.read_text()
    )


def test_a_users_files_are_fitted_and_their_page_written(shared, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    glb = next(shared.rglob("*.glb"))
    (files / glb.name).write_bytes(glb.read_bytes())
    page = tmp_path / "page.md"
    words = [
        "reconstruction",
        "--folder",
        str(files),
        "--shared",
        str(shared),
        "--steps",
        "2",
        "--clips",
        "1",
    ]
    words += ["--detail", "64", "--work", str(tmp_path / "work"), "--page", str(page), "--quiet"]
    done = runner.invoke(app, ["evaluate", *words])
    assert done.exit_code == 0, done.output
    assert "| files | 1 |" in done.stdout
    assert page.read_text().startswith("# Creatures fitted into the fields")
    assert done.stdout.strip() in page.read_text()
