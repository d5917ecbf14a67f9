"""The tokens that the diffusions learned from, on disk.

Evaluation compares draws with them, and a run that learns on from weights begins at them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared import PreparedData

FILE = "training_tokens.npz"
POWER = "motion_power"
WHOSE = ("shape_creature", "motion_creature", "motion_clip")


@dataclass(frozen=True)
class TrainingTokens:
    """Raw tokens and labels of all that was trained on.

    shape : (N, S) float32, one row a body; shape_category : (N,) str
    motion : (C, T, M) float32, one a clip; motion_category, motion_action : (C,) str
    shape_creature : (N,) str; motion_creature, motion_clip : (C,) str
        Whose they are; empty in files of before these were kept.
    motion_power : (C, 2, T) float32
        Of the true clips, see `true_power`; None in files of before it was kept.
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
    """Write the tokens of a run: shape (N, S), motion (C, T, M), power (C, 2, T) of the true clips."""
    category = {clip.creature: clip.category for clip in data.clips}
    known = TrainingTokens(
        shape=shape.numpy(),
        shape_category=np.array([category[body.creature] for body in data.bodies]),
        motion=motion.numpy(),
        motion_category=np.array([clip.category for clip in data.clips]),
        motion_action=np.array([clip.action for clip in data.clips]),
        shape_creature=np.array([data.creatures[body.creature] for body in data.bodies]),
        motion_creature=np.array([data.creatures[clip.creature] for clip in data.clips]),
        motion_clip=np.array([clip.name for clip in data.clips]),
        motion_power=power,
    )
    write_tokens(path, known)


def write_tokens(path: Path, known: TrainingTokens) -> None:
    """Write tokens to a file, in half precision."""
    arrays = {name: value for name, value in vars(known).items() if value is not None}
    arrays |= {name: arrays[name].astype(np.float16) for name in ("shape", "motion")}
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def tokens_path(weights: Path) -> Path:
    """The file of the tokens that weights were trained with, in their folder."""
    return weights / FILE


def load_tokens(path: Path) -> TrainingTokens:
    """Read what `save_tokens` wrote.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file is not there or is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            bodies, clips, names = (data.get(name, np.empty(0, dtype=str)) for name in WHOSE)
            return TrainingTokens(
                data["shape"].astype(np.float32),
                data["shape_category"],
                data["motion"].astype(np.float32),
                data["motion_category"],
                data["motion_action"],
                bodies,
                clips,
                names,
                data.get(POWER),
            )
    except (OSError, ValueError, KeyError) as error:
        raise ZoetropeError(
            f"{path} holds no training tokens.",
            code="bad_option",
            remedy="Give the training_tokens.npz of a finished run of `zoetrope train`.",
        ) from error


def initial_tokens(known: TrainingTokens, data: PreparedData) -> tuple[Tensor, Tensor]:
    """Where a fit of prepared creatures may begin: raw tokens of all bodies (N, S) and clips (C, T, M).

    What is known begins at its own tokens, anything else (all of a file without names) at the mean of what
    has its labels, or of all.
    """
    category = {clip.creature: clip.category for clip in data.clips}
    shape, motion = [], []
    for body, own in zip(data.bodies, _own_bodies(known, data), strict=True):
        alike = known.shape_category == category[body.creature]
        shape.append(_mean(known.shape, alike) if own is None else own)
    for clip, found in zip(data.clips, _own_clips(known, data), strict=True):
        alike = (known.motion_category == clip.category) & (known.motion_action == clip.action)
        motion.append(_mean(known.motion, alike) if found is None else found)
    return torch.from_numpy(np.stack(shape)), torch.from_numpy(np.stack(motion))


def tokens_of_same_run(known: TrainingTokens, data: PreparedData) -> tuple[Tensor, Tensor]:
    """The tokens that all bodies (N, S) and clips (C, T, M) had in the run before.

    Raises
    ------
    ZoetropeError
        Code "bad_option": that run did not know all of them.
    """
    shape = [row for row in _own_bodies(known, data) if row is not None]
    motion = [row for row in _own_clips(known, data) if row is not None]
    if len(shape) < len(data.bodies) or len(motion) < len(data.clips):
        raise ZoetropeError(
            f"Of {len(data.bodies)} bodies and {len(data.clips)} clips the run before knew {len(shape)} and "
            f"{len(motion)}.",
            code="bad_option",
            remedy="Use a recipe that learns motion too (shipped-cpu), or the creatures of that run.",
        )
    return torch.from_numpy(np.stack(shape)), torch.from_numpy(np.stack(motion))


def power_of_same_run(known: TrainingTokens, data: PreparedData) -> np.ndarray | None:
    """Power (C, 2, T) of all true clips as the run before kept it; None where it lacks any."""
    if known.motion_power is None:
        return None
    found = [row for row in _rows(known, known.motion_power, data) if row is not None]
    return np.stack(found) if len(found) == len(data.clips) else None


def _own_bodies(known: TrainingTokens, data: PreparedData) -> list[np.ndarray | None]:
    """Every body's tokens, None where the file has none of it."""
    rows: dict[str, list[np.ndarray]] = {}
    for name, row in zip(known.shape_creature, known.shape, strict=False):
        rows.setdefault(str(name), []).append(row)
    found: list[np.ndarray | None] = []
    for i, body in enumerate(data.bodies):
        own = rows.get(data.creatures[body.creature], [])
        place = i - int(data.first_body[body.creature])
        found.append(own[place] if place < len(own) else None)
    return found


def _own_clips(known: TrainingTokens, data: PreparedData) -> list[np.ndarray | None]:
    """Every clip's tokens, None where the file has none of it."""
    return _rows(known, known.motion, data)


def _rows(known: TrainingTokens, values: np.ndarray, data: PreparedData) -> list[np.ndarray | None]:
    """The row of values (C, ...) that is every clip's, None where there is none."""
    whose = zip(known.motion_creature, known.motion_clip, strict=False)
    rows = {(str(c), str(n)): row for (c, n), row in zip(whose, values, strict=False)}
    return [rows.get((data.creatures[clip.creature], clip.name)) for clip in data.clips]


def _mean(rows: np.ndarray, alike: np.ndarray) -> np.ndarray:
    return (rows[alike] if alike.any() else rows).mean(axis=0)
