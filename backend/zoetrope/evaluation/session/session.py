"""One evaluation: engines, references, and the folder that keeps finished parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from zlib import crc32

from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.base import Engine
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.protocols.leak_check import training_creatures
from zoetrope.evaluation.protocols.references import (
    SPLITS,
    FileFolder,
    LabelledSequence,
    clips_of,
    clips_of_split,
    sample_clips,
)
from zoetrope.evaluation.protocols.sample_sets import (
    Label,
    Sample,
    generate_samples,
    load_samples,
    save_samples,
)
from zoetrope.evaluation.protocols.token_baselines import TokenBaseline
from zoetrope.evaluation.session.result_cache import ResultCache
from zoetrope.evaluation.session.row_names import WITHOUT_PROPORTIONS
from zoetrope.rigs.donors.files import DESCRIPTION as DONORS
from zoetrope.training.data.training_tokens import tokens_path

FILES = "folder"
"""Stands for the user's files where a split is named."""
BASELINE_DETAIL = 64
"""Highest detail of baseline engines: clouds of 2,048 points need no more."""
SAVED_TOGETHER = 10
"""Samples between two savings of a set."""


def digest_of(labels: Sequence[Label]) -> str:
    """Return a checksum of labels in any order."""
    return f"{crc32(repr(sorted(labels)).encode()):08x}"


def _checksum(path: Path) -> str:
    """Return a checksum of a file."""
    return f"{crc32(path.read_bytes()):08x}"


@dataclass
class Session:
    """What the parts of an evaluation share.

    Parameters
    ----------
    name : str
        Name of the evaluated engine, as tables and `engines.<name>` of report.json have it.
    engines : dict of str to Engine
        The engine under its name, and its baselines (`BASELINES`).
    weights : Path
        Folder of the engine's weights.
    library : Library
    cache : ResultCache
    sets : int
        Independent sets of samples.
    detail : int
        Grid cells along the box of every sample.
    limit : int
        At most so many references, for a quick look; 0: all.
    points : int
        Points of a frame of every clip.
    device : str
        Where distances are computed: "cpu", "cuda" or "mps".
    training : dict
        What the weights were trained on, as their description has it: "split" and "creatures". Labels are
        sampled as frequently as their clips have them.
    files : FileFolder, optional
        A user's files to compare with instead of the frozen splits.
    split : str
        The only frozen split to evaluate; "": all.
    beside : tuple of str
        Names of engines of other weights, which have rows too; categories are then those of all.
    outer : bool
        Sample real clips on their outer surfaces only (`outer_surface`).
    on_progress : callable
        Called with (title of the step, done, total).
    """

    name: str
    engines: dict[str, Engine]
    weights: Path
    library: Library
    cache: ResultCache
    sets: int = 5
    detail: int = 128
    limit: int = 0
    points: int = POINTS
    device: str = "cpu"
    training: dict[str, Any] = field(default_factory=lambda: {"split": "by_creature", "creatures": []})
    files: FileFolder | None = None
    split: str = ""
    beside: tuple[str, ...] = ()
    outer: bool = False
    on_progress: OnProgress = ignore_progress
    _sequences: dict[tuple[str, str, bool], list[LabelledSequence]] = field(default_factory=dict, init=False)

    @property
    def engine(self) -> Engine:
        """The evaluated engine."""
        return self.engines[self.name]

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of the engine (and of those beside it); references are of these alone."""
        engines = [self.engine, *(self.engines[name] for name in self.beside)]
        offered = [[category.name for category in engine.info().categories] for engine in engines]
        return tuple(name for name in offered[0] if all(name in others for others in offered))

    @property
    def scope(self) -> str:
        """Folder of what depends on these categories, if they may be fewer than the engine's."""
        return "-".join(self.categories) if self.beside else "own"

    @cached_property
    def training_creatures(self) -> list[CreatureEntry]:
        """The labelled creatures that the engine was trained on."""
        return training_creatures(self.library, self.training)

    @property
    def splits(self) -> tuple[str, ...]:
        """What tables are computed for: the frozen splits, or the user's files alone."""
        return (FILES,) if self.files else (self.split,) if self.split else SPLITS

    @property
    def test_source(self) -> Library | FileFolder:
        """What reads the creatures of the test part."""
        return self.files or self.library

    def test_creatures(self) -> list[CreatureEntry]:
        """Return the creatures of the user's files, or of the test part of the split by creature."""
        if self.files:
            return list(self.files.entries.values())
        return self.library.creatures("test", self.categories)

    def unseen_creatures(self) -> list[CreatureEntry]:
        """Return those of `test_creatures` that the engine was not trained on, nor on a near-copy of."""
        known = {entry.near_copies for entry in self.training_creatures}
        return [one for one in self.test_creatures() if self.files or one.near_copies not in known]

    def sequences(self, split: str, part: str, all_categories: bool = False) -> list[LabelledSequence]:
        """Return the point clouds of the real clips of a part ("train" or "test") of a split.

        Of the split `FILES`, the test part is the user's files, the training part that of the engine's split.
        """
        if split == FILES and part != "test":
            return self.sequences(str(self.training["split"]), part, all_categories)
        key = (split, part, all_categories)
        if key not in self._sequences:
            self.on_progress(f"reading {split}, {part}", 0, 1)
            from_files = split == FILES
            clips = (
                clips_of(self.test_creatures()) if from_files else clips_of_split(self.library, split, part)
            )
            source = self.test_source if from_files else self.library
            found = sample_clips(source, clips, outer=self.outer, points=self.points)
            if not from_files and not all_categories:
                found = [one for one in found if one.category in self.categories]
            if part == "test" and self.limit:
                found = found[:: max(1, len(found) // self.limit)][: self.limit]
            if not found:
                raise ZoetropeError(
                    f"The split {split} has no {part} clip of {', '.join(self.categories)}.",
                    code="bad_option",
                )
            self._sequences[key] = found
        return self._sequences[key]

    def samples(self, name: str, count: int) -> list[list[Sample]]:
        """Return independent sets of `count` samples of an engine, each set kept in a file.

        A smaller set is the beginning of a larger one, so a file serves every split. A killed evaluation
        loses at most `SAVED_TOGETHER` samples.
        """
        engine = self.engines[name]
        is_baseline = name not in (self.name, WITHOUT_PROPORTIONS, *self.beside)
        detail = min(self.detail, BASELINE_DETAIL) if is_baseline else self.detail
        stem = f"{self.scope}/{name}" if self.beside else name
        return self.sample_sets(stem, engine, self.training_labels, count, detail)

    def sample_sets(
        self, stem: str, engine: Engine, labels: Sequence[Label], count: int, detail: int
    ) -> list[list[Sample]]:
        """Return sets of samples as `samples`, with labels as frequent as the given ones.

        Parameters
        ----------
        stem : str
            Beginning of the files' names, in the folder of samples.
        """
        checksum = "-".join(one[:12] for one in self._checksums(engine)) or "none"
        title, sets = stem.rsplit("/", 1)[-1], []
        for index in range(self.sets):
            file = f"{stem}-{checksum}-{digest_of(labels)}-{detail}-{self.points}-{index}.npz"
            path = self.cache.folder / "samples" / file
            samples = load_samples(path) if path.exists() else []
            on_sample = partial(self._on_sample, f"sampling {title}, set {index + 1} of {self.sets}", count)
            while len(samples) < count:
                enough = min(count, len(samples) + SAVED_TOGETHER)
                samples = generate_samples(
                    engine, labels, enough, index, detail, self.points, on_sample, samples
                )
                save_samples(samples, path)
            sets.append(samples[:count])
        return sets

    @staticmethod
    def _checksums(engine: Engine) -> list[str]:
        """Return what samples depend on: weights, donors that dnf samples near to, tokens of baselines."""
        checksums = [engine.info().weights_checksum]
        if isinstance(engine, DnfEngine) and (engine.weights / DONORS).exists():
            checksums.append(_checksum(engine.weights / DONORS))
        if isinstance(engine, TokenBaseline):
            checksums.append(_checksum(tokens_path(engine.weights)))
        return checksums

    def _on_sample(self, title: str, count: int, done: int, _: int) -> None:
        self.on_progress(title, done, count)

    @cached_property
    def training_labels(self) -> list[Label]:
        """The labels of the training clips of these categories: samples of all engines are as frequent."""
        return [
            (entry.category, clip.action)
            for entry, clip in clips_of(self.training_creatures)
            if entry.category in self.categories
        ]

    @cached_property
    def label_digest(self) -> str:
        """Checksum of `training_labels`: samples that were requested by other ones do not serve."""
        return digest_of(self.training_labels)

    def key(self, *more: object, engine: str = "", tokens: bool = False) -> dict[str, object]:
        """Return what a stored part depends on: real clips, and an engine and training tokens where given."""
        key: dict[str, object] = {
            "limit": self.limit,
            "points": self.points,
            "more": [str(one) for one in more],
        }
        if self.files:
            key["files"] = self.files.checksum
        if tokens:
            key["tokens"] = _checksum(tokens_path(self.weights))
        if engine:
            key |= {
                "weights": "-".join(self._checksums(self.engines[engine])),
                "sets": self.sets,
                "detail": self.detail,
                "labels": self.label_digest,
            }
        return key
