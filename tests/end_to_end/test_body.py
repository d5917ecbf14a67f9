"""Preview and variations with the backend's procedural engine: what is sampled anew changes, no more."""

import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon import runtime  # noqa: E402
from blender_addon.operators.body import preview_timer  # noqa: E402
from blender_addon.scene import creatures  # noqa: E402

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")


@pytest.fixture
def settings(monkeypatch):
    """Settings of a fresh file with the add-on registered, for small creatures."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv(
        "ZOETROPE_BACKEND_ARGS", json.dumps(["-m", "zoetrope", "serve", "--engine", "procedural"])
    )
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    settings = bpy.context.scene.zoetrope
    settings.detail, settings.output, settings.faces, settings.texture = "64", "shape_keys", 1000, "1024"
    yield settings
    blender_addon.unregister()


def press(name):
    """Press a button; returns the active creature's mesh object."""
    assert getattr(bpy.ops.zoetrope, name)() == {"FINISHED"}
    return creatures.creature_of(bpy.context.object)


def points(obj):
    """Rest pose and all shape keys (K, V, 3) of a creature."""
    keys = obj.data.shape_keys.key_blocks
    found = np.empty((len(keys), 3 * len(obj.data.vertices)), np.float32)
    for key, row in zip(keys, found, strict=True):
        key.points.foreach_get("co", row)
    return found.reshape(len(keys), -1, 3)


def texels(obj):
    """Values of a creature's base colour texture."""
    image = obj.data.zoetrope_paint.base_colour
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values


def faces(obj):
    values = np.empty(len(obj.data.loops), np.int32)
    obj.data.loops.foreach_get("vertex_index", values)
    return values


def test_what_the_artist_likes_stays_bit_for_bit_when_another_thing_is_sampled(settings):
    obj = press("generate")
    first, coat, corners = points(obj), texels(obj), faces(obj)
    obj = press("new_proportions")
    changed = points(obj)
    assert np.array_equal(faces(obj), corners), "the body stays"
    assert np.array_equal(texels(obj), coat), "the coat stays"
    assert changed.shape == first.shape
    assert np.abs(changed[0] - first[0]).max() > 0.01
    obj = press("new_coat")
    other = texels(obj)
    assert not np.array_equal(other, coat)
    assert np.array_equal(points(obj), changed)
    obj.data.zoetrope_proportions.head = 1.4
    obj = press("apply_proportions")
    assert np.array_equal(texels(obj), other)
    assert not np.array_equal(points(obj), changed)
    stored = json.loads(obj.data["zoetrope"])
    assert stored["request"]["proportions"]["head"] == 1.4
    body = points(obj)
    obj = press("new_body")
    assert json.loads(obj.data["zoetrope"])["meta"]["proportions"] == stored["meta"]["proportions"]
    assert points(obj).shape != body.shape or not np.array_equal(points(obj), body)
    settings.placement = "REPLACE"
    last = points(obj)
    again = points(press("generate"))
    assert np.abs(again - last).max() < 1e-5, "the panel's settings are those of the creature, as float32"


def test_a_sliders_way_back_is_the_creature_itself(settings):
    press("generate")
    obj = press("new_proportions")
    first, tail = points(obj), obj.data.zoetrope_proportions.tail
    obj.data.zoetrope_proportions.tail = 1.9
    obj = press("apply_proportions")
    assert not np.array_equal(points(obj), first)
    obj.data.zoetrope_proportions.tail = tail
    again = points(press("apply_proportions"))
    assert np.abs(again - first).max() < 1e-5, "but for the rounding of one float32 slider"


def previewed():
    """The body that the preview shows once it is up to date, in metres."""
    live, deadline = runtime.get().preview, time.monotonic() + 60
    preview_timer.advance(bpy.context)
    while not live.up_to_date:
        assert time.monotonic() < deadline, live.error
        preview_timer.advance(bpy.context)
        time.sleep(0.005)
    return live.body.rest


def test_the_preview_of_a_creatures_sliders_is_what_apply_makes(settings):
    press("generate")
    obj = press("new_proportions")
    assert bpy.ops.zoetrope.preview_proportions() == {"FINISHED"}
    for legs in (0.7, 1.6):
        obj.data.zoetrope_proportions.legs = legs
        body = previewed()
    made = points(press("apply_proportions"))[0]
    assert np.abs(np.ptp(body, axis=0) - np.ptp(made, axis=0)).max() < 0.04
    assert not any(creatures.is_preview(other) for other in bpy.data.objects)


def test_the_preview_is_the_generated_body_at_rest(settings):
    settings.proportions.legs = 1.4
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    body = previewed()
    obj = press("generate")
    made = points(obj)[0]
    assert np.abs(np.ptp(body, axis=0) - np.ptp(made, axis=0)).max() < 0.04, (
        "a coarser surface of the same body"
    )
    assert not any(creatures.is_preview(other) for other in bpy.data.objects)
