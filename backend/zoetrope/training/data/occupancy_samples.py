"""Occupancy samples of every clip (or of every rest pose), one .npz each: what HyperDiffusion's MLPs fit.

Points as of HyperDiffusion: uniform in the box, and around the surface with Gaussian offsets; inside
is where the generalised winding number of the closed surface exceeds one half. The uniform points are the
same for all clips, so that only their occupancy is stored. In their place a grid may be voxelised, as for
HyperDiffusion's baseline: cells that the surface touches, and those whose centre is inside.
"""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.geometry.closed_surface import ClosedSurface
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.normalisation import LONGEST_SIDE, Box, normalising_box
from zoetrope.training.data.folder_settings import keep_settings
from zoetrope.training.data.source_checksum import KEY, refuse_changed_sources, source_checksum
from zoetrope.training.data.sources import Source
from zoetrope.training.data.worker_processes import worker_pool
from zoetrope.training.run_files import reading

log = logging.getLogger(__name__)

UNIFORM_SEED = 31
SPACING = 0.5
"""At most, between points that find the cells which a surface touches; a cell has a side of 2."""


@dataclass(frozen=True)
class OccupancyRecipe:
    """How clips are sampled.

    frames : of a clip, evenly spaced, both ends included; 1: the rest pose alone.
    uniform, near : points of a frame, in the box and around the surface.
    deviation : standard deviation of the offsets from the surface, box units.
    centred : move each frame's mean to the origin, as published; the root motion is lost.
    grid : cells along the box of a grid that takes the place of the uniform points; 0: none.
    """

    frames: int = 16
    uniform: int = 32768
    near: int = 16384
    deviation: float = 0.02
    centred: bool = False
    grid: int = 0


@dataclass(frozen=True)
class ClipSamples:
    """The samples of one clip.

    Parameters
    ----------
    near : (T, N, 3) float16
        Points around the surface, box coordinates.
    near_inside : (T, N) bool
    uniform_inside : (T, U) bool
        Of `uniform_points`, or of the cells of a grid.
    """

    near: np.ndarray
    near_inside: np.ndarray
    uniform_inside: np.ndarray


def uniform_points(count: int) -> np.ndarray:
    """Return the points (count, 3) float16 in the box whose occupancy every clip has."""
    return np.random.default_rng(UNIFORM_SEED).uniform(-1, 1, (count, 3)).astype(np.float16)


def grid_centres(cells: int) -> np.ndarray:
    """Return the centres (cells^3, 3) float64 of a grid's cells, the last axis fastest."""
    axis = (np.arange(cells) + 0.5) * 2 / cells - 1
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)


def barycentric_lattice(steps: int) -> np.ndarray:
    """Return the barycentric coordinates (N, 3) of a triangle's points at whole multiples of 1 / steps."""
    first, second = np.nonzero(np.add.outer(np.arange(steps + 1), np.arange(steps + 1)) <= steps)
    return np.stack([first, second, steps - first - second], axis=1) / steps


def touched_cells(vertices: np.ndarray, faces: np.ndarray, cells: int) -> np.ndarray:
    """Return which cells (cells^3,) bool of a grid over the box a surface passes; order of `grid_centres`."""
    corners = vertices[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1).max(axis=1)
    steps = np.ceil(longest / SPACING * cells).clip(1).astype(int)
    points = np.concatenate(
        [(barycentric_lattice(n) @ corners[steps == n]).reshape(-1, 3) for n in np.unique(steps).tolist()]
    )
    index = np.clip(((points + 1) * (cells / 2)).astype(int), 0, cells - 1)
    touched = np.zeros((cells, cells, cells), bool)
    touched[tuple(index.T)] = True
    return touched.ravel()


def sequence_box(frames: np.ndarray) -> Box:
    """Return the one box of all frames (T, V, 3) of a clip; their longest side is `LONGEST_SIDE`."""
    low, high = frames.min((0, 1)).astype(np.float64), frames.max((0, 1)).astype(np.float64)
    return Box(0.5 * (low + high), LONGEST_SIDE / float((high - low).max()))


def sample_occupancy(
    frames: np.ndarray,
    faces: np.ndarray,
    surface: ClosedSurface,
    rest_scale: float,
    recipe: OccupancyRecipe,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample frames (T, V, 3) of any unit; return `near`, `near_inside`, `uniform_inside` of `ClipSamples`.

    rest_scale : unit of the frames -> box units of the rest pose, in which `surface` was built.
    """
    if recipe.centred:
        frames = frames - frames.mean(axis=1, keepdims=True)
    box = sequence_box(frames)
    uniform = grid_centres(recipe.grid) if recipe.grid else uniform_points(recipe.uniform).astype(np.float64)
    near, near_inside, uniform_inside = [], [], []
    for frame in box.to_box(frames.astype(np.float64)):
        face, corner = sample_surface(frame, faces, recipe.near, rng)
        points = barycentric_points(frame, faces, face, corner)
        points = (points + rng.normal(0, recipe.deviation, points.shape)).astype(np.float16)
        inside = surface.occupancy(
            frame, np.concatenate([uniform, points.astype(np.float64)]), rest_scale / box.scale
        )
        near.append(points)
        near_inside.append(inside[len(uniform) :])
        uniform_inside.append(inside[: len(uniform)])
        if recipe.grid:
            uniform_inside[-1] |= touched_cells(frame, faces, recipe.grid)
    return np.stack(near), np.stack(near_inside), np.stack(uniform_inside)


def _files(entry: CreatureEntry, recipe: OccupancyRecipe, folder: Path) -> list[tuple[ClipEntry, Path]]:
    """Return the clips of a creature, of bodies alone the first, with the files of their samples."""
    bodies = recipe.frames == 1
    return [
        (clip, folder / file_name(entry.file, "" if bodies else clip.name))
        for clip in entry.usable_clips[: 1 if bodies else None]
    ]


def _missing(entry: CreatureEntry, recipe: OccupancyRecipe, folder: Path) -> list[tuple[ClipEntry, Path]]:
    """Return the clips of a creature that have no samples yet, with their files."""
    return [(clip, path) for clip, path in _files(entry, recipe, folder) if not path.exists()]


def _write(task: tuple[Source, CreatureEntry, OccupancyRecipe, Path]) -> None:
    source, entry, recipe, folder = task
    asset = source.read(entry)
    box = normalising_box(asset.rest)
    surface = ClosedSurface.build(box.to_box(asset.rest), asset.faces)
    for clip, path in _missing(entry, recipe, folder):
        rng = np.random.default_rng(zlib.crc32(path.name.encode("utf-8", "backslashreplace")))
        if recipe.frames == 1:
            frames = asset.rest[None]
        else:
            frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), recipe.frames))
        near, near_inside, uniform_inside = sample_occupancy(
            frames, asset.faces, surface, box.scale, recipe, rng
        )
        with atomic_write(path) as part, part.open("wb") as stream:
            np.savez(
                stream,
                allow_pickle=False,
                near=near,
                near_inside=np.packbits(near_inside, axis=1),
                uniform_inside=np.packbits(uniform_inside, axis=1),
                uniform_count=np.array(uniform_inside.shape[1]),
                **{KEY: source_checksum(source.path(entry))},
            )


def file_name(creature: str, clip: str) -> str:
    """Return the name of a clip's file: legible, and unique by its checksum."""
    stem = "".join(
        c if c.isascii() and c.isalnum() else "_" for c in f"{creature.removesuffix('.glb')}-{clip}"
    )
    checksum = zlib.crc32(f"{creature}\n{clip}".encode("utf-8", "backslashreplace"))
    return f"{stem[:120]}-{checksum:08x}.npz"


def prepare_occupancy(
    source: Source,
    entries: Sequence[CreatureEntry],
    folder: Path,
    recipe: OccupancyRecipe,
    processes: int = 0,
) -> None:
    """Write the samples of all clips of creatures; existing files are kept.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the folder holds samples of other settings, or of files that were changed since.
    """
    settings = asdict(recipe) | ({"cells": "touched or inside"} if recipe.grid else {})
    keep_settings(folder / "recipe.json", settings, "occupancy samples", asdict(OccupancyRecipe()))
    refuse_changed_sources(
        (source.path(entry), path)
        for entry in entries
        for _, path in _files(entry, recipe, folder)
        if path.exists()
    )
    tasks = [(source, entry, recipe, folder) for entry in entries if _missing(entry, recipe, folder)]
    if not tasks:
        return
    with worker_pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(_write, tasks), 1):
            if done % 10 == 0 or done == len(tasks):
                log.info("occupancy of %d of %d creatures", done, len(tasks))


def load_clip(path: Path) -> ClipSamples:
    """Read what `prepare_occupancy` wrote."""
    with reading(path), np.load(path, allow_pickle=False) as data:
        near = data["near"]
        uniform = int(data["uniform_count"]) if "uniform_count" in data.files else None
        return ClipSamples(
            near=near,
            near_inside=np.unpackbits(data["near_inside"], axis=1, count=near.shape[1]).astype(bool),
            uniform_inside=np.unpackbits(data["uniform_inside"], axis=1, count=uniform).astype(bool),
        )
