"""One evaluation: which engine, against which references, in which folder what is done is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.base import Engine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols import references
from zoetrope.evaluation.protocols.references import Item
from zoetrope.evaluation.protocols.sample_sets import Pair, SampleSet, draw_samples, load_set, save_set
from zoetrope.evaluation.protocols.trained_on import trained_on
from zoetrope.evaluation.report.store import Store

FOLDER = "folder"
RELATIVES_DETAIL = 64
"""Of the bounding engines: clouds of 2,048 points need no more."""

OnStep = Callable[[str, int, int], None]


def silent(name: str, step: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Creature:
    """A real creature and its clips (name, cyclic, action)."""

    name: str
    asset: AnimatedAsset
    clips: tuple[tuple[str, bool, str], ...]


@dataclass
class Session:
    """What the parts of an evaluation share.

    Parameters
    ----------
    name : str
        Of the engine in the tables.
    engines : dict of str to Engine
        The engine under its name, and its bounding relatives ("mean shape", "gaussian", "latent only").
    weights : Path
        Folder of the engine's weights.
    library : Library
    store : Store
    sets : int
        Independent sets.
    detail : int
        Grid cells along the box of every drawn creature.
    limit : int
        At most so many references (for a small case); 0: all.
    device : str
        Where distances are taken: "cpu", "cuda" or "mps".
    training : dict
        What the weights say of their training: "split" and "creatures"; labels are drawn as often as their
        clips have them.
    folder : Path, optional
        Animated GLB files of the user's, to be compared with instead of the frozen splits.
    split : str
        The one frozen split that is wanted; "": all of them.
    beside : str
        Name of the engine of other weights, which has a row too; everything is then of the categories that
        both draw.
    outer : bool
        Real clips are sampled on their outer surfaces alone, see `outer_surface`.
    """

    name: str
    engines: dict[str, Engine]
    weights: Path
    library: Library
    store: Store
    sets: int = 5
    detail: int = 128
    limit: int = 0
    device: str = "cpu"
    training: dict[str, Any] = field(default_factory=lambda: {"split": "by_creature", "creatures": []})
    folder: Path | None = None
    split: str = ""
    beside: str = ""
    outer: bool = False
    on_step: OnStep = silent
    _items: dict[tuple[str, str, bool], list[Item]] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The engine that is judged."""
        return self.engines[self.name]

    @property
    def categories(self) -> tuple[str, ...]:
        """What the engine draws (and the one beside it): it is compared with references of these alone."""
        both = [self.engine, self.engines[self.beside]] if self.beside else [self.engine]
        drawn = [[category.name for category in engine.info().categories] for engine in both]
        return tuple(name for name in drawn[0] if all(name in others for others in drawn))

    @property
    def scope(self) -> str:
        """Names what is made for these categories, where they are not all that the engine draws."""
        return "-".join(self.categories) if self.beside else "own"

    @property
    def trained(self) -> str:
        """The split that the engine was trained on."""
        return str(self.training["split"])

    @cached_property
    def known(self) -> list[CreatureEntry]:
        """What the engine was trained on: near to it, nothing is new."""
        return trained_on(self.library, self.training)

    @property
    def splits(self) -> tuple[str, ...]:
        """What the tables are made for: the frozen splits, or the user's folder alone."""
        if self.folder:
            return (FOLDER,)
        return (self.split,) if self.split else references.SPLITS

    def creatures(self, part: str) -> list[Creature]:
        """Creatures to compare with one by one: those trained on, or the test part, or the folder."""
        if self.folder and part == "test":
            read = [(path.name, read_gltf(path)) for path in sorted(self.folder.glob("*.glb"))]
            return [Creature(name, a, tuple((c, False, "") for c in a.clip_names)) for name, a in read]
        return [
            Creature(
                entry.file,
                self.library.read(entry),
                tuple((clip.name, clip.cyclic, clip.action) for clip in entry.usable_clips),
            )
            for entry in (self.known if part == "train" else self.library.creatures(part))
            if entry.category in self.categories
        ]

    def items(self, split: str, part: str, every: bool = False) -> list[Item]:
        """Real clips of a part of a split; of the engine's categories unless every one is asked for.

        The split "folder" has the user's files for its test part, and the engine's training for the other.
        """
        if split == FOLDER and part != "test":
            return self.items(self.trained, part, every)
        key = (split, part, every)
        if key not in self._items:
            self.on_step(f"reading {split}, {part}", 0, 1)
            if split == FOLDER and self.folder:
                found = references.folder_items(self.folder, outer=self.outer)
            else:
                found = references.real_items(self.library, split, part, outer=self.outer)
                found = [item for item in found if every or item.category in self.categories]
            if part == "test" and self.limit:
                found = found[:: max(1, len(found) // self.limit)][: self.limit]
            if not found:
                raise ZoetropeError(
                    f"The split {split} holds no {part} clip of {', '.join(self.categories)}.",
                    code="bad_option",
                )
            self._items[key] = found
        return self._items[key]

    def pairs(self) -> list[Pair]:
        """(category, action) of the clips that the engine was trained on."""
        clips = [(entry.category, clip.action) for entry in self.known for clip in entry.usable_clips]
        return [pair for pair in clips if pair[0] in self.categories]

    def samples(self, name: str, count: int) -> list[SampleSet]:
        """Independent sets of so many creatures of an engine, each kept in a file.

        A set of fewer is the beginning of the set of more: what is drawn once serves every split.
        """
        engine = self.engines[name]
        compared = name in (self.name, self.beside)
        detail = self.detail if compared else min(self.detail, RELATIVES_DETAIL)
        checksum = engine.info().weights_checksum[:12] or "none"
        made = []
        for number in range(self.sets):
            path = self._sets / f"{name}-{checksum}-{detail}-{number}.npz"
            one = load_set(path) if path.exists() else None
            if one is None or len(one.samples) < count:
                title = f"sampling {name}, set {number + 1} of {self.sets}"
                one = draw_samples(
                    engine, self.pairs(), count, number, detail, partial(self.on_step, title), one
                )
                save_set(one, path)
            made.append(replace(one, samples=one.samples[:count]))
        return made

    @property
    def _sets(self) -> Path:
        return self.store.folder / "sets" / (self.scope if self.beside else "")

    def key(self, *more: object, of: str = "") -> dict[str, object]:
        """What a part depends on, of the engine that is judged or of another by its name."""
        return self.key_of_weights(self.engines[of or self.name].info().weights_checksum, *more)

    def key_of_weights(self, checksum: str, *more: object) -> dict[str, object]:
        """What a part depends on that weights made."""
        return {
            "weights": checksum,
            "sets": self.sets,
            "detail": self.detail,
            **self.key_without_engine(*more),
        }

    def key_without_engine(self, *more: object) -> dict[str, object]:
        """What a part of real clips alone depends on: other weights need not make it again."""
        folder = [self.folder.resolve()] if self.folder else []
        return {"limit": self.limit, "more": [str(item) for item in (*more, *folder)]}
