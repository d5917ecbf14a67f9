"""Power by frequency: what moves so often a window lies in that band, what leaps lies in all."""

import numpy as np
import pytest
from zoetrope.evaluation.spectra import BANDS, from_files, power_in_bands, table
from zoetrope.training.labelled_clips import LabelledClip
from zoetrope.training.true_power import of_frames

FRAMES = 32


def swinging(cycles, cyclic, size=0.1):
    """Points (T, 5, 3) that swing along x."""
    t = np.arange(FRAMES)
    angle = 2 * np.pi * cycles * t / FRAMES if cyclic else np.pi * 2 * cycles * (t + 0.5) / FRAMES
    frames = np.random.default_rng(0).normal(size=(1, 5, 3)).repeat(FRAMES, 0)
    frames[..., 0] += size * np.cos(angle)[:, None]
    return frames


@pytest.mark.parametrize("cyclic", [True, False])
@pytest.mark.parametrize(("cycles", "band"), [(1, 0), (2, 1), (3, 2), (4, 2), (6, 3), (12, 4)])
def test_a_swing_lies_in_its_band(cycles, band, cyclic):
    power = power_in_bands(swinging(cycles, cyclic), cyclic)
    assert power[band] == pytest.approx(0.1**2 / 2, rel=1e-3)
    assert power.sum() == pytest.approx(power[band], rel=1e-3)


def test_all_power_is_counted_and_what_stands_has_none():
    frames = np.random.default_rng(0).normal(size=(FRAMES, 7, 3))
    for cyclic in (True, False):
        power = power_in_bands(frames, cyclic)
        away = np.square(frames - frames.mean(0)).sum(-1).mean()
        assert power.sum() == pytest.approx(away, rel=1e-4)
        assert power_in_bands(frames[:1].repeat(FRAMES, 0), cyclic).sum() == pytest.approx(0, abs=1e-9)


def test_what_tokens_keep_of_true_clips_is_in_the_same_bands():
    clips = [LabelledClip(row, 0, "fish", "swim", 1, 1, (row == 1, False)) for row in (1, 0)]
    shown = [swinging(3, False), swinging(6, True)]
    found = from_files(np.stack([of_frames(frames) for frames in shown]), clips)
    assert found == pytest.approx(np.stack([power_in_bands(shown[1], True), power_in_bands(shown[0], False)]))


def test_the_table_has_medians_and_the_share_above_two_cycles():
    power = np.array([[4.0, 2.0, 1.0, 1.0, 0.0], [8.0, 4.0, 2.0, 2.0, 0.0], [1.0, 0, 0, 0, 0]]) * 1e-4
    lines = table(["clips"], [power], np.array([True, True, False]))
    assert "| loops (2) | clips | 6.00 | 3.00 | 1.50 | 1.50 | 0.00 | 25.0 % |" in lines
    assert "| one way (1) | clips | 1.00 | 0.00 | 0.00 | 0.00 | 0.00 | 0.0 % |" in lines
    assert lines[0].count("|") == len(BANDS) + 4
