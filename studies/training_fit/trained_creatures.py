"""The labelled creatures that weights were trained on, with the tokens that training gave them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.results.reconstruction_results import evenly
from zoetrope.training.data.training_tokens import TrainingTokens


@dataclass(frozen=True)
class TrainedCreature:
    """One creature.

    shape : (1, S) raw shape tokens; motion : name of a clip -> (T, M) raw motion tokens.
    """

    entry: CreatureEntry
    shape: Tensor
    motion: dict[str, Tensor]

    @property
    def has_open_mesh(self) -> bool:
        """Whether its mesh has holes that cannot be filled: it is in no split (`sources.open_meshes`)."""
        return not self.entry.recommended

    def choose_clips(self, count: int) -> list[tuple[str, bool]]:
        """Return names and cyclic flags of so many clips, always the same ones; 0: all."""
        names = [clip.name for clip in self.entry.clips if clip.name in self.motion]
        if count and count < len(names):
            rng = np.random.default_rng(crc32(self.entry.file.encode()))
            names = [names[i] for i in sorted(rng.choice(len(names), count, replace=False))]
        cyclic = {clip.name: clip.cyclic for clip in self.entry.clips}
        return [(name, cyclic[name]) for name in names]


def trained_creatures(tokens: TrainingTokens, library: Library, count: int = 0) -> Iterator[TrainedCreature]:
    """Yield the creatures of the tokens that are in the library.

    Parameters
    ----------
    count : int
        At most so many, evenly over all; 0: all.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the library has none of them.
    """
    rows = [i for i, file in enumerate(tokens.shape_creature) if str(file) in library.entries]
    if not rows:
        raise ZoetropeError(
            "The weights were trained on none of the labelled creatures.",
            code="bad_option",
            remedy="Give the folder of labelled creatures of that run with --shared.",
        )
    for row in evenly(rows, count):
        file = str(tokens.shape_creature[row])
        clips = np.flatnonzero(tokens.motion_creature == file)
        motion = {str(tokens.motion_clip[i]): torch.from_numpy(tokens.motion[i]) for i in clips}
        shape = torch.from_numpy(tokens.shape[row : row + 1])
        yield TrainedCreature(library.entries[file], shape, motion)


def by_category(files: Sequence[str], library: Library) -> dict[str, list[str]]:
    """Return category -> creatures, sorted, then "all"."""
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(library.entries[file].category, []).append(file)
    return dict(sorted(groups.items())) | {"all": list(files)}
