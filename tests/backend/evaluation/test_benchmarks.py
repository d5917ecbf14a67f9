"""The benchmarks run, and put what they print into a page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("script", "options", "marker"),
    [
        ("extraction", ["--field", "procedural", "--seeds", "0"], "extraction procedural"),
        ("generation", ["--engine", "procedural", "--warm", "1"], "generation"),
    ],
)
def test_benchmark(script, options, marker, tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text((ROOT / "docs" / "benchmarks.md").read_text())
    command = [sys.executable, ROOT / "benchmarks" / f"{script}.py", *options, "--details", "64"]
    done = subprocess.run(
        [*command, "--out", tmp_path, "--page", page],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.count("|") > 20
    _, _, rest = page.read_text().partition(f"<!-- {marker} -->")
    assert rest.partition("<!-- end of")[0].strip() == done.stdout.strip()
    result = json.loads((tmp_path / f"{script}.json").read_text())
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
