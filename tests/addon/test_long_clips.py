"""Long clips: one cycle of a loop, and few keys in place of one a frame; exports take both."""

import time

import bpy
import numpy as np
import pytest
from conftest import FRAMES, RECORDED, curves_of, vertices_at

pytestmark = pytest.mark.usefixtures("shape_keys")


def generate():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return bpy.context.object


def long_clip(count, repeats=1):
    """Vertices (count * repeats, V, 3) of a clip that is the recorded one played slowly."""
    recorded = FRAMES
    at = np.linspace(0, len(recorded), count, endpoint=False)
    whole, part = at.astype(int), (at % 1)[:, None, None].astype(np.float32)
    clip = recorded[whole] * (1 - part) + recorded[(whole + 1) % len(recorded)] * part
    return np.tile(clip, (repeats, 1, 1))


def test_a_loop_that_fills_a_long_timeline_has_keys_of_one_cycle(changed_result):
    vertices = long_clip(20, 40)
    changed_result(vertices=vertices)
    obj = generate()
    keys = obj.data.shape_keys
    assert len(keys.key_blocks) - 1 == 20
    assert bpy.context.scene.frame_end == 800
    assert all(curve.modifiers[0].type == "CYCLES" for curve in curves_of(keys.animation_data.action))
    for i in (0, 19, 20, 433, 799):
        assert np.abs(vertices_at(obj, 1 + i) - vertices[i]).max() < 1e-5


@pytest.mark.parametrize("cyclic", [False, True])
def test_a_long_clip_has_few_keys_and_plays_every_frame(changed_result, cyclic):
    vertices = long_clip(2000)
    changed_result(header={"cyclic": cyclic}, vertices=vertices)
    obj = generate()
    keys = obj.data.shape_keys
    assert len(keys.key_blocks) - 1 <= 21
    assert bpy.context.scene.frame_end == 2000
    tolerance = 1e-4 * float(np.ptp(RECORDED.rest, axis=0).max())
    for i in (0, 1, 777, 1998, 1999):
        assert np.linalg.norm(vertices_at(obj, 1 + i) - vertices[i], axis=1).max() <= tolerance
    if cyclic:
        assert np.linalg.norm(vertices_at(obj, 2001) - vertices[0], axis=1).max() <= tolerance


def test_changing_frames_of_a_long_clip_keeps_up_with_playback(changed_result):
    changed_result(header={"cyclic": False}, vertices=long_clip(2000))
    generate()
    scene = bpy.context.scene
    scene.frame_set(1)
    began = time.perf_counter()
    for frame in range(100, 2000, 100):
        scene.frame_set(frame)
    # 24 frames a second are 41.7 ms; measured with 10,000 vertices: 0.8 ms, with a key a frame 129 ms.
    assert (time.perf_counter() - began) / 19 < 0.0417
