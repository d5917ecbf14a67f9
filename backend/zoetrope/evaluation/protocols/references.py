"""Real clips as labelled point-cloud sequences: of the frozen splits, or of a folder of files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.clips.mesh_frames_file import check_one_mesh
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import FRAMES, POINTS, sample
from zoetrope.evaluation.protocols.outer_surface import OuterSurface

SPLITS = ("by_clip", "by_creature")

ClipOfCreature = tuple[CreatureEntry, ClipEntry]


@dataclass(frozen=True)
class LabelledSequence:
    """A point-cloud sequence (T, P, 3), in the unit of its file, with its creature and labels."""

    creature: str
    clip: str
    category: str
    action: str
    clouds: np.ndarray


class FileFolder:
    """A user's animated GLB files: unlabelled creatures with clips that are not taken for loops.

    `checksum` is that of all files: results of other content do not serve.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the folder holds no animated GLB file, or one cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.entries, self.checksum = folder, {}, 0
        for path in sorted(folder.glob("*.glb")):
            self.checksum = crc32(path.name.encode() + path.read_bytes(), self.checksum)
            asset = read_gltf(path)
            check_one_mesh(asset)
            clips = (ClipEntry(name, "", False, False, 0.0, True) for name in asset.clip_names)
            self.entries[path.name] = CreatureEntry(path.name, "", 1.0, path.name, True, tuple(clips))
        if not any(entry.clips for entry in self.entries.values()):
            raise ZoetropeError(
                f"{folder} holds no animated GLB files.", code="bad_option", remedy="Choose another folder."
            )

    def read(self, entry: CreatureEntry) -> AnimatedAsset:
        """Read a creature's file."""
        return read_gltf(self.folder / entry.file)


def clips_of_split(library: Library, split: str, part: str) -> list[ClipOfCreature]:
    """Return the usable clips of one part ("train", "validation" or "test") of a frozen split."""
    if split not in SPLITS:
        raise ZoetropeError(
            f"There is no split {split!r}.", code="bad_option", remedy=f"Choose one of {', '.join(SPLITS)}."
        )
    return library.clips(part) if split == "by_clip" else clips_of(library.creatures(part))


def clips_of(creatures: Iterable[CreatureEntry]) -> list[ClipOfCreature]:
    """Return all usable clips of creatures."""
    return [(entry, clip) for entry in creatures for clip in entry.usable_clips]


def sample_clips(
    source: Library | FileFolder,
    clips: Iterable[ClipOfCreature],
    seed: int = 0,
    *,
    outer: bool = False,
    points: int = POINTS,
) -> list[LabelledSequence]:
    """Sample point clouds of real clips at `FRAMES` evenly spaced times, both ends included.

    Parameters
    ----------
    seed : int
        Of the points on the surfaces.
    points : int
        Points a frame.
    outer : bool
        Sample the outer surfaces (`outer_surface`) instead of all faces of the files.
    """
    rng = np.random.default_rng(seed)
    surfaces: dict[str, AnimatedAsset | OuterSurface] = {}
    sequences = []
    for entry, clip in clips:
        if entry.file not in surfaces:
            asset = source.read(entry)
            surfaces[entry.file] = OuterSurface(asset) if outer else asset
        surface = surfaces[entry.file]
        frames = surface.evaluate(clip.name, np.linspace(*surface.span(clip.name), FRAMES))
        clouds = sample(frames, surface.faces, rng, points)
        sequences.append(LabelledSequence(entry.file, clip.name, entry.category, clip.action, clouds))
    return sequences
