"""Real clips as evaluation takes them: sixteen frames of clouds, with their creature's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.clips.asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.clouds import FRAMES, sample

SPLITS = ("by_clip", "by_creature")


@dataclass(frozen=True)
class Item:
    """One sequence: clouds (T, P, 3) in the unit of its file, and what it is."""

    creature: str
    clip: str
    category: str
    action: str
    clouds: np.ndarray


def _clouds(asset: AnimatedAsset, clip: str, rng: np.random.Generator) -> np.ndarray:
    first, last = asset.span(clip)
    return sample(asset.evaluate(clip, np.linspace(first, last, FRAMES)), asset.faces, rng)


def real_items(library: Library, split: str, part: str, seed: int = 0) -> list[Item]:
    """The clips of one part of a frozen split.

    Parameters
    ----------
    split : str
        "by_clip" or "by_creature".
    part : str
        "train", "validation" or "test".
    seed : int
        Of the points drawn on the surfaces.
    """
    if split not in SPLITS:
        raise ZoetropeError(
            f"There is no split {split!r}.", code="bad_option", remedy=f"Choose one of {', '.join(SPLITS)}."
        )
    if split == "by_clip":
        pairs = library.clips(part)
    else:
        pairs = [(e, c) for e in library.creatures(part) for c in e.usable_clips]
    return items_of(library, pairs, seed)


def items_of(library: Library, pairs: Iterable[tuple[CreatureEntry, ClipEntry]], seed: int = 0) -> list[Item]:
    """Clips of labelled creatures."""
    rng = np.random.default_rng(seed)
    assets: dict[str, AnimatedAsset] = {}
    items = []
    for entry, clip in pairs:
        if entry.file not in assets:
            assets[entry.file] = library.read(entry)
        clouds = _clouds(assets[entry.file], clip.name, rng)
        items.append(Item(entry.file, clip.name, entry.category, clip.action, clouds))
    return items


def folder_items(folder: Path, seed: int = 0) -> list[Item]:
    """All clips of all GLB files of a folder.

    Raises
    ------
    ZoetropeError
        There is none, or a file cannot be read.
    """
    rng, items = np.random.default_rng(seed), []
    for path in sorted(folder.glob("*.glb")):
        asset = read_gltf(path)
        items += [Item(path.name, name, "", "", _clouds(asset, name, rng)) for name in asset.clip_names]
    if not items:
        raise ZoetropeError(
            f"{folder} holds no animated GLB files.", code="bad_option", remedy="Choose another folder."
        )
    return items
