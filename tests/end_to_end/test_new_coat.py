"""New Coat with the real backend's procedural engine: repainting equals generating with the other palette."""

import json
import os
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon.scene import creatures  # noqa: E402

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")


@pytest.fixture
def settings(monkeypatch):
    """Settings of a fresh file with the add-on registered."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv(
        "ZOETROPE_BACKEND_ARGS", json.dumps(["-m", "zoetrope", "serve", "--engine", "procedural"])
    )
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    yield bpy.context.scene.zoetrope
    blender_addon.unregister()


def generated():
    """Generate; returns the mesh object."""
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return creatures.creature_of(bpy.context.object)


def shown(mesh):
    """Pixels (H, W, 4) of a mesh's base colour texture, or its vertex colours (V, 4), sRGB bytes."""
    image, colours = mesh.zoetrope_paint.base_colour, mesh.color_attributes["Colour"].data
    if image is None:
        values = np.empty(4 * len(colours), np.float32)
        colours.foreach_get("color_srgb", values)
    else:
        assert tuple(image.size) == (1024, 1024)
        values = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(values)
    return np.rint(255 * values).astype(np.uint8)


@pytest.mark.parametrize("texture", ["1024", "VERTEX"])
def test_new_coat_shows_what_generating_with_its_palette_would_show(settings, texture):
    settings.detail, settings.output, settings.faces, settings.texture = "64", "shape_keys", 1000, texture
    mesh = generated().data
    before = shown(mesh)
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    coat = shown(mesh)
    assert not np.array_equal(coat, before)
    assert not settings.natural_palette
    again = generated().data
    assert again != mesh
    assert np.array_equal(shown(again), coat)
