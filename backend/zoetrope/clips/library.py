"""The shared library of creatures: animated files, labels and frozen splits."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.trailing_reset import trim_trailing_resets
from zoetrope.errors import ZoetropeError

YAW_TO_FRONT = {
    "q_animals2016__Chick.glb": -90.0,
    "q_animals2016__Red_Fox.glb": 180.0,
    "q_enemy2019__Wasp.glb": -90.0,
    "q_monster2018__Slime.glb": -90.0,
    "q_vol2_2017__Cat.glb": -90.0,
    "q_vol2_2017__Dog.glb": -90.0,
    "q_vol2_2017__Eagle.glb": 180.0,
    "q_vol2_2017__Wolf.glb": -90.0,
}
"""Rotation about Z, in degrees, for files whose creature does not face -Y (found by rendering all files)."""

CYCLIC_OVERRIDES = {("q_uaa2021", "AnimalArmature|Gallop"), ("q_monsters_big", "Walk")}
"""Pack and clip of gaits that labels.json marks as one-way although they close: the last frame is less than
one step from the first."""


@dataclass(frozen=True)
class ClipEntry:
    """One labelled clip."""

    name: str
    action: str
    cyclic: bool
    returns_to_start: bool
    seconds: float
    usable: bool


@dataclass(frozen=True)
class CreatureEntry:
    """One labelled creature and its clips.

    Parameters
    ----------
    file : str
        Name of the file; it identifies the creature.
    category : str
    height_m : float
        Typical height in metres.
    near_copies : str
        Group of creatures that are almost the same, kept in one part of the split.
    recommended : bool
        Whether the file is fit for training.
    clips : tuple of ClipEntry
    licence_text : bool
        Whether the pack contains the text of its licence.
    """

    file: str
    category: str
    height_m: float
    near_copies: str
    recommended: bool
    clips: tuple[ClipEntry, ...]
    licence_text: bool = False

    @property
    def usable_clips(self) -> tuple[ClipEntry, ...]:
        """Clips that show motion and are read correctly."""
        return tuple(clip for clip in self.clips if clip.usable)


def find_shared(start: Path | None = None) -> Path | None:
    """Return the folder of shared data: $ZOETROPE_SHARED, else `shared` beside the repository, else None."""
    if os.environ.get("ZOETROPE_SHARED"):
        return Path(os.environ["ZOETROPE_SHARED"])
    root = start or Path(__file__).resolve().parents[3]
    folder = root.parent / "shared"
    return folder if (folder / "data" / "labels.json").is_file() else None


def _with_cyclic_override(file: str, clip: ClipEntry) -> ClipEntry:
    if (file.split("__")[0], clip.name) not in CYCLIC_OVERRIDES:
        return clip
    return replace(clip, cyclic=True, returns_to_start=True)


def creature_folder(shared: Path) -> Path:
    """Return where the files of the labelled creatures lie."""
    return shared / "data" / "creatures"


class Library:
    """The labelled creatures of a shared folder.

    Parameters
    ----------
    shared : Path
        Folder with data/creatures, data/labels.json and data/splits.json.
    """

    def __init__(self, shared: Path) -> None:
        self.folder = creature_folder(shared)
        try:
            labels = json.loads((shared / "data" / "labels.json").read_text(encoding="utf-8"))
            self.splits = json.loads((shared / "data" / "splits.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ZoetropeError(
                f"{shared} holds no labelled creatures: {error}.",
                code="bad_option",
                remedy="Give the folder that holds data/labels.json.",
            ) from error
        names = ("name", "action", "cyclic", "returns_to_start", "seconds", "usable")
        self.entries = {
            item["file"]: CreatureEntry(
                item["file"],
                item["category"],
                float(item["height_m"]),
                item["near_copies"],
                item["recommended"],
                tuple(
                    _with_cyclic_override(item["file"], ClipEntry(*(clip[name] for name in names)))
                    for clip in item["clips"]
                ),
                item.get("licence_text_with_files", False),
            )
            for item in labels["files"]
        }

    @classmethod
    def empty(cls) -> "Library":
        """Return a library without creatures or splits, for what reads a user's files alone."""
        library = cls.__new__(cls)
        library.folder, library.splits, library.entries = Path(), {}, {}
        return library

    def creatures(self, part: str, categories: tuple[str, ...] = ()) -> list[CreatureEntry]:
        """Return the recommended creatures of one part of the split by creature.

        Parameters
        ----------
        part : str
            "train", "validation" or "test".
        categories : tuple of str
            Empty: all categories.
        """
        found = [self.entries[file] for file in self.splits["by_creature"][part]]
        return [
            entry for entry in found if entry.recommended and (not categories or entry.category in categories)
        ]

    def clips(self, part: str) -> list[tuple[CreatureEntry, ClipEntry]]:
        """Return the clips of one part of the split by clip, which the papers use."""
        selected = {(file, name) for file, name in self.splits["by_clip"][part]}
        return [
            (entry, clip)
            for entry in self.entries.values()
            for clip in entry.clips
            if (entry.file, clip.name) in selected
        ]

    def read(self, entry: CreatureEntry) -> AnimatedAsset:
        """Read a creature's file, rotated to face -Y, with trailing reset keys removed."""
        return trim_trailing_resets(read_gltf(self.folder / entry.file, YAW_TO_FRONT.get(entry.file, 0.0)))
