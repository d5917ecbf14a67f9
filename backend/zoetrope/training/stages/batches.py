"""Random batches of shape and motion samples, split over the processes of a distributed run."""

import torch
from einops import repeat
from torch import Tensor

from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.distributed import local_rows

FRAMES_A_CLIP = 4
"""Frames of one clip in a batch; they share the clip's body and points."""


def shape_batch(
    data: PreparedData,
    instances: int,
    points: int,
    generator: torch.Generator,
    among: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Sample bodies and points of each.

    Parameters
    ----------
    instances, points : int
        B and N of the whole batch, which the processes share.
    among : (K,) int, optional
        Indices of the bodies to sample from; all by default.

    Returns
    -------
    bodies (B,), points (B, N, 3), distances (B, N)
    """
    device = data.device
    count = len(data.bodies) if among is None else len(among)
    bodies = torch.randint(count, (instances,), generator=generator, device=device)
    bodies = bodies if among is None else among[bodies]
    # Samples near the surface come first, uniform ones last: the square favours the near ones, 7 in 10.
    place = torch.rand(instances, points, generator=generator, device=device).square()
    bodies, place = local_rows(bodies, place)
    index = (place * data.sdf.shape[1]).long()
    rows = bodies[:, None]
    return bodies, data.sdf_points[rows, index], data.sdf[rows, index]


def motion_batch(
    data: PreparedData, instances: int, points: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Sample clips, K = `FRAMES_A_CLIP` frames of each, and points on the bodies of their creatures.

    Parameters
    ----------
    instances : int
        B K of the whole batch, which the processes share.

    Returns
    -------
    clips (B,), frames (B, K), bodies (B,), points (B, N, 3), offsets (B, K, N, 3)
    """
    device = data.device
    count = instances // FRAMES_A_CLIP
    clips = torch.randint(len(data.clips), (count,), generator=generator, device=device)
    frames = torch.randint(data.rigid.shape[1], (count, FRAMES_A_CLIP), generator=generator, device=device)
    index = torch.randint(data.flow_points.shape[1], (count, points), generator=generator, device=device)
    clips, frames, index = local_rows(clips, frames, index)
    bodies = data.creature_of_clip[clips]
    offsets = data.offsets[clips[:, None, None], frames[:, :, None], index[:, None]].float()
    return clips, frames, bodies, data.flow_points[bodies[:, None], index], offsets


def flat_frames(shape: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Repeat a clip's shape latent (B, Z) and points (B, N, 3) for its frames: (B K, Z), (B K, N, 3)."""
    k = FRAMES_A_CLIP
    return repeat(shape, "b z -> (b k) z", k=k), repeat(points, "b n c -> (b k) n c", k=k)
