"""Generated creatures' .glb with a skeleton or several actions: valid, and played by three.js as they are."""

import browser
import numpy as np
import pytest
from test_players import packages, pytestmark, validated  # noqa: F401
from zoetrope.engines.animate.creature import generate_creature
from zoetrope.engines.animate.gltf.creature_output import creature_glb
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.glb_writer import to_y_up
from zoetrope.geometry.texture_vertices import texture_vertices

FPS = 24.0
ACTIONS = ("run", "walk")


@pytest.fixture(scope="module")
def creature(tmp_path_factory):
    """A quadruped that needs correctives, and its file."""
    engine, request = (
        DnfEngine(find_weights(), "cpu"),
        GenerateRequest("quadruped", "", 7, fps=FPS, detail=64),
    )
    made = generate_creature(engine, request, ACTIONS, "armature", True, ignore_progress)
    path = tmp_path_factory.mktemp("creature") / "a.glb"
    path.write_bytes(creature_glb(made))
    return made, path


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """A creature with several actions as morph targets."""
    request = GenerateRequest("fish", "", 1, fps=FPS, detail=64, frames=12)
    engine = DnfEngine(find_weights(), "cpu")
    made = generate_creature(engine, request, ("swim", "attack"), "shape_keys", False, ignore_progress)
    path = tmp_path_factory.mktemp("keyed") / "a.glb"
    path.write_bytes(creature_glb(made))
    return made, path


def stored(creature):
    """Vertices of the mesh (N,) in the order of the file, which stores those on seams once a chart."""
    first = creature.clips[0]
    return texture_vertices(first.faces, first.uvs)[1]


def skinned(creature, i):
    """Vertices (T, V, 3) by correctives and linear blend skinning in numpy, in glTF's axes."""
    rig, found, rest = creature.rig, creature.correctives, creature.clips[0].rest.astype(float)
    action, heads = rig.actions[i], rig.skeleton.heads
    shapes = rest + np.einsum("tk,kvc->tvc", found.values[i], found.offsets)
    moved = np.zeros_like(shapes)
    for k in range(4):
        joint, weight = rig.weights.joints[:, k], rig.weights.values[:, k]
        turned = np.einsum("tvab,tvb->tva", action.rotations[:, joint], shapes - heads[joint])
        moved += weight[:, None] * (turned + heads[joint] + action.translations[:, joint])
    return to_y_up(moved)[:, stored(creature)]


def test_validator_finds_no_error_and_no_warning(packages, creature, keyed):  # noqa: F811
    for _, path in (creature, keyed):
        issues = validated(packages, path)
        assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("clip", [0, 1])
def test_browser_shows_the_skinned_positions(packages, creature, clip):  # noqa: F811
    made, path = creature
    expected = skinned(made, clip)
    report, shown = browser.play(packages, path, (np.arange(len(expected)) / FPS).tolist(), clip)
    assert report["duration"] == pytest.approx(len(expected) / FPS, abs=1e-5)
    assert min(report["pixels"]) > 500, "WebGL draws it"
    shown = shown.reshape(len(expected), 2, -1, 3)[:, 0]
    size = np.linalg.norm(np.ptp(made.clips[0].rest, axis=0))
    assert np.abs(shown - expected).max() < 1e-5 * size


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("clip", [0, 1])
def test_browser_shows_each_shape_keyed_action(packages, keyed, clip):  # noqa: F811
    made, path = keyed
    expected = made.clips[clip].vertices[:, stored(made)]
    played = len(expected) if made.clips[clip].cyclic else len(expected) - 1
    _, shown = browser.play(packages, path, (np.arange(played) / FPS).tolist(), clip)
    shown = shown.reshape(played, 2, -1, 3)[:, 0]
    assert np.abs(shown - to_y_up(expected[:played])).max() < 1e-5
