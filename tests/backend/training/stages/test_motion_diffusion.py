"""Which clips the motion diffusion is shown: loops from any frame, some of them told as motion one way."""

import dataclasses
import math

import pytest
import tiny_run
import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.training.data.tokens import DURATION
from zoetrope.training.stages.motion_diffusion import UNROLLED, clips_of

FRAMES, LATENT, EXTRA = 8, 5, 8


@pytest.fixture(scope="module")
def drawn():
    """Many drawn windows in raw tokens with their flags; the first latent counts the frames."""
    data = tiny_run.prepared(FRAMES)
    model = MotionModel(
        MotionModelConfig(
            frames=FRAMES,
            latent=LATENT,
            layers=0,
            code=0,
            extra=EXTRA,
            shape=3,
            categories=1,
            actions=1,
            width=16,
            depth=1,
            heads=2,
        )
    )
    tokens = torch.randn(2, FRAMES, LATENT + EXTRA, generator=torch.Generator().manual_seed(0))
    tokens[:, :, 0] = torch.arange(FRAMES)
    tokens[:, :, DURATION] = torch.tensor([1.0, 2.0]).log()[:, None]
    model.standardiser.fit(tokens.flatten(0, 1))
    stage = dataclasses.replace(tiny_run.recipe().motion_diffusion, batch=2000)
    draw = clips_of(data, tokens, torch.randn(4, 3), model, stage)
    windows, _, _, _, flags = draw(torch.Generator().manual_seed(1))
    return model.standardiser.inverse(windows), flags


def test_a_share_of_the_loops_is_told_one_way(drawn):
    _, flags = drawn
    one_way = flags[:, 0] == 0
    assert one_way.float().mean() == pytest.approx(UNROLLED, abs=0.03)
    assert (flags[one_way] == 0).all(), "nor do they return to their start"


def test_one_way_a_window_is_a_step_shorter(drawn):
    windows, flags = drawn
    seconds = windows[:, 0, DURATION].exp()
    whole = torch.where(seconds > 1.5, 2.0, 1.0)
    share = torch.where(flags[:, 0] > 0, 1.0, (FRAMES - 1) / FRAMES)
    assert torch.allclose(seconds, whole * share, rtol=1e-4)
    assert math.isclose(float(windows[..., DURATION].diff(dim=1).abs().max()), 0, abs_tol=1e-5)


def test_loops_begin_at_any_frame_and_keep_their_order(drawn):
    windows, flags = drawn
    for kind in (0, 1):
        place = windows[flags[:, 0] == kind][..., 0].round()
        assert set(place[:, 0].int().tolist()) == set(range(FRAMES))
        assert (place.diff(dim=1) % FRAMES == 1).all()
