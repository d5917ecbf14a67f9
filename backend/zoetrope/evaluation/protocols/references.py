"""Real clips as evaluation takes them: sixteen frames of clouds, with their creature's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import FRAMES, sample
from zoetrope.evaluation.protocols.outer_surface import OuterSurface

SPLITS = ("by_clip", "by_creature")


@dataclass(frozen=True)
class Item:
    """One sequence: clouds (T, P, 3) in the unit of its file, and what it is."""

    creature: str
    clip: str
    category: str
    action: str
    clouds: np.ndarray


class _Creature:
    """An asset as its clips are sampled: all faces of the file, or its outer surface alone."""

    def __init__(self, asset: AnimatedAsset, outer: bool) -> None:
        self.asset, surface = asset, OuterSurface(asset) if outer else None
        self.frames = surface.frames if surface else asset.evaluate
        self.faces = surface.faces if surface else asset.faces

    def clouds(self, clip: str, rng: np.random.Generator) -> np.ndarray:
        times = np.linspace(*self.asset.span(clip), FRAMES)
        return sample(self.frames(clip, times), self.faces, rng)


def real_items(library: Library, split: str, part: str, seed: int = 0, *, outer: bool = False) -> list[Item]:
    """The clips of one part of a frozen split.

    Parameters
    ----------
    split : str
        "by_clip" or "by_creature".
    part : str
        "train", "validation" or "test".
    seed : int
        Of the points drawn on the surfaces.
    outer : bool
        Points on outer surfaces alone (`outer_surface`), not on faces that files hide inside as well.
    """
    if split not in SPLITS:
        raise ZoetropeError(
            f"There is no split {split!r}.", code="bad_option", remedy=f"Choose one of {', '.join(SPLITS)}."
        )
    if split == "by_clip":
        pairs = library.clips(part)
    else:
        pairs = [(e, c) for e in library.creatures(part) for c in e.usable_clips]
    return items_of(library, pairs, seed, outer=outer)


def items_of(
    library: Library,
    pairs: Iterable[tuple[CreatureEntry, ClipEntry]],
    seed: int = 0,
    *,
    outer: bool = False,
) -> list[Item]:
    """Clips of labelled creatures."""
    rng = np.random.default_rng(seed)
    creatures: dict[str, _Creature] = {}
    items = []
    for entry, clip in pairs:
        if entry.file not in creatures:
            creatures[entry.file] = _Creature(library.read(entry), outer)
        clouds = creatures[entry.file].clouds(clip.name, rng)
        items.append(Item(entry.file, clip.name, entry.category, clip.action, clouds))
    return items


def folder_items(folder: Path, seed: int = 0, *, outer: bool = False) -> list[Item]:
    """All clips of all GLB files of a folder.

    Raises
    ------
    ZoetropeError
        There is none, or a file cannot be read.
    """
    rng, items = np.random.default_rng(seed), []
    for path in sorted(folder.glob("*.glb")):
        asset = read_gltf(path)
        creature = _Creature(asset, outer)
        items += [Item(path.name, name, "", "", creature.clouds(name, rng)) for name in asset.clip_names]
    if not items:
        raise ZoetropeError(
            f"{folder} holds no animated GLB files.", code="bad_option", remedy="Choose another folder."
        )
    return items
