"""Motion inpainting: longer clips and in-betweens, by sampling windows in which some frames are given.

`extend_clip` and `sample_in_between` work on tokens; `pass_through_poses` then makes the decoded frames meet
the given poses exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.decoding.motion import decode_filtered_frames
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.sampling.token_sampling import GivenFrames, MotionConditions, sample_motion
from zoetrope.engines.weights.bundle import ActionLabel, Bundle

OVERLAP = 0.25
"""Share of a window that is given when a clip is extended; the model was trained with up to a half."""
CORRECTION_LENGTH = 4.0
"""Length scale in model frames over which the correction at a given pose fades out."""


@dataclass(frozen=True)
class GivenPoses:
    """Consecutive poses of one clip that another clip must pass through.

    clip : (T, M) float, raw motion tokens of the whole clip.
    label : action that the clip is decoded as.
    frames : the given frames of the clip.
    start : frame of the other clip at which the first of them lies.
    """

    clip: Tensor
    label: ActionLabel
    frames: slice
    start: int


def extend_clip(
    model: MotionModel, generator: torch.Generator, tokens: Tensor, frames: int, conditions: MotionConditions
) -> Tensor:
    """Extend a one-way clip, window by window.

    Parameters
    ----------
    tokens : (T, size) float
        Raw motion tokens of the clip, at least as many as the overlap.
    frames : int
        Model frames of the result; fewer than T cut the clip.

    Returns
    -------
    (frames, size) float
        The first T are `tokens`; duration and codes stay those of the clip.
    """
    window = model.config.frames
    overlap = max(1, min(round(OVERLAP * window), len(tokens)))
    out = tokens
    while len(out) < frames:
        given = torch.zeros(window, model.size, device=tokens.device)
        given[:overlap] = out[-overlap:]
        mask = torch.zeros(window, device=tokens.device)
        mask[:overlap] = 1
        sampled = sample_motion(model, generator, conditions, given=GivenFrames(given, mask))
        out = torch.cat([out, _with_clip_tokens(model, sampled[overlap:], out[-1])])
    return out[:frames]


def sample_in_between(
    model: MotionModel,
    generator: torch.Generator,
    first: Tensor,
    last: Tensor,
    frames: int,
    conditions: MotionConditions,
) -> Tensor:
    """Sample the frames between two groups of poses.

    Parameters
    ----------
    first, last : (A, size) and (B, size) float
        Raw motion tokens of the given poses, A + B < frames.
    frames : int
        Frames of the result, given poses included; at most a window.

    Returns
    -------
    (frames, size) float
        Begins with `first` and ends with `last`. Codes are interpolated from one clip's to the other's.

    Raises
    ------
    ValueError
        There is no frame between the poses, or `frames` exceeds a window.
    """
    window = model.config.frames
    if not len(first) + len(last) < frames <= window:
        raise ValueError(f"{len(first)} + {len(last)} given frames do not fit into {frames} of {window}")
    # The model samples whole windows; fewer frames are picked from a window, evenly.
    picked = torch.linspace(0, window - 1, frames).round().long()
    given = torch.zeros(window, model.size, device=first.device)
    mask = torch.zeros(window, device=first.device)
    # The model was trained on poses of one clip: while sampling, both groups get the same clip tokens.
    clip_tokens = torch.lerp(first[-1], last[0], 0.5)
    for poses, places in ((first, picked[: len(first)]), (last, picked[-len(last) :])):
        given[places], mask[places] = _with_clip_tokens(model, poses, clip_tokens), 1
    sampled = sample_motion(model, generator, conditions, given=GivenFrames(given, mask))[picked]
    share = torch.linspace(0, 1, frames, device=sampled.device)[:, None]
    ends = _with_clip_tokens(model, sampled, first[-1]), _with_clip_tokens(model, sampled, last[0])
    out = torch.lerp(*ends, share)
    out[: len(first)], out[-len(last) :] = first, last
    return out


class InBetweenEngine(DnfEngine):
    """An engine whose decoded one-way clips pass through given poses.

    given : the poses; none by default.
    """

    given: Sequence[GivenPoses] = ()

    def decode_motion(
        self,
        resolved: ResolvedRequest,
        shape: Tensor,
        motion: Tensor,
        rest: np.ndarray,
        on_progress: OnProgress,
    ) -> ModelFrames:
        """Decode the model frames and correct them at the given poses."""
        frames = super().decode_motion(resolved, shape, motion, rest, on_progress)
        if not self.given:
            return frames
        return pass_through_poses(self.load(), shape, rest, resolved.request.category, frames, self.given)


def pass_through_poses(
    bundle: Bundle,
    shape: Tensor,
    rest: np.ndarray,
    category: str,
    frames: ModelFrames,
    given: Sequence[GivenPoses],
) -> ModelFrames:
    """Correct decoded frames so that they meet given poses exactly.

    Decoding alone does not: codes are interpolated, and the temporal filter changes poses.

    Parameters
    ----------
    shape : (1, S) float
        Raw shape tokens of the body.
    rest : (V, 3) float32
    frames : ModelFrames
        Decoded and filtered frames of a one-way clip.
    """
    targets = ModelFrames(*(x.copy() for x in frames))
    is_given = np.zeros(len(frames.vertices), dtype=bool)
    for poses in given:
        count = len(range(*poses.frames.indices(len(poses.clip))))
        places = slice(poses.start, poses.start + count)
        is_given[places] = True
        decoded = decode_filtered_frames(bundle, shape, poses.clip, rest, category, poses.label)
        for target, source in zip(targets, decoded, strict=True):
            target[places] = source[poses.frames]
    return ModelFrames(
        *(interpolate_correction(*pair, is_given) for pair in zip(frames, targets, strict=True))
    )


def interpolate_correction(frames: np.ndarray, targets: np.ndarray, is_given: np.ndarray) -> np.ndarray:
    """Return frames (T, ...) moved to the targets (T, ...) where is_given (T,), and smoothly around them.

    The correction is interpolated over time by Gaussian process regression with a Matern 3/2 kernel.
    """
    time = np.arange(len(frames)) * 3**0.5 / CORRECTION_LENGTH
    distance = np.abs(time[:, None] - time)
    kernel = (1 + distance) * np.exp(-distance)
    missing = (targets - frames)[is_given].reshape(is_given.sum(), -1).astype(np.float64)
    correction = kernel[:, is_given] @ np.linalg.solve(kernel[is_given][:, is_given], missing)
    return (frames + correction.reshape(frames.shape)).astype(frames.dtype)


def _with_clip_tokens(model: MotionModel, tokens: Tensor, pose: Tensor) -> Tensor:
    """Return tokens (T, size) with the parts that are constant over a clip taken from a pose (size,)."""
    config, out = model.config, tokens.clone()
    for part in (config.timing, config.codes) if config.clip_codes else (config.timing,):
        out[:, part] = pose[part]
    return out
