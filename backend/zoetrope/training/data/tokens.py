"""Tokens of everything that was trained on: what the diffusions learn to draw."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.stages.embeddings import ClipEmbedding, Embedding

EXTRA = 8
"""A frame's other numbers: rotation vector (3), translation (3), log seconds of the clip, travel speed."""
RIGID = 6
"""Those of the rigid transform, which stand first."""
DURATION = -2
"""Place of the log seconds."""


@torch.no_grad()
def shape_latents(latents: Embedding) -> Tensor:
    """All bodies' latents (N, Z)."""
    return latents(_all(latents))


def _all(table: Embedding) -> Tensor:
    """The numbers of a table's rows."""
    return torch.arange(table.rows.num_embeddings, device=table.rows.weight.device)


@torch.no_grad()
def shape_tokens(latents: Embedding, codes: Embedding) -> Tensor:
    """All bodies' tokens (N, Z + L C): latent, then the layers' codes."""
    every = _all(latents)
    own = codes(every).flatten(1)
    return torch.cat([latents(every), own], dim=1)


def rotation_vectors(rotations: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) -> rotation vectors (T, 3), continuous over time."""
    vectors = Rotation.from_matrix(rotations).as_rotvec()
    for i in range(1, len(vectors)):
        angle = np.linalg.norm(vectors[i])
        if angle > 1e-6:
            turns = vectors[i] / angle * 2 * np.pi
            choices = [vectors[i], vectors[i] - turns, vectors[i] + turns]
            vectors[i] = min(choices, key=lambda c: float(np.linalg.norm(c - vectors[i - 1])))
    return vectors


@torch.no_grad()
def motion_tokens(data: PreparedData, latents: ClipEmbedding, codes: ClipEmbedding) -> Tensor:
    """All clips' tokens (C, T, Z + L C + EXTRA)."""
    count, frames = data.rigid.shape[:2]
    clips = torch.arange(count, device=data.device)
    every = torch.arange(frames, device=data.device).expand(count, frames)
    own = codes(clips, every).flatten(2)
    return torch.cat([latents(clips, every), own, rigid_and_clip(data)], dim=-1)


def rigid_and_clip(data: PreparedData) -> Tensor:
    """All clips' tokens (C, T, EXTRA) that no field reads: rigid transforms, duration, speed."""
    count, frames = data.rigid.shape[:2]
    rigid = data.rigid.cpu().numpy()
    vectors = np.stack([rotation_vectors(r[:, :3, :3]) for r in rigid])
    scalars = np.array([[np.log(clip.seconds), clip.travel_speed] for clip in data.clips])
    extra = np.concatenate(
        [vectors, rigid[:, :, :3, 3], np.broadcast_to(scalars[:, None], (count, frames, 2))], axis=-1
    )
    return torch.from_numpy(extra).float().to(data.device)
