"""Arithmetic of the timeline."""

import numpy as np
import pytest

from blender_addon.core import timeline
from blender_addon.core.errors import GenerationError


@pytest.mark.parametrize("fps", [12.0, 23.976, 24.0, 29.97, 0.5, 240.0])
def test_render_rate_is_the_same_rate_in_whole_frames_and_a_base(fps):
    whole, base = timeline.render_rate(fps)
    assert isinstance(whole, int)
    assert whole >= 1
    assert whole / base == pytest.approx(fps)


def test_a_clip_of_another_rate_is_spaced_to_play_at_its_own_speed():
    assert timeline.frame_step(24.0, 12.0) == 2.0
    assert timeline.frame_step(24.0, 30.0) == pytest.approx(0.8)


def test_rates_that_differ_by_rounding_are_the_same():
    assert timeline.frame_step(24.00001, 24.0) == 1.0
    assert timeline.same_rate(24.00001, 24.0)
    assert not timeline.same_rate(24.0, 23.976)


def test_the_last_frame_of_a_clip():
    assert timeline.clip_end(1, 20, 1.0) == 20
    assert timeline.clip_end(1, 20, 2.0) == 40
    assert timeline.clip_end(10, 5, 0.5) == 12
    assert timeline.clip_end(1, 2, 0.1) == 1


def test_a_clip_ends_before_blenders_last_frame_or_is_refused():
    assert timeline.clip_end(timeline.MAX_FRAME - 20, 20, 1.0) == timeline.MAX_FRAME - 1
    with pytest.raises(GenerationError, match=r"from frame 1,048,555 on .* last frame, 1,048,574\."):
        timeline.clip_end(timeline.MAX_FRAME - 19, 20, 1.0)


def test_clips_alone_set_the_end_and_others_extend_it():
    assert timeline.scene_end([20, 30], before=250, alone=True) == 30
    assert timeline.scene_end([20, 30], before=250, alone=False) == 250
    assert timeline.scene_end([20, 300], before=250, alone=False) == 300


def evaluate(curves, frames):
    """Values (frame, key) of the linear curves, constant beyond their ends."""
    return np.stack([np.interp(frames, *curve) for curve in curves], axis=1)


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("step", [1.0, 0.8, 2.0])
def test_each_key_is_shown_alone_at_its_frame(count, cyclic, step):
    curves = timeline.shape_key_curves(count, 5, step, cyclic)
    values = evaluate(curves, 5 + step * np.arange(count))
    assert np.allclose(values, np.eye(count))
    assert all(frames == sorted(set(frames)) for frames, _ in curves)


@pytest.mark.parametrize("cyclic", [False, True])
def test_between_two_frames_both_keys_share_the_weight(cyclic):
    curves = timeline.shape_key_curves(6, 1, 1.0, cyclic)
    frames = np.linspace(1, 7 if cyclic else 6, 50)
    assert np.allclose(evaluate(curves, frames).sum(1), 1.0)


def test_a_loop_ends_in_its_first_key_one_step_after_its_last():
    curves = timeline.shape_key_curves(4, 1, 2.0, True)
    assert all(frames[0] == 1 and frames[-1] == 9 for frames, _ in curves)
    assert np.allclose(evaluate(curves, [1, 9]), [[1, 0, 0, 0]] * 2)


def test_one_frame_is_held():
    ((frames, values),) = timeline.shape_key_curves(1, 1, 1.0, False)
    assert set(values) == {1.0}
    assert frames == [1.0]
