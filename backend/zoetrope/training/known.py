"""The tokens that the diffusions learned from, on disk: what evaluation compares their draws with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from zoetrope.errors import ZoetropeError
from zoetrope.training.data import Prepared
from zoetrope.whole_file import whole_file

FILE = "tokens.npz"
MIRRORED = ", mirrored"

WHOSE = ("shape_creature", "motion_creature", "motion_clip")


@dataclass(frozen=True)
class KnownTokens:
    """Raw tokens and labels of all that was trained on.

    shape : (N, S) float32, one row a body; shape_category : (N,) str
    motion : (C, T, M) float32, one a clip; motion_category, motion_action : (C,) str
    shape_creature : (N,) str; motion_creature, motion_clip : (C,) str
        Whose they are; empty in files of before these were kept.
    """

    shape: np.ndarray
    shape_category: np.ndarray
    motion: np.ndarray
    motion_category: np.ndarray
    motion_action: np.ndarray
    shape_creature: np.ndarray
    motion_creature: np.ndarray
    motion_clip: np.ndarray


def save_tokens(path: Path, data: Prepared, shape: Tensor, motion: Tensor) -> None:
    """Write the tokens of a run: shape (N, S), motion (C, T, M)."""
    category = {clip.creature: clip.category for clip in data.clips}
    with whole_file(path) as part, part.open("wb") as stream:
        np.savez_compressed(
            stream,
            allow_pickle=False,
            shape=shape.numpy().astype(np.float16),
            shape_category=np.array([category[body.creature] for body in data.bodies]),
            motion=motion.numpy().astype(np.float16),
            motion_category=np.array([clip.category for clip in data.clips]),
            motion_action=np.array([clip.action for clip in data.clips]),
            shape_creature=np.array([data.creatures[body.creature] for body in data.bodies]),
            motion_creature=np.array([data.creatures[clip.creature] for clip in data.clips]),
            motion_clip=np.array([clip.name + MIRRORED * clip.mirrored for clip in data.clips]),
        )


def load_tokens(path: Path) -> KnownTokens:
    """Read what `save_tokens` wrote.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file is not there or is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            return KnownTokens(
                data["shape"].astype(np.float32),
                data["shape_category"],
                data["motion"].astype(np.float32),
                data["motion_category"],
                data["motion_action"],
                *(data[name] if name in data else np.empty(0, dtype=str) for name in WHOSE),
            )
    except (OSError, ValueError, KeyError) as error:
        raise ZoetropeError(
            f"{path} holds no training tokens.",
            code="bad_option",
            remedy="Give the tokens.npz of a finished run of `zoetrope train`.",
        ) from error
