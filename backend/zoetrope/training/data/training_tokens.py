"""The tokens that the diffusions were trained on, as a file in the folder of the weights.

Evaluation compares samples with them, and a run that starts from weights initialises its tokens with them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoetrope.atomic_write import atomic_write
from zoetrope.damaged_files import DAMAGED_NPZ
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared_samples import PreparedData

FILE = "training_tokens.npz"
POWER = "motion_power"


@dataclass(frozen=True)
class TrainingTokens:
    """Raw tokens and labels of all training bodies and clips.

    shape : (N, S) float32, one row a body; shape_category : (N,) str
    motion : (C, T, M) float32, one row a clip; motion_category, motion_action : (C,) str
    shape_creature : (N,) str; motion_creature, motion_clip : (C,) str
        Names of creatures, each of one body, and of clips.
    motion_power : (C, 2, T) float32, optional
        Power of the clips by harmonic (`training_spectra.clip_spectra`); None in older files.
    """

    shape: np.ndarray
    shape_category: np.ndarray
    motion: np.ndarray
    motion_category: np.ndarray
    motion_action: np.ndarray
    shape_creature: np.ndarray
    motion_creature: np.ndarray
    motion_clip: np.ndarray
    motion_power: np.ndarray | None = None


def save_tokens(
    path: Path, data: PreparedData, shape: Tensor, motion: Tensor, power: np.ndarray | None = None
) -> None:
    """Write the tokens of a run: shape (N, S), motion (C, T, M), power (C, 2, T) of the prepared clips."""
    write_tokens(path, tokens_of_run(data, shape, motion, power))


def tokens_of_run(
    data: PreparedData, shape: Tensor, motion: Tensor, power: np.ndarray | None = None
) -> TrainingTokens:
    """Return the tokens of a run with their labels: arguments as in `save_tokens`."""
    category = {clip.creature: clip.category for clip in data.clips}
    return TrainingTokens(
        shape=shape.numpy(),
        shape_category=np.array([category[i] for i in range(len(data.creatures))]),
        motion=motion.numpy(),
        motion_category=np.array([clip.category for clip in data.clips]),
        motion_action=np.array([clip.action for clip in data.clips]),
        shape_creature=np.array(data.creatures),
        motion_creature=np.array([data.creatures[clip.creature] for clip in data.clips]),
        motion_clip=np.array([clip.name for clip in data.clips]),
        motion_power=power,
    )


def joined_tokens(first: TrainingTokens, second: TrainingTokens) -> TrainingTokens:
    """Return the tokens of both; the power of the clips only if both have it."""
    joined: dict[str, Any] = {
        name: None if value is None or other is None else np.concatenate([value, other])
        for (name, value), other in zip(vars(first).items(), vars(second).values(), strict=True)
    }
    return TrainingTokens(**joined)


def write_tokens(path: Path, tokens: TrainingTokens) -> None:
    """Write tokens to a file, in half precision."""
    arrays = {name: value for name, value in vars(tokens).items() if value is not None}
    arrays |= {name: arrays[name].astype(np.float16) for name in ("shape", "motion")}
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def tokens_path(weights: Path) -> Path:
    """Return the tokens file in a folder of weights."""
    return weights / FILE


def load_tokens(path: Path) -> TrainingTokens:
    """Read what `save_tokens` wrote.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file does not exist, holds no tokens, or several bodies of a creature.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            tokens = TrainingTokens(
                data["shape"].astype(np.float32),
                data["shape_category"],
                data["motion"].astype(np.float32),
                data["motion_category"],
                data["motion_action"],
                data["shape_creature"],
                data["motion_creature"],
                data["motion_clip"],
                data.get(POWER),
            )
    except (OSError, *DAMAGED_NPZ) as error:
        raise ZoetropeError(
            f"{path} holds no training tokens.",
            code="bad_option",
            remedy="Give the training_tokens.npz of a finished run of `zoetrope train`.",
        ) from error
    if len(set(tokens.shape_creature.tolist())) < len(tokens.shape):
        raise ZoetropeError(
            f"{path} is of an earlier version, with several bodies a creature.",
            code="bad_option",
            remedy="Train the weights anew.",
        )
    return tokens


def initial_tokens(tokens: TrainingTokens, data: PreparedData) -> tuple[Tensor, Tensor]:
    """Return raw tokens of all prepared bodies (N, S) and clips (C, T, M) that a fit can start from.

    Training bodies and clips start at their own tokens, others at the mean over
    their labels, or over all tokens if nothing has their labels.
    """
    category = {clip.creature: clip.category for clip in data.clips}
    shape, motion = [], []
    for creature, row in enumerate(_rows_of_bodies(tokens, data)):
        same_label = tokens.shape_category == category[creature]
        shape.append(_mean(tokens.shape, same_label) if row is None else row)
    for clip, window in zip(data.clips, _rows_of_clips(tokens, tokens.motion, data), strict=True):
        same_label = (tokens.motion_category == clip.category) & (tokens.motion_action == clip.action)
        motion.append(_mean(tokens.motion, same_label) if window is None else window)
    return torch.from_numpy(np.stack(shape)), torch.from_numpy(np.stack(motion))


def tokens_of_same_run(tokens: TrainingTokens, data: PreparedData) -> tuple[Tensor, Tensor]:
    """Return the tokens of all bodies (N, S) and clips (C, T, M), all of which the earlier run trained on.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the tokens lack some of them.
    """
    shape = [row for row in _rows_of_bodies(tokens, data) if row is not None]
    motion = [row for row in _rows_of_clips(tokens, tokens.motion, data) if row is not None]
    if len(shape) < len(data.bodies) or len(motion) < len(data.clips):
        raise ZoetropeError(
            f"The training tokens hold {len(shape)} of {len(data.bodies)} bodies and {len(motion)} of "
            f"{len(data.clips)} clips.",
            code="bad_option",
            remedy="Use a recipe that trains the fields too (shipped), or the creatures of that run.",
        )
    return torch.from_numpy(np.stack(shape)), torch.from_numpy(np.stack(motion))


def power_of_same_run(tokens: TrainingTokens, data: PreparedData) -> np.ndarray | None:
    """Return the power (C, 2, T) of all clips as the earlier run stored it; None if any is missing."""
    if tokens.motion_power is None:
        return None
    found = [row for row in _rows_of_clips(tokens, tokens.motion_power, data) if row is not None]
    return np.stack(found) if len(found) == len(data.clips) else None


def _rows_of_bodies(tokens: TrainingTokens, data: PreparedData) -> list[np.ndarray | None]:
    """Return the tokens (S,) of each creature's body, or None."""
    rows = dict(zip(tokens.shape_creature.tolist(), tokens.shape, strict=False))
    return [rows.get(name) for name in data.creatures]


def _rows_of_clips(tokens: TrainingTokens, values: np.ndarray, data: PreparedData) -> list[np.ndarray | None]:
    """Return each clip's row of values (C, ...), or None."""
    names = zip(tokens.motion_creature, tokens.motion_clip, strict=False)
    rows = {(str(c), str(n)): row for (c, n), row in zip(names, values, strict=False)}
    return [rows.get((data.creatures[clip.creature], clip.name)) for clip in data.clips]


def _mean(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (rows[mask] if mask.any() else rows).mean(axis=0)
