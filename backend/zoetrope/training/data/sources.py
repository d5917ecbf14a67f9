"""Sources of training creatures: the shared library with its labels and splits, or a folder of files."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.guessed_labels import (
    CYCLIC_ACTIONS,
    PROBE_FRAMES,
    ends_at_start,
    guess_action,
    has_motion,
)
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library, creature_folder, find_shared
from zoetrope.clips.mesh_frames_file import check_one_mesh
from zoetrope.clips.trailing_reset import trim_trailing_resets
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.training.recipe import CreatureSelection

log = logging.getLogger(__name__)

DEFAULT_CATEGORY = "creature"
"""Category of files that lie in no sub-folder."""


class Source(Protocol):
    """Where the preparation reads creatures from; it must be picklable."""

    def __hash__(self) -> int: ...

    def creatures(self, recipe: CreatureSelection) -> list[CreatureEntry]:
        """Return the creatures of a recipe, with the clips that it trains on."""
        ...

    def read(self, entry: CreatureEntry) -> AnimatedAsset | UnriggedAsset:
        """Read a creature's file."""
        ...

    def path(self, entry: CreatureEntry) -> Path:
        """Return where a creature's file lies."""
        ...

    def held_out(self, clips: Sequence[tuple[CreatureEntry, ClipEntry]]) -> list[bool]:
        """Return for each clip whether some split holds it out of training."""
        ...


@dataclass(frozen=True)
class SharedSource:
    """The training part of the shared library.

    shared : folder with data/creatures, data/labels.json and data/splits.json.
    """

    shared: Path

    def creatures(self, recipe: CreatureSelection) -> list[CreatureEntry]:
        """Return the creatures of a recipe with their clips of the training part.

        Raises
        ------
        ZoetropeError
            Code "bad_option": no creature is left, or one of them is held out.
        """
        library = Library(self.shared)
        entries = training_part(library, recipe.split, recipe.open_meshes)
        chosen = [
            entry
            for entry in entries
            if (not recipe.categories or entry.category in recipe.categories)
            and (entry.licence_text or not recipe.licence_text)
            and entry.usable_clips
        ]
        if not chosen:
            raise ZoetropeError(
                f"No creature of {', '.join(recipe.categories) or 'any category'} is in the training part.",
                code="bad_option",
                remedy="See the categories in data/labels.json.",
            )
        refuse_held_out(library, chosen, recipe.split)
        return chosen

    def read(self, entry: CreatureEntry) -> AnimatedAsset:
        """Read a creature's file, the creature facing -Y."""
        return Library(self.shared).read(entry)

    def path(self, entry: CreatureEntry) -> Path:
        """Return where a creature's file lies."""
        return creature_folder(self.shared) / entry.file

    def held_out(self, clips: Sequence[tuple[CreatureEntry, ClipEntry]]) -> list[bool]:
        """Return for each clip whether the validation or test part of either split has it."""
        splits = Library(self.shared).splits
        of_clips, of_creatures = (
            [item for part in ("validation", "test") for item in splits[name][part]]
            for name in ("by_clip", "by_creature")
        )
        return [entry.file in of_creatures or [entry.file, clip.name] in of_clips for entry, clip in clips]


def open_source(folder: Path | None, shared: Path | None) -> Source:
    """Return a folder of a user's creatures, or without one the shared library.

    Raises
    ------
    ZoetropeError
        Code "bad_option": neither is given, and the library is not beside the repository.
    """
    if folder:
        return FolderSource(folder)
    found = shared or find_shared()
    if found is None:
        raise ZoetropeError(
            "There are no creatures to train on: the labelled ones are not part of the repository.",
            code="bad_option",
            remedy="Give a folder of animated files with --data, or the labelled creatures with --shared.",
        )
    return SharedSource(found)


def training_part(library: Library, split: str, with_open_meshes: bool) -> list[CreatureEntry]:
    """Return the creatures of a split's training part, with their clips of it."""
    if split == "by_creature":
        entries = library.creatures("train")
    else:
        clips: dict[str, list[ClipEntry]] = {}
        for entry, clip in library.clips("train"):
            clips.setdefault(entry.file, []).append(clip)
        entries = [replace(library.entries[file], clips=tuple(c)) for file, c in clips.items()]
    return [*entries, *open_meshes(library)] if with_open_meshes else entries


def open_meshes(library: Library) -> list[CreatureEntry]:
    """Return the creatures whose meshes are open even after hole filling, with those clips that have motion.

    No split contains them, since the sign of the distance to an open mesh is uncertain; here it comes from
    the winding number.
    """
    found = []
    for entry in library.entries.values():
        if entry.recommended:
            continue
        asset = library.read(entry)
        clips = [
            replace(clip, usable=True)
            for clip in entry.clips
            if has_motion(asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), PROBE_FRAMES)))
        ]
        found.append(replace(entry, clips=tuple(clips)))
    return found


def refuse_held_out(library: Library, entries: list[CreatureEntry], split: str) -> None:
    """Raise if a creature, a near-copy of one, or a clip is in the split's validation or test part."""
    held_out = [item for part in ("validation", "test") for item in library.splits[split][part]]
    if split == "by_clip":
        clips = {tuple(item) for item in held_out}
        leaked = sorted(
            f"{e.file} {c.name}" for e in entries for c in e.usable_clips if (e.file, c.name) in clips
        )
    else:
        copies = {library.entries[file].near_copies for file in held_out}
        leaked = sorted(entry.file for entry in entries if entry.near_copies in copies)
    if leaked:
        raise ZoetropeError(
            f"{', '.join(leaked)} is held out of training by the split {split}.",
            code="bad_option",
            remedy="Restore splits.json of the labelled creatures: its parts are frozen.",
        )


@dataclass(frozen=True)
class FolderSource:
    """A folder of animated .glb, .gltf and .anime files, sub-folders named after categories.

    Actions are guessed from the names of clips. A creature must face -Y in Blender (+Z in glTF) and, for
    glTF, be in metres. All files are training data.
    """

    folder: Path

    def creatures(self, recipe: CreatureSelection) -> list[CreatureEntry]:
        """Return all files that can be read and have motion; others are named in a warning.

        Raises
        ------
        ZoetropeError
            Code "bad_option": there is no such folder, or no usable file in it.
        """
        if not self.folder.is_dir():
            raise ZoetropeError(
                f"There is no folder {self.folder}.", code="bad_option", remedy="Check its name."
            )
        found, unusable, other_categories = [], [], []
        for path in sorted(self.folder.rglob("*")):
            if path.suffix.lower() not in (".glb", ".gltf", ".anime"):
                continue
            try:
                entry = self._entry(path)
            except ZoetropeError as error:
                log.warning("skipped: %s", error)
                unusable.append(path.name)
                continue
            if not entry.clips:
                log.warning("skipped: %s has no animation with motion.", path)
                unusable.append(path.name)
            elif recipe.categories and entry.category not in recipe.categories:
                other_categories.append(f"{path.name} ({entry.category})")
            else:
                found.append(entry)
        if other_categories:
            log.warning(
                "skipped: %s; the recipe takes only %s.",
                ", ".join(other_categories),
                ", ".join(recipe.categories),
            )
        if not found:
            self._raise_empty(unusable, other_categories, recipe)
        return found

    def _raise_empty(
        self, unusable: list[str], other_categories: list[str], recipe: CreatureSelection
    ) -> NoReturn:
        """Raise the error for a folder without a creature to train on, with what was skipped."""
        if other_categories:
            raise ZoetropeError(
                f"The recipe takes only {', '.join(recipe.categories)}; {self.folder} holds "
                f"{', '.join(other_categories[:3])}.",
                code="bad_option",
                remedy="Name the sub-folders after those categories, or set `categories` in the recipe.",
            )
        raise ZoetropeError(
            f"{self.folder} holds no animated creature that can be read"
            + (f" ({', '.join(unusable[:3])} could not)." if unusable else "."),
            code="bad_option",
            remedy="Put animated .glb, .gltf or .anime files into it; `zoetrope inspect FILE` checks one.",
        )

    def read(self, entry: CreatureEntry) -> AnimatedAsset | UnriggedAsset:
        """Read a creature's file."""
        return self._read(self.path(entry))

    def path(self, entry: CreatureEntry) -> Path:
        """Return where a creature's file lies."""
        return self.folder / entry.file

    @staticmethod
    def _read(path: Path) -> AnimatedAsset | UnriggedAsset:
        if path.suffix.lower() == ".anime":
            return UnriggedAsset(read_anime(path))
        asset = read_gltf(path)
        check_one_mesh(asset)
        return trim_trailing_resets(asset)

    def _entry(self, path: Path) -> CreatureEntry:
        asset = self._read(path)
        file = path.relative_to(self.folder).as_posix()
        clips = []
        for name in asset.clip_names:
            first, last = asset.span(name)
            frames = asset.evaluate(name, np.linspace(first, last, PROBE_FRAMES))
            if last <= first or not has_motion(frames):
                continue
            action, returns = guess_action(name), ends_at_start(frames)
            cyclic = returns and action in CYCLIC_ACTIONS
            clips.append(ClipEntry(name, action, cyclic, returns, last - first, True))
        height = float(np.ptp(asset.rest[:, 2])) if isinstance(asset, AnimatedAsset) else 1.0
        category = path.parent.name.lower() if path.parent != self.folder else DEFAULT_CATEGORY
        return CreatureEntry(file, category, min(max(height, 0.01), 100.0), file, True, tuple(clips), True)

    def held_out(self, clips: Sequence[tuple[CreatureEntry, ClipEntry]]) -> list[bool]:
        """Return False for each: all files are training data."""
        return [False] * len(clips)
