"""The temporal filter removes jitter from slow motion, and keeps the motion."""

import numpy as np
import pytest
from zoetrope.diffusion.temporal_filter import (
    TemporalFilter,
    filter_gains,
    filter_positions,
    gains_key,
    power_spectrum,
)
from zoetrope.diffusion.time_basis import harmonics, time_basis

FRAMES = 32


def slow(count: int, cyclic: bool, seed: int = 0, frames: int = FRAMES) -> np.ndarray:
    """Positions (count, T, 40, 3) of the four lowest harmonics."""
    low = time_basis(frames, cyclic).numpy()[:, harmonics(frames, cyclic).numpy() < 4]
    values = np.random.default_rng(seed).normal(0, 3, (count, low.shape[1], 120))
    return (low @ values).reshape(count, frames, 40, 3)


def gains_of(cyclic: bool) -> tuple[float, ...]:
    """Gains from slow training clips and slow sampled clips with jitter."""
    rng = np.random.default_rng(2)
    sampled = [one + rng.normal(0, 0.15, one.shape) for one in slow(20, cyclic, 1)]
    spectra = [
        np.mean([power_spectrum(x, cyclic) for x in group], axis=0) for group in (slow(20, cyclic), sampled)
    ]
    return filter_gains(*spectra)


@pytest.mark.parametrize("cyclic", [True, False])
def test_jitter_is_removed_and_motion_kept(cyclic):
    gains, rng = gains_of(cyclic), np.random.default_rng(3)
    for true in slow(5, cyclic, 4):
        jittery = true + rng.normal(0, 0.15, true.shape)
        filtered = filter_positions(jittery, gains, FRAMES, cyclic)
        kept = 7 / 32 if cyclic else 4 / 32
        assert np.square(filtered - true).mean() < 1.4 * kept * np.square(jittery - true).mean()
        np.testing.assert_allclose(filtered.mean(0), jittery.mean(0), atol=1e-5, rtol=1e-5)
        assert filtered.shape == true.shape


@pytest.mark.parametrize("cyclic", [True, False])
def test_clips_without_jitter_are_unchanged(cyclic):
    (clip,) = slow(1, cyclic)
    power = power_spectrum(clip, cyclic)
    np.testing.assert_allclose(
        filter_positions(clip, filter_gains(power, power), FRAMES, cyclic), clip, atol=1e-4, rtol=1e-4
    )


def test_filtering_a_loop_commutes_with_its_start_frame():
    gains = tuple(0.9**k for k in range(17))
    window = np.random.default_rng(0).normal(size=(FRAMES, 5, 3))
    here = filter_positions(np.roll(window, 5, axis=0), gains, FRAMES, True)
    there = np.roll(filter_positions(window, gains, FRAMES, True), 5, axis=0)
    np.testing.assert_allclose(here, there, atol=1e-5, rtol=1e-5)


def test_a_longer_clip_keeps_the_same_frequencies():
    gains = (1.0,) * 4 + (0.0,) * 28
    for harmonic, kept in ((3, True), (11, True), (17, False), (40, False)):
        wave = time_basis(128, False).numpy()[:, harmonic][:, None]
        filtered = filter_positions(wave, gains, FRAMES, False)
        assert np.abs(filtered).max() == pytest.approx(np.abs(wave).max() if kept else 0, abs=1e-4)


def test_gains_fall_with_the_harmonic_and_never_amplify():
    training = np.array([5.0, 1.0, 0.2, 0.3, 0.0, 0.0])
    gains = filter_gains(training, training + 0.1)
    assert gains[0] == 1.0
    assert gains[1] == pytest.approx((1 / 1.1) ** 0.5, abs=1e-4)
    assert gains[2] == gains[3] == pytest.approx(0.75**0.5, abs=1e-4)
    assert gains[4:] == (0.0, 0.0)
    assert list(gains) == sorted(gains, reverse=True)
    assert filter_gains(training, training + 0.1, 2) == (1.0, 1.0, 1.0, *gains[3:])
    assert filter_gains(training + 0.1, training) == (1.0,) * 6


def test_action_without_gains_has_those_of_all_loops_or_one_way_clips():
    filters = TemporalFilter((1.0, 0.5), (1.0, 0.2), {gains_key("dog", "run", True): (1.0, 0.9)})
    assert filters.gains_for(True, "dog", "run") == (1.0, 0.9)
    assert filters.gains_for(False, "dog", "run") == (1.0, 0.2)
    assert filters.gains_for(True, "fish", "run") == (1.0, 0.5)
    assert filters.gains_for(False) == (1.0, 0.2)
