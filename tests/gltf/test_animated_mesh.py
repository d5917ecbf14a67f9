"""An artist's .glb with a skeleton added: valid, and played by three.js in a browser as it was skinned."""

import browser
import numpy as np
import pytest
import trimesh
from test_players import packages, pytestmark, validated  # noqa: F401
from zoetrope.engines.animate.animator import MeshAnimator
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.engines.animate.request import AnimateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.glb_writer import to_y_up

DONOR, FPS = "q_uaa2021__Fox", 24.0


@pytest.fixture(scope="module")
def animated(tmp_path_factory):
    """A donor's mesh as an artist's file; the source, the result, and the written file."""
    folder = tmp_path_factory.mktemp("animated")
    animator = MeshAnimator(DnfEngine(find_weights(), "cpu"))
    donor = animator.donors()[DONOR]
    mesh = trimesh.Trimesh(to_y_up(donor.rest), donor.faces, process=False)
    mesh.visual.vertex_colors = np.round(255 * donor.colours).astype(np.uint8)
    mesh.export(folder / "fox.glb", include_normals=True)
    source = read_source(folder / "fox.glb")
    request = AnimateRequest(("walk", "attack"), donor=DONOR, facing=0.0, fps=FPS)
    result = animator.animate(source.vertices, source.faces, request)
    path = folder / "animated.glb"
    path.write_bytes(animated_glb(source, result, FPS))
    return source, result, path


def skinned(source, result, action):
    """Vertices (T, V, 3) by linear blend skinning in numpy, in glTF's axes."""
    rest, heads = source.vertices, result.skeleton.heads
    moved = np.zeros((len(action.rotations), *rest.shape))
    for k in range(4):
        joint, weight = result.weights.joints[:, k], result.weights.values[:, k]
        turned = np.einsum("tvab,vb->tva", action.rotations[:, joint], rest - heads[joint])
        moved += weight[:, None] * (turned + heads[joint] + action.translations[:, joint])
    return to_y_up(moved)


def test_validator_finds_no_error_and_no_warning(packages, animated):  # noqa: F811
    issues = validated(packages, animated[2])
    assert issues["numErrors"] == issues["numWarnings"] == 0, issues["messages"]


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("clip", [0, 1])
def test_browser_shows_the_skinned_positions(packages, animated, clip):  # noqa: F811
    source, result, path = animated
    action = result.actions[clip]
    frames = len(action.rotations)
    played = frames if action.cyclic else frames - 1  # at its end a clip begins again
    times = (np.arange(played) / FPS).tolist()
    report, shown = browser.play(packages, path, times, clip)
    assert report["duration"] == pytest.approx(played / FPS, abs=1e-5)
    assert min(report["pixels"]) > 500, "WebGL draws it"
    count = report["vertices"][0]
    shown = shown.reshape(played, 2, count, 3)[:, 0]
    expected = skinned(source, result, action)[:played, source.of_points(_file_positions(source))]
    size = np.linalg.norm(np.ptp(source.vertices, axis=0))
    assert np.abs(shown - expected).max() < 1e-5 * size


def _file_positions(source):
    """The file's own vertices, in its axes."""
    primitive = source.file.items("meshes")[0]["primitives"][0]
    return source.file.accessor(primitive["attributes"]["POSITION"]).astype(np.float64)
