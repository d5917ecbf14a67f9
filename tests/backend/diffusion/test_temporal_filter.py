"""The filter takes a tremble out of slow motion, and leaves the motion."""

import numpy as np
import pytest
from zoetrope.diffusion.temporal_filter import (
    TemporalFilter,
    bent_through,
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
    """Of trembling draws."""
    rng = np.random.default_rng(2)
    known = np.mean([power_spectrum(one, cyclic) for one in slow(20, cyclic)], axis=0)
    spoiled = slow(20, cyclic, 1)
    drawn = np.mean([power_spectrum(one + rng.normal(0, 0.15, one.shape), cyclic) for one in spoiled], axis=0)
    return filter_gains(known, drawn)


@pytest.mark.parametrize("cyclic", [True, False])
def test_a_tremble_goes_and_motion_stays(cyclic):
    gains, rng = gains_of(cyclic), np.random.default_rng(3)
    for true in slow(5, cyclic, 4):
        trembling = true + rng.normal(0, 0.15, true.shape)
        calm = filter_positions(trembling, gains, FRAMES, cyclic)
        kept = 7 / 32 if cyclic else 4 / 32
        assert np.square(calm - true).mean() < 1.4 * kept * np.square(trembling - true).mean()
        np.testing.assert_allclose(calm.mean(0), trembling.mean(0), atol=1e-5, rtol=1e-5)
        assert calm.shape == true.shape


@pytest.mark.parametrize("cyclic", [True, False])
def test_without_a_tremble_nothing_changes(cyclic):
    known = slow(1, cyclic)[0]
    p = power_spectrum(known, cyclic)
    np.testing.assert_allclose(
        filter_positions(known, filter_gains(p, p), FRAMES, cyclic), known, atol=1e-4, rtol=1e-4
    )


def test_a_loop_may_begin_at_any_frame():
    gains = tuple(0.9**k for k in range(17))
    window = np.random.default_rng(0).normal(size=(FRAMES, 5, 3))
    here = filter_positions(np.roll(window, 5, axis=0), gains, FRAMES, True)
    there = np.roll(filter_positions(window, gains, FRAMES, True), 5, axis=0)
    np.testing.assert_allclose(here, there, atol=1e-5, rtol=1e-5)


def test_a_longer_clip_keeps_the_same_frequencies():
    gains = (1.0,) * 4 + (0.0,) * 28
    for harmonic, kept in ((3, True), (11, True), (17, False), (40, False)):
        wave = time_basis(128, False).numpy()[:, harmonic][:, None]
        calm = filter_positions(wave, gains, FRAMES, False)
        assert np.abs(calm).max() == pytest.approx(np.abs(wave).max() if kept else 0, abs=1e-4)


def test_gains_fall_from_all_to_none():
    known = np.array([5.0, 1.0, 0.2, 0.3, 0.0, 0.0])
    gains = filter_gains(known, known + 0.1)
    assert gains[0] == 1.0
    assert gains[1] == pytest.approx((1 / 1.1) ** 0.5, abs=1e-4)
    assert gains[2] == gains[3] == pytest.approx(0.75**0.5, abs=1e-4)
    assert gains[4:] == (0.0, 0.0)
    assert list(gains) == sorted(gains, reverse=True)
    assert filter_gains(known, known + 0.1, 2) == (1.0, 1.0, 1.0, *gains[3:])
    assert filter_gains(known + 0.1, known) == (1.0,) * 6, "what draws have too little of is not made louder"


def test_motion_is_bent_through_poses_and_nowhere_broken():
    (way,) = slow(1, False)
    where = np.zeros(FRAMES, dtype=bool)
    where[[0, 1, 2, 3, 28, 29, 30, 31]] = True
    poses = way + where[:, None, None] * np.array([0.0, 0.0, 2.0])
    found = bent_through(way, poses, where)
    np.testing.assert_allclose(found[where], poses[where], atol=1e-6)
    added = (found - way)[:, 0, 2]
    assert abs(added[16]) < 0.2, "far from the poses the motion is its own"
    assert np.abs(np.diff(added)).max() < 0.8, "the way back is no leap"
    np.testing.assert_allclose(bent_through(way, way, where), way, atol=1e-9)


def test_an_action_has_gains_of_its_own_or_those_of_its_kind():
    filters = TemporalFilter((1.0, 0.5), (1.0, 0.2), {gains_key("dog", "run", True): (1.0, 0.9)})
    assert filters.gains_for(True, "dog", "run") == (1.0, 0.9)
    assert filters.gains_for(False, "dog", "run") == (1.0, 0.2)
    assert filters.gains_for(True, "fish", "run") == (1.0, 0.5)
    assert filters.gains_for(False) == (1.0, 0.2)
