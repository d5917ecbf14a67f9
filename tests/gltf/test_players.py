"""Exported .glb files: without errors for Khronos' validator, and played by three.js as they were sampled."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.geometry.glb_writer import to_y_up, unit_normals
from zoetrope.geometry.writers import write_sequence

HERE = Path(__file__).resolve().parent
POSITION_TOLERANCE, NORMAL_TOLERANCE = 1e-5, 1.0
"""Metres, and degrees."""

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm and node are not installed")


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """Run a script of this folder with its packages; returns what it prints, as JSON."""
    folder = HERE.parents[1] / "build" / "gltf"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "validate.mjs", "play.mjs"):
        shutil.copy(HERE / name, folder / name)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)

    def run(*words):
        done = subprocess.run(
            ["node", *map(str, words)], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def sequence():
    return ProceduralEngine().generate(GenerateRequest(seed=1, detail=64, frames=12), lambda *_: None)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("cyclic", [False, True])
def test_validator_finds_no_error_and_no_warning(node, sequence, tmp_path, compact, cyclic):
    path = tmp_path / "a.glb"
    write_sequence(replace(sequence, cyclic=cyclic), path, compact=compact)
    (issues,) = node("validate.mjs", path).values()
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@pytest.mark.parametrize("compact", [False, True])
def test_three_shows_the_sampled_positions_and_normals(node, sequence, tmp_path, compact):
    path, out = tmp_path / "a.glb", tmp_path / "shown.bin"
    write_sequence(sequence, path, compact=compact)
    clip = node("play.mjs", path, out, *sequence.seconds.tolist())
    assert clip["duration"] == pytest.approx(len(sequence.vertices) / sequence.fps, abs=1e-6), (
        "no still interval"
    )
    shown = np.fromfile(out, np.float32).reshape(len(sequence.vertices), 2, -1, 3)
    tolerance = 2e-5 if compact else POSITION_TOLERANCE
    for (positions, normals), frame in zip(shown, sequence.vertices, strict=True):
        assert np.abs(positions - to_y_up(frame)).max() < tolerance
        cosine = (normals * unit_normals(frame, sequence.faces)).sum(axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < NORMAL_TOLERANCE
