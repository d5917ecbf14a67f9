"""The motion diffusion's tokens and frame positions."""

import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig


def test_motion_model_splits_its_tokens():
    model = MotionModel(MotionModelConfig(frames=4, latent=3, layers=2, code=2, width=32, depth=1))
    tokens = torch.arange(15.0).expand(4, 15)
    parts = model.split(tokens)
    assert parts.latents[0].tolist() == [0, 1, 2]
    assert parts.codes[0].tolist() == [[3, 4], [5, 6]]
    assert parts.rotations[0].tolist() == [7, 8, 9]
    assert parts.translations[0].tolist() == [10, 11, 12]
    assert parts.timing[0].tolist() == [13, 14]


def test_clip_codes_are_averaged_over_time_and_other_tokens_kept():
    sizes = {"frames": 4, "latent": 3, "layers": 2, "code": 2, "width": 32, "depth": 1}
    tokens = torch.randn(4, 15)
    out = MotionModel(MotionModelConfig(**sizes, clip_codes=True)).average_clip_codes(tokens)
    assert torch.allclose(out[:, 3:7], tokens[:, 3:7].mean(0).expand(4, 4))
    assert torch.equal(out[:, :3], tokens[:, :3])
    assert torch.equal(out[:, 7:], tokens[:, 7:])
    assert torch.equal(MotionModel(MotionModelConfig(**sizes)).average_clip_codes(tokens), tokens)


def test_first_and_last_frame_are_adjacent_in_loops_only():
    model = MotionModel(MotionModelConfig(frames=32, width=32, depth=1))
    position = model.frame_position(torch.tensor([1.0, 0.0]))
    gap = (position[:, 0] - position[:, -1]).norm(dim=-1)
    step = (position[:, 1] - position[:, 0]).norm(dim=-1)
    assert gap[0] < 1.01 * step[0]
    assert gap[1] > 1.2 * step[1]
