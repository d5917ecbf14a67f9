"""Where training creatures come from: the shared library with its labels and splits, or one's own folder."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.guessed_labels import CYCLIC_ACTIONS, ends_at_start, guess_action, has_motion
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.clips.trailing_reset import trim_trailing_resets
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.training.recipe import DataRecipe

log = logging.getLogger(__name__)

KIND = "creature"
"""Category of files that lie in no folder of their own kind."""
BROKEN = ("q_uaa2021__Stag.glb",)
"""Seen in renders: its antlers lie on the ground."""
PROBES = 24
"""Frames a clip is looked at in."""


class Source(Protocol):
    """What the preparation reads from; it is handed to other processes."""

    def __hash__(self) -> int: ...

    def creatures(self, recipe: DataRecipe) -> list[CreatureEntry]:
        """The creatures of a recipe, with the clips that it trains on."""
        ...

    def read(self, entry: CreatureEntry) -> AnimatedAsset | UnriggedAsset:
        """A creature's file."""
        ...


@dataclass(frozen=True)
class SharedSource:
    """The training part of the shared library.

    shared : holds data/creatures, data/labels.json and data/splits.json.
    """

    shared: Path

    def creatures(self, recipe: DataRecipe) -> list[CreatureEntry]:
        """The creatures of a recipe with their clips of the training part.

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
        """A creature's file, the creature facing -Y."""
        return Library(self.shared).read(entry)


def training_part(library: Library, split: str, in_no_split: bool) -> list[CreatureEntry]:
    """The training part of a split, creatures with their clips of it; also those with open meshes."""
    if split == "by_creature":
        entries = library.creatures("train", (), split)
    else:
        clips: dict[str, list[ClipEntry]] = {}
        for entry, clip in library.clips("train"):
            clips.setdefault(entry.file, []).append(clip)
        entries = [replace(library.entries[file], clips=tuple(own)) for file, own in clips.items()]
    return [*entries, *open_meshes(library)] if in_no_split else entries


def open_meshes(library: Library) -> list[CreatureEntry]:
    """The creatures whose meshes stay open when their holes are filled, with those clips that move.

    They are in no split: the sign of a distance to such a mesh was not trusted. The winding number gives it
    one all the same.
    """
    found = []
    for entry in library.entries.values():
        if entry.recommended or entry.file in BROKEN:
            continue
        asset = library.read(entry)
        clips = [
            replace(clip, usable=True)
            for clip in entry.clips
            if has_motion(asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), PROBES)))
        ]
        found.append(replace(entry, clips=tuple(clips)))
    return found


def refuse_held_out(library: Library, entries: list[CreatureEntry], split: str) -> None:
    """Raise when what is to be trained on is held out: a creature or a near-copy of one, or a clip."""
    held_out = [what for part in ("validation", "test") for what in library.splits[split][part]]
    if split == "by_clip":
        clips = {tuple(what) for what in held_out}
        met = sorted(
            f"{e.file} {c.name}" for e in entries for c in e.usable_clips if (e.file, c.name) in clips
        )
    else:
        copies = {library.entries[file].near_copies for file in held_out}
        met = sorted(entry.file for entry in entries if entry.near_copies in copies)
    if met:
        raise ZoetropeError(
            f"{', '.join(met)} is held out of training by the split {split}.", code="bad_option"
        )


@dataclass(frozen=True)
class FolderSource:
    """A folder of animated .glb, .gltf and .anime files, sub-folders named after kinds of creatures.

    Labels come from the names of sub-folders and clips; a creature must face -Y in Blender (+Z in glTF) and,
    for glTF, be in metres. All of it is trained on.
    """

    folder: Path

    def creatures(self, recipe: DataRecipe) -> list[CreatureEntry]:
        """Every file that can be read and moves; what cannot is named in a warning.

        Raises
        ------
        ZoetropeError
            Code "bad_option": there is no such folder, or nothing in it to learn from.
        """
        if not self.folder.is_dir():
            raise ZoetropeError(
                f"There is no folder {self.folder}.", code="bad_option", remedy="Check its name."
            )
        found, wrong = [], []
        for path in sorted(self.folder.rglob("*")):
            if path.suffix.lower() not in (".glb", ".gltf", ".anime"):
                continue
            try:
                entry = self._entry(path)
            except ZoetropeError as error:
                log.warning("left out: %s", error)
                wrong.append(path.name)
                continue
            if entry.clips and (not recipe.categories or entry.category in recipe.categories):
                found.append(entry)
            elif not entry.clips:
                log.warning("left out: %s has no animation that moves.", path)
                wrong.append(path.name)
        if not found:
            raise ZoetropeError(
                f"{self.folder} holds no animated creature that can be read"
                + (f" ({', '.join(wrong[:3])} could not)." if wrong else "."),
                code="bad_option",
                remedy="Put animated .glb, .gltf or .anime files into it.",
            )
        return found

    def read(self, entry: CreatureEntry) -> AnimatedAsset | UnriggedAsset:
        """A creature's file."""
        return self._read(self.folder / entry.file)

    @staticmethod
    def _read(path: Path) -> AnimatedAsset | UnriggedAsset:
        if path.suffix.lower() == ".anime":
            return UnriggedAsset(read_anime(path))
        return trim_trailing_resets(read_gltf(path))

    def _entry(self, path: Path) -> CreatureEntry:
        asset = self._read(path)
        file = path.relative_to(self.folder).as_posix()
        clips = []
        for name in asset.clip_names:
            first, last = asset.span(name)
            frames = asset.evaluate(name, np.linspace(first, last, PROBES))
            if last <= first or not has_motion(frames):
                continue
            action, back = guess_action(name), ends_at_start(frames)
            clips.append(ClipEntry(name, action, back and action in CYCLIC_ACTIONS, back, last - first, True))
        height = float(np.ptp(asset.rest[:, 2])) if isinstance(asset, AnimatedAsset) else 1.0
        kind = path.parent.name.lower() if path.parent != self.folder else KIND
        return CreatureEntry(file, kind, min(max(height, 0.01), 100.0), file, True, tuple(clips), True)
