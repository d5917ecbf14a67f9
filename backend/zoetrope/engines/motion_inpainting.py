"""Motion beyond one window: longer clips, and what lies between given poses. Both fill in masked frames."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.engines.sampling import STEPS, sample_motion

OVERLAP = 0.25
"""Share of a window that is given when a clip is drawn on: the model was trained on prefixes up to a half."""


@dataclass(frozen=True)
class Conditions:
    """What a window is drawn for, as `sample_motion` takes it."""

    shape: Tensor
    category: int
    action: int
    flags: tuple[bool, bool]
    guidance: float = 1.0
    steps: int = STEPS


def extend(
    model: MotionModel, generator: torch.Generator, tokens: Tensor, frames: int, asked: Conditions
) -> Tensor:
    """Draw a one-way clip on, window by window.

    Parameters
    ----------
    tokens : (T, size) float
        Raw tokens so far, at least as many as the overlap.
    frames : int
        How many model frames there shall be; fewer than there are cut the clip.

    Returns
    -------
    (frames, size) float
        The first T are the given ones; duration and codes of the clip stay what they were.
    """
    window = model.config.frames
    given = max(1, min(round(OVERLAP * window), len(tokens)))
    out = tokens
    while len(out) < frames:
        known = torch.zeros(window, model.size, device=tokens.device)
        known[:given] = out[-given:]
        mask = torch.zeros(window, device=tokens.device)
        mask[:given] = 1
        drawn = _draw(model, generator, asked, known, mask)
        out = torch.cat([out, _of_clip(model, drawn[given:], out[-1])])
    return out[:frames]


def between(
    model: MotionModel,
    generator: torch.Generator,
    first: Tensor,
    last: Tensor,
    frames: int,
    asked: Conditions,
) -> Tensor:
    """Draw what lies between two groups of poses.

    Parameters
    ----------
    first, last : (A, size) and (B, size) float
        Raw tokens of the poses that are given, A + B < frames.
    frames : int
        Frames of the whole, given poses included; at most a window.

    Returns
    -------
    (frames, size) float
        Begins with `first` and ends with `last`, as given. Codes go over from one clip's to the other's.

    Raises
    ------
    ValueError
        The poses do not leave room, or the whole is longer than a window.
    """
    window = model.config.frames
    if not len(first) + len(last) < frames <= window:
        raise ValueError(f"{len(first)} + {len(last)} given frames do not fit into {frames} of {window}")
    # The model knows whole windows: a shorter whole is a window played faster.
    place = torch.linspace(0, window - 1, frames).round().long()
    known = torch.zeros(window, model.size, device=first.device)
    mask = torch.zeros(window, device=first.device)
    # Both ends are told as poses of one clip: the model has seen no other.
    half = torch.lerp(first[-1], last[0], 0.5)
    for poses, where in ((first, place[: len(first)]), (last, place[-len(last) :])):
        known[where], mask[where] = _of_clip(model, poses, half), 1
    drawn = _draw(model, generator, asked, known, mask)[place]
    share = torch.linspace(0, 1, frames, device=drawn.device)[:, None]
    ends = _of_clip(model, drawn, first[-1]), _of_clip(model, drawn, last[0])
    out = torch.lerp(*ends, share)
    out[: len(first)], out[-len(last) :] = first, last
    return out


def _draw(
    model: MotionModel, generator: torch.Generator, asked: Conditions, known: Tensor, mask: Tensor
) -> Tensor:
    return sample_motion(
        model,
        generator,
        asked.shape,
        asked.category,
        asked.action,
        asked.flags,
        asked.guidance,
        asked.steps,
        known=known,
        mask=mask,
    )


def _of_clip(model: MotionModel, drawn: Tensor, pose: Tensor) -> Tensor:
    """Drawn tokens (T, size) with what belongs to the clip, not to the frame, taken from a pose (size,)."""
    out = drawn.clone()
    out[:, -2:] = pose[-2:]  # duration and travelling speed
    if model.config.clip_codes:
        codes = slice(model.config.latent, -model.config.extra)
        out[:, codes] = pose[codes]
    return out
