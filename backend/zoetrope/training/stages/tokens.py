"""Raw tokens of all training bodies and clips, from their embeddings: the training set of the diffusions."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding


@torch.no_grad()
def shape_latents_of(latents: Embedding) -> Tensor:
    """Return the latents (N, Z) of all bodies."""
    return latents(_all_rows(latents))


@torch.no_grad()
def shape_tokens_of(latents: Embedding, codes: Embedding) -> Tensor:
    """Return the tokens (N, Z + L C) of all bodies: latent, then the layers' codes."""
    rows = _all_rows(latents)
    return torch.cat([latents(rows), codes(rows).flatten(1)], dim=1)


@torch.no_grad()
def motion_tokens_of(data: PreparedData, latents: ClipEmbedding, codes: ClipEmbedding) -> Tensor:
    """Return the tokens (C, T, M) of all clips."""
    count, frames = data.rigid.shape[:2]
    clips = torch.arange(count, device=data.device)
    every = torch.arange(frames, device=data.device).expand(count, frames)
    return torch.cat([latents(clips, every), codes(clips, every).flatten(2), extra_channels(data)], dim=-1)


def extra_channels(data: PreparedData) -> Tensor:
    """Return the channels (C, T, 8) of motion tokens that no field reads: rigid transform and timing."""
    count, frames = data.rigid.shape[:2]
    rigid = data.rigid.cpu().numpy()
    vectors = np.stack([rotation_vectors(r[:, :3, :3]) for r in rigid])
    scalars = np.array([[np.log(clip.seconds), clip.travel_speed] for clip in data.clips])
    extra = np.concatenate(
        [vectors, rigid[:, :, :3, 3], np.broadcast_to(scalars[:, None], (count, frames, 2))], axis=-1
    )
    return torch.from_numpy(extra).float().to(data.device)


def rotation_vectors(rotations: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) -> rotation vectors (T, 3), continuous over time."""
    vectors = Rotation.from_matrix(rotations).as_rotvec()
    for i in range(1, len(vectors)):
        angle = np.linalg.norm(vectors[i])
        if angle > 1e-6:
            turn = vectors[i] / angle * 2 * np.pi
            equivalent = [vectors[i], vectors[i] - turn, vectors[i] + turn]
            vectors[i] = min(equivalent, key=lambda c: float(np.linalg.norm(c - vectors[i - 1])))
    return vectors


def _all_rows(embedding: Embedding) -> Tensor:
    return torch.arange(embedding.rows.num_embeddings, device=embedding.rows.weight.device)
