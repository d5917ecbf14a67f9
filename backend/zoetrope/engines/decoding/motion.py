"""Decoding motion tokens: codes -> weights (dictionary) -> motion field -> model frames, in the box."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.diffusion.temporal_filter import filter_positions
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.weights.bundle import ActionLabel, Bundle
from zoetrope.fields.chunked import evaluate_in_chunks


def decode_frames(
    bundle: Bundle, shape: Tensor, motion: Tensor, rest: np.ndarray, on_progress: OnProgress = ignore_progress
) -> ModelFrames:
    """Move rest points through all model frames.

    Parameters
    ----------
    shape : (1, S) float
        Raw shape tokens.
    motion : (T, M) float
        Raw motion tokens.
    rest : (V, 3) float32
    on_progress : callable
        Called with ("frames", frames done, T).
    """
    shape_latent = shape[:, : bundle.motion_field.config.shape_latent]
    tokens = bundle.motion_model.split(motion)
    rotation_vectors = tokens.rotations.cpu().numpy().astype(np.float64)
    translations = tokens.translations.cpu().numpy().astype(np.float64)
    rotations = Rotation.from_rotvec(rotation_vectors).as_matrix()
    points = torch.from_numpy(rest).to(shape.device)
    vertices = np.zeros((len(motion), *rest.shape), dtype=np.float32)
    same_codes = bool((tokens.codes == tokens.codes[:1]).all())
    weights = [w[0] for w in bundle.motion_dictionary.compose(tokens.codes[:1])]
    for i in range(len(motion)):
        if not same_codes:
            weights = [w[0] for w in bundle.motion_dictionary.compose(tokens.codes[i : i + 1])]
        latent = tokens.latents[i : i + 1]

        def offsets(x: Tensor, weights: list[Tensor] = weights, latent: Tensor = latent) -> Tensor:
            return bundle.motion_field(x[None], shape_latent, latent, weights)[0]

        moved = (points + evaluate_in_chunks(offsets, points)).cpu().numpy()
        vertices[i] = moved @ rotations[i].T + translations[i]
        on_progress("frames", i + 1, len(motion))
    return ModelFrames(vertices, rotation_vectors, translations)


def decode_filtered_frames(
    bundle: Bundle,
    shape: Tensor,
    motion: Tensor,
    rest: np.ndarray,
    category: str,
    label: ActionLabel,
    on_progress: OnProgress = ignore_progress,
) -> ModelFrames:
    """Return `decode_frames` after the temporal filter of the category's action, if the weights have one."""
    frames = decode_frames(bundle, shape, motion, rest, on_progress)
    if not bundle.description.smoothing:
        return frames
    gains = bundle.description.smoothing.gains_for(label.cyclic, category, label.name)
    window = bundle.motion_model.config.frames
    return ModelFrames(*(filter_positions(x, gains, window, label.cyclic) for x in frames))
