"""Exported .glb files: valid for Khronos' validator, and played by three.js in a browser as sampled."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import browser
import numpy as np
import pytest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.glb_writer import to_y_up, unit_normals
from zoetrope.geometry.writers import write_sequence

HERE = Path(__file__).resolve().parent
POSITION_TOLERANCE, NORMAL_TOLERANCE = 1e-5, 1.0
"""Metres, and degrees."""

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm and node are not installed")


@pytest.fixture(scope="session")
def packages():
    """A folder with this folder's scripts and their packages from npm."""
    folder = HERE.parents[1] / "build" / "gltf"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "validate.mjs", "player.html"):
        shutil.copy(HERE / name, folder / name)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return folder


def validated(folder, path):
    """The issues that Khronos' validator finds in a file."""
    command = ["node", "validate.mjs", str(path)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[str(path)]


@pytest.fixture(scope="session")
def sequence():
    return ProceduralEngine().generate(
        GenerateRequest(seed=1, detail=64, frames=12, faces=None, texture=None), lambda *_: None
    )


@pytest.mark.parametrize("compact", [False, True])
def test_levels_of_detail_are_valid(packages, tmp_path, compact):
    request = GenerateRequest(seed=1, detail=64, frames=5, faces=2000, texture=512, levels_of_detail=2)
    path = tmp_path / "levels.glb"
    write_sequence(ProceduralEngine().generate(request, lambda *_: None), path, compact=compact)
    issues = validated(packages, path)
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("cyclic", [False, True])
def test_validator_finds_no_error_and_no_warning(packages, sequence, tmp_path, compact, cyclic):
    path = tmp_path / "a.glb"
    write_sequence(replace(sequence, cyclic=cyclic), path, compact=compact)
    issues = validated(packages, path)
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("compact", [False, True])
def test_browser_shows_the_sampled_positions_and_normals(packages, sequence, tmp_path, compact):
    path = tmp_path / "a.glb"
    write_sequence(sequence, path, compact=compact)
    report, shown = browser.play(packages, path, sequence.seconds.tolist())
    duration = len(sequence.vertices) / sequence.fps
    assert report["duration"] == pytest.approx(duration, abs=1e-6), "no still interval"
    assert min(report["pixels"]) > 1000, "WebGL draws it"
    shown = shown.reshape(len(sequence.vertices), 2, -1, 3)
    tolerance = 2e-5 if compact else POSITION_TOLERANCE
    for (positions, normals), frame in zip(shown, sequence.vertices, strict=True):
        assert np.abs(positions - to_y_up(frame)).max() < tolerance
        cosine = (normals * unit_normals(frame, sequence.faces)).sum(axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < NORMAL_TOLERANCE
