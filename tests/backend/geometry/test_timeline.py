"""Interpolation from the model's frames to the timeline."""

import numpy as np
import pytest
from zoetrope.geometry.timeline import interpolate_to_timeline


def wave(count, cyclic):
    t = np.arange(count) / (count if cyclic else count - 1)
    return np.stack([np.sin(2 * np.pi * t), np.cos(2 * np.pi * t)], axis=1)


@pytest.mark.parametrize("cyclic", [True, False])
def test_sine_wave_is_interpolated_accurately(cyclic):
    values, seconds = interpolate_to_timeline(wave(32, cyclic), cyclic, 2.0, 30.0, None)
    assert len(values) == 60
    assert np.allclose(seconds, np.arange(60) / 30)
    assert np.abs(values - wave(60, cyclic)).max() < 2e-3


def test_same_number_of_frames_is_the_identity():
    model = wave(24, True)
    values, _ = interpolate_to_timeline(model, True, 1.0, 24.0, None)
    assert np.allclose(values, model)


def test_loop_plays_whole_cycles_and_closes():
    values, seconds = interpolate_to_timeline(wave(32, True), True, 1.0, 24.0, 50)
    assert len(values) == 50
    assert np.isclose(seconds[-1], 49 / 24)
    assert np.abs(values[25] - values[0]).max() < 1e-9  # two cycles of 25
    step = np.abs(np.diff(values, axis=0)).max()
    assert np.abs(values[0] - values[-1]).max() <= step * 1.01


def test_one_way_clip_is_stretched_and_keeps_its_end_frames():
    model = np.linspace(0, 1, 32)[:, None]
    values, _ = interpolate_to_timeline(model, False, 1.0, 24.0, 100)
    assert np.isclose(values[0, 0], 0)
    assert np.isclose(values[-1, 0], 1)
    assert len(values) == 100
