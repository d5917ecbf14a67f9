"""Attention and the temporal convolution."""

import torch
from zoetrope.diffusion.transformer import TemporalConvolution, attention


def test_attention_gives_the_same_in_training_and_sampling():
    q, k, v = torch.randn(3, 2, 4, 33, 16, generator=torch.Generator().manual_seed(0))
    training = attention(q.requires_grad_(), k, v)
    with torch.no_grad():
        sampling = attention(q, k, v)
    assert training.requires_grad
    assert torch.allclose(training, sampling, atol=1e-5)


def convolved(cyclic, frames, reach=2):
    """What a random temporal convolution adds to frames (T, W)."""
    torch.manual_seed(0)
    convolution = TemporalConvolution(frames.shape[1], reach)
    torch.nn.init.normal_(convolution.kernel)
    with torch.no_grad():
        return convolution(frames[None], torch.tensor([float(cyclic)]))[0] - frames


def test_untrained_temporal_convolution_is_the_identity():
    x = torch.randn(2, 8, 4)
    assert torch.equal(TemporalConvolution(4, 2)(x, torch.tensor([0.0, 1.0])), x)


def test_temporal_convolution_wraps_around_in_loops_only():
    frames = torch.randn(12, 4)
    loop = convolved(True, frames)
    assert torch.allclose(convolved(True, frames.roll(5, 0)), loop.roll(5, 0), atol=1e-5)
    other = frames.clone()
    other[0] += torch.randn(4)
    for cyclic, reached in ((True, [0, 1, 2, 10, 11]), (False, [0, 1, 2])):
        changed = (convolved(cyclic, other) - convolved(cyclic, frames)).abs().amax(1) > 1e-4
        assert changed.nonzero().flatten().tolist() == reached
