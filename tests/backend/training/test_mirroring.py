"""Mirrored clips: tokens of their own, the samples of the clip they mirror."""

import dataclasses

import numpy as np
import pytest
import tiny
import torch
from zoetrope.training.export import labels
from zoetrope.training.mirroring import is_symmetric, with_mirrored_clips
from zoetrope.training.motion_stages import motion_batch
from zoetrope.training.tokens import rigid_and_clip


@pytest.fixture(scope="module")
def plain():
    """Two creatures, the first symmetric, the second not; two clips each, offsets that name their row."""
    data = tiny.prepared()
    rng = np.random.default_rng(0)
    half = rng.uniform(-1, 1, (2000, 3)) * [0.3, 0.9, 0.5]
    even = torch.from_numpy(np.concatenate([half, half * [-1, 1, 1]])[rng.permutation(4000)]).float()
    odd = even.clone()
    odd[:, 0] = odd[:, 0].abs()
    bodies = [
        dataclasses.replace(body, surface=(even, odd)[body.creature], number=body.number)
        for body in data.bodies
    ]
    clips = [dataclasses.replace(data.clips[i // 2], name=f"clip {i}") for i in range(4)]
    offsets = torch.arange(8.0)[:, None, None, None].expand(8, *data.offsets.shape[1:]).half()
    rigid = torch.eye(4).repeat(4, 8, 1, 1)
    turn = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    rigid[0, :, :3, :3], rigid[0, :, :3, 3] = turn, torch.tensor([0.1, 0.2, 0.3])
    return dataclasses.replace(
        data, bodies=bodies, clips=clips, offsets=offsets, rigid=rigid, first_row=2 * torch.arange(4)
    )


def test_symmetry(plain):
    assert is_symmetric(plain.bodies[0].surface.numpy())
    assert not is_symmetric(plain.bodies[2].surface.numpy())


def test_clips_of_symmetric_creatures_are_mirrored(plain):
    both = with_mirrored_clips(plain)
    said = [(clip.name, clip.mirrored) for clip in both.clips]
    assert said == [
        ("clip 0", False),
        ("clip 1", False),
        ("clip 0", True),
        ("clip 1", True),
        ("clip 2", False),
        ("clip 3", False),
    ]
    # a turn about z runs the other way round, and so does what lies to the side
    extra = rigid_and_clip(both)
    assert torch.allclose(extra[2, 0, :6], extra[0, 0, :6] * torch.tensor([1, -1, -1, -1, 1, 1]), atol=1e-6)
    assert torch.linalg.det(both.rigid[2, 0, :3, :3]) == pytest.approx(1)


def test_batches_mirror_the_samples(plain):
    both = with_mirrored_clips(plain)
    clips, _, bodies, where, moved = motion_batch(both, 400, 16, torch.Generator().manual_seed(0))
    assert set(clips.tolist()) == set(range(6))
    for clip, body, x, offset in zip(clips.tolist(), bodies.tolist(), where, moved, strict=True):
        stored = [0, 1, 0, 1, 0, 1][clip]
        side = torch.tensor([-1.0 if clip in (2, 3) else 1.0, 1.0, 1.0])
        assert torch.equal(offset, (2 * body + stored) * side.expand_as(offset))
        there = plain.flow_points[body]
        assert torch.cdist((x * side)[None], there[None]).min(dim=-1).values.max() < 1e-3


def test_labels_count_clips_once(plain):
    assert labels(with_mirrored_clips(plain)) == labels(plain)
