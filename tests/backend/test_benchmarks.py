"""Benchmarks run, and write what they print into their section of a page."""

import json
import subprocess
import sys
from pathlib import Path

import procedural_library
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(script, options, page, out):
    """Run a benchmark; return what it prints."""
    page.write_text((ROOT / "docs" / "benchmarks.md").read_text())
    process = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / f"{script}.py", *options, "--out", out, "--page", page],
        capture_output=True,
        text=True,
        check=True,
        cwd=out,
    )
    return process.stdout.strip()


def in_page(page, marker):
    _, _, rest = page.read_text().partition(f"<!-- {marker} -->")
    return rest.partition("<!-- end of")[0].strip()


@pytest.mark.parametrize(
    ("script", "options", "marker"),
    [
        ("extraction", ["--field", "procedural", "--seeds", "0"], "extraction procedural"),
        ("generation", ["--engine", "procedural", "--warm", "1"], "generation"),
    ],
)
def test_extraction_and_generation_are_measured(script, options, marker, tmp_path):
    page = tmp_path / "benchmarks.md"
    printed = run(script, [*options, "--details", "64"], page, tmp_path)
    assert printed.count("|") > 20
    assert in_page(page, marker) == printed
    result = json.loads((tmp_path / f"{marker.replace(' ', '_')}.json").read_text())
    assert result["machine"]["cores"] >= 1
    if script == "extraction":
        (row,) = result["rows"]
        assert row["lost_parts"] == 0
        assert row["distance"] < 1e-6
        assert row["evaluations"] < row["dense_evaluations"] / 4
    else:
        cold, warm = result["details"]["64"]["runs"]
        assert {"start", "surface", "frames", "timeline", "write"} <= cold["seconds"].keys()
        assert "start" not in warm["seconds"]
        assert min(cold["peak"].values()) > 0


def test_landmarks_reduce_the_searches(tmp_path):
    shared = procedural_library.make(tmp_path / "shared")
    page = tmp_path / "benchmarks.md"
    printed = run("chamfer", ["--shared", shared, "--landmarks", "0", "64"], page, tmp_path)
    assert in_page(page, "chamfer") == printed
    result = json.loads((tmp_path / "chamfer.json").read_text())
    without, with_landmarks = result["landmarks"]
    assert with_landmarks["share"] <= without["share"] <= 1
    assert result["table"]["references"] == 3


def test_both_implementations_of_attention_are_timed(tmp_path):
    page = tmp_path / "benchmarks.md"
    printed = run("attention", ["--times", "2"], page, tmp_path)
    assert in_page(page, "attention") == printed
    result = json.loads((tmp_path / "attention.json").read_text())
    assert {"fused", "plain"} <= result["seconds"].keys()
    assert min(result["seconds"].values()) > 0


def test_muon_is_timed_in_both_precisions(tmp_path):
    page = tmp_path / "benchmarks.md"
    printed = run("muon_precision", ["--times", "1"], page, tmp_path)
    assert in_page(page, "muon precision") == printed
    results = json.loads((tmp_path / "muon_precision.json").read_text())["results"]
    assert [row["field"] for row in results] == ["shape", "motion"]
    assert all(row["torch"] > 0 and row["ours"] > 0 for row in results)


def test_errors_of_found_bones_fall_with_their_number(tmp_path):
    page = tmp_path / "benchmarks.md"
    options = ["--engine", "procedural", "--dense", "1"]
    printed = run("skinning_decomposition", options, page, tmp_path)
    assert in_page(page, "skinning decomposition") == printed
    rows = json.loads((tmp_path / "skinning_decomposition.json").read_text())["results"]
    few, more, many, within, dense = rows[:4] + rows[-1:]
    assert few["mean"] > more["mean"] > many["mean"]
    assert within["p99"] <= 0.005
    assert dense["vertices"] > 3 * few["vertices"]
