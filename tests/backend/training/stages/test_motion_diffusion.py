"""Windows that the motion diffusion is trained on: loops from any frame, some labelled as one-way motion."""

from dataclasses import replace

import pytest
import tiny_run
import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.training.stages.motion_diffusion import ONE_WAY_SHARE, frame_masks, window_sampler

FRAMES, LATENT, EXTRA, DURATION = 8, 5, 8, -2


@pytest.fixture(scope="module")
def sampled():
    """Many sampled windows, raw, with their flags; the first channel is the index of the frame."""
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
    stage = replace(tiny_run.recipe().motion_diffusion, batch=2000)
    latents = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    sample_batch = window_sampler(tiny_run.prepared(FRAMES), tokens, latents, model, stage)
    windows, _, _, _, flags = sample_batch(torch.Generator().manual_seed(1))
    return model.standardiser.inverse(windows), flags


def test_a_share_of_the_loops_is_labelled_one_way(sampled):
    _, flags = sampled
    one_way = flags[:, 0] == 0
    assert one_way.float().mean() == pytest.approx(ONE_WAY_SHARE, abs=0.03)
    assert (flags[one_way] == 0).all(), "nor do they return to their start"


def test_one_way_window_is_a_frame_shorter_than_the_loop(sampled):
    windows, flags = sampled
    seconds = windows[:, 0, DURATION].exp()
    loop_seconds = torch.where(seconds > 1.5, 2.0, 1.0)
    share = torch.where(flags[:, 0] > 0, 1.0, (FRAMES - 1) / FRAMES)
    assert torch.allclose(seconds, loop_seconds * share, rtol=1e-4)
    assert windows[..., DURATION].diff(dim=1).abs().max() < 1e-5


def test_loops_begin_at_any_frame_and_keep_their_order(sampled):
    windows, flags = sampled
    for cyclic in (0, 1):
        frame = windows[flags[:, 0] == cyclic][..., 0].round()
        assert set(frame[:, 0].int().tolist()) == set(range(FRAMES))
        assert (frame.diff(dim=1) % FRAMES == 1).all()


def test_given_frames_are_none_a_prefix_both_ends_or_any():
    masks = frame_masks(2000, 32, torch.Generator().manual_seed(0))
    counts = masks.sum(1)
    assert 0.6 < (counts == 0).float().mean() < 0.85
    some = masks[counts > 0]
    prefix = (some.diff(dim=1) <= 0).all(1)
    assert prefix.any()
    assert ((some[:, 0] == 1) & (some[:, -1] == 1) & ~prefix).any()
    assert (some[:, 0] == 0).any()
    assert counts.max() < 32
