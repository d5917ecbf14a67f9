"""The clips of a run whose samples are files: their labels, and where their samples are."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
from torch import Tensor

from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.engines.weights.bundle import CategoryLabel
from zoetrope.training.data.category_labels import labels_of_clips
from zoetrope.training.data.labels import UNLABELLED, label_index
from zoetrope.training.data.occupancy_samples import OccupancyRecipe, file_name
from zoetrope.training.data.sources import Source
from zoetrope.training.recipe import CreatureSelection

REST = "rest"
"""Action of all bodies, whose samples are of the rest pose."""
MIN_SECONDS = 0.05
"""Of a clip, where its file has one key alone."""


@dataclass(frozen=True)
class ClipSet:
    """The clips that a run is trained on; of bodies alone, the first of each creature.

    Parameters
    ----------
    clips : list of (CreatureEntry, ClipEntry)
    samples : list of Path
        One file a clip.
    bodies : bool
        The samples are of rest poses: their action is `REST`.
    """

    clips: list[tuple[CreatureEntry, ClipEntry]]
    samples: list[Path]
    bodies: bool

    @cached_property
    def categories(self) -> list[str]:
        """Categories, sorted, without `UNLABELLED`."""
        return sorted({entry.category for entry, _ in self.clips} - {UNLABELLED})

    @cached_property
    def actions(self) -> list[str]:
        """Actions, sorted, without `UNLABELLED`."""
        return sorted({self._action(clip) for _, clip in self.clips} - {UNLABELLED})

    def _action(self, clip: ClipEntry) -> str:
        return REST if self.bodies else clip.action

    @cached_property
    def category_index(self) -> Tensor:
        """Category of each clip (N,), from 1; 0 for unlabelled."""
        return torch.tensor([label_index(entry.category, self.categories) for entry, _ in self.clips])

    @cached_property
    def action_index(self) -> Tensor:
        """Action of each clip (N,), from 1; 0 for unlabelled."""
        return torch.tensor([label_index(self._action(clip), self.actions) for _, clip in self.clips])

    @cached_property
    def seconds(self) -> Tensor:
        """Duration of each clip (N,)."""
        return torch.tensor([max(MIN_SECONDS, clip.seconds) for _, clip in self.clips])

    @property
    def creatures(self) -> list[CreatureEntry]:
        """The creatures of the clips, each once."""
        return list({entry.file: entry for entry, _ in self.clips}.values())

    @property
    def digest(self) -> str:
        """Checksum of the names of creatures and clips, in order; their content is not compared."""
        return f"{crc32(repr([path.name for path in self.samples]).encode()):08x}"

    def labels(self) -> tuple[CategoryLabel, ...]:
        """Return the categories and actions that weights offer."""
        return labels_of_clips(
            [
                (
                    e.category,
                    self._action(c),
                    c.cyclic and not self.bodies,
                    c.returns_to_start,
                    e.file,
                    e.height_m,
                )
                for e, c in self.clips
            ]
        )

    def description(self, recipe: str, split: str) -> dict[str, Any]:
        """Return the training part of the description of weights."""
        return {
            "recipe": recipe,
            "split": split,
            "part": "train",
            "creatures": [entry.file for entry in self.creatures],
            "clips": len(self.clips),
            "torch": torch.__version__,
        }


def clip_set(source: Source, selection: CreatureSelection, folder: Path, recipe: OccupancyRecipe) -> ClipSet:
    """Return the clips of a run; their samples are yet to be prepared into `folder` (`prepare_occupancy`)."""
    bodies = recipe.frames == 1
    clips = [
        (entry, clip)
        for entry in source.creatures(selection)
        for clip in entry.usable_clips[: 1 if bodies else None]
    ]
    samples = [folder / file_name(entry.file, "" if bodies else clip.name) for entry, clip in clips]
    return ClipSet(clips, samples, bodies)
