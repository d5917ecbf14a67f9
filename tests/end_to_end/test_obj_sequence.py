"""An OBJ sequence of the command line in Blender's importer, with its default settings."""

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")

OPTIONS = "--engine procedural --detail 64 --frames 2 --faces 1000 --height 1.2 --levels-of-detail 1 --quiet"


@pytest.fixture(scope="module", params=["none", "512"])
def folder(tmp_path_factory, request):
    """Folder of the sequence and its .npz file, without and with textures."""
    folder = tmp_path_factory.mktemp("obj")
    for name in ("frames", "a.npz"):
        out = ["--texture", request.param, "--out", str(folder / name)]
        subprocess.run([BACKEND, "-m", "zoetrope", "generate", *OPTIONS.split(), *out], check=True)
    return folder


@pytest.mark.parametrize("suffix", ["", "_LOD1"])
def test_it_stands_as_high_as_requested_and_is_smooth(folder, suffix):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.obj_import(filepath=str(folder / "frames" / f"frame_0001{suffix}.obj"))
    (obj,) = bpy.data.objects
    points = np.array([obj.matrix_world @ vertex.co for vertex in obj.data.vertices])
    with np.load(folder / "a.npz") as expected:
        frame, rest = expected["vertices"][0], expected["rest"]
        at = expected["lod1_vertices"] if suffix else np.arange(len(rest))
    assert np.ptp(rest[:, 2]) == pytest.approx(1.2, abs=1e-3)
    assert np.abs(points - frame[at]).max() < 1e-5
    turned = np.array(obj.matrix_world)[:3, :3]
    at_corner = np.array([normal.vector for normal in obj.data.corner_normals]) @ turned.T
    at_vertex = np.array([vertex.normal for vertex in obj.data.vertices]) @ turned.T
    corners = np.array([loop.vertex_index for loop in obj.data.loops])
    spread = np.degrees(np.arccos(np.clip((at_corner * at_vertex[corners]).sum(axis=1), -1, 1)))
    assert np.median(spread) < (8 if suffix else 0.5)  # a level has the normals of the full mesh
