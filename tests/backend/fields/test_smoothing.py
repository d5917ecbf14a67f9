"""The filter takes white noise out of slow motion, and leaves the motion."""

import pytest
import torch
from zoetrope.diffusion.motion_model import MotionModelConfig
from zoetrope.diffusion.smoothing import parts, power, smoothed, wiener
from zoetrope.diffusion.time_basis import harmonics, time_basis

CONFIG = MotionModelConfig(frames=32, latent=6, layers=2, code=2, extra=8, shape=4, width=32, depth=1)
SIZE = 6 + 4 + 8


def slow(count: int, cyclic: bool, seed: int = 0) -> torch.Tensor:
    """Windows of the four lowest harmonics."""
    basis = time_basis(32, cyclic)
    low = basis[:, harmonics(32, cyclic) < 4]
    return low @ torch.randn(count, low.shape[1], SIZE, generator=torch.Generator().manual_seed(seed)) * 3


@pytest.mark.parametrize("cyclic", [True, False])
def test_noise_goes_and_motion_stays(cyclic):
    known, true = slow(50, cyclic), slow(20, cyclic, 1)
    noise = 0.15 * torch.randn(20, 32, SIZE, generator=torch.Generator().manual_seed(2))
    before, after = power(known, CONFIG, cyclic), power(true + noise, CONFIG, cyclic)
    gains = {name: wiener(before[name], after[name]) for name in before}
    changing = SIZE - 2
    errors = []
    for one, spoiled in zip(true, true + noise, strict=True):
        calm = smoothed(spoiled, gains, CONFIG, cyclic)
        errors.append(
            (calm - one)[:, :changing].square().mean() / (spoiled - one)[:, :changing].square().mean()
        )
        assert torch.equal(calm[:, changing:].isfinite(), torch.ones(32, 2, dtype=torch.bool))
        torch.testing.assert_close(calm.mean(0), spoiled.mean(0), atol=1e-5, rtol=1e-5)
    kept = 7 / 32 if cyclic else 4 / 32
    assert torch.stack(errors).mean() < 1.4 * kept, "what is left is noise at the motion's own frequencies"


@pytest.mark.parametrize("cyclic", [True, False])
def test_without_noise_nothing_changes(cyclic):
    known = slow(50, cyclic)
    p = power(known, CONFIG, cyclic)
    gains = {name: wiener(p[name], p[name]) for name in p}
    torch.testing.assert_close(smoothed(known[0], gains, CONFIG, cyclic), known[0], atol=1e-4, rtol=1e-4)


def test_a_loop_may_begin_at_any_frame():
    gains = {name: tuple(0.9**k for k in range(17)) for name in parts(CONFIG)}
    window = torch.randn(32, SIZE, generator=torch.Generator().manual_seed(0))
    here = smoothed(window.roll(5, 0), gains, CONFIG, True)
    torch.testing.assert_close(here, smoothed(window, gains, CONFIG, True).roll(5, 0), atol=1e-5, rtol=1e-5)


def test_the_parts_are_all_but_the_clips_own_numbers():
    covered = [i for place in parts(CONFIG).values() for i in range(place.start, place.stop)]
    assert covered == list(range(SIZE - 2))


def test_gains_lie_between_none_and_all():
    known = torch.tensor([5.0, 1.0, 0.2, 0.3, 0.0, 0.0, 0.0, 0.0])
    gains = wiener(known, known + 0.1)
    assert gains[0] == 1.0
    assert gains[2] == gains[3] == pytest.approx(0.75)
    assert gains[4:] == (0.0,) * 4
    assert list(gains) == sorted(gains, reverse=True)
