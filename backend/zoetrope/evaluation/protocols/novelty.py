"""Is it a generator or a library? How near its creatures and clips lie to what it was trained on.

A distance alone says nothing: beside it stand the same distances of real creatures and clips that the
training did not hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.augmentation import body_rest
from zoetrope.evaluation.metrics.landmarks import landmarks
from zoetrope.evaluation.metrics.nearest_neighbours import Sequences, chamfer_below, nearest_in
from zoetrope.evaluation.metrics.point_clouds import POINTS, normalised
from zoetrope.evaluation.metrics.standard_error import jackknife
from zoetrope.evaluation.metrics.surface_distance import canonical, chamfer, sample_surface
from zoetrope.evaluation.protocols.references import Item

COPY = 1.5
"""Nearer than this many times the distance between two samplings of one surface counts as a copy."""


@dataclass(frozen=True)
class Shapes:
    """Rest poses as points (N, 2048, 3) in the canonical box, and their names."""

    points: np.ndarray
    names: tuple[str, ...]


def real_shapes(creatures: Iterable[tuple[str, AnimatedAsset]], bodies: int = 0, seed: int = 0) -> Shapes:
    """Rest poses of creatures, and of their first augmented bodies as the training draws them.

    Parameters
    ----------
    creatures : iterable of (file name, asset)
    """
    points, names = [], []
    for file, asset in creatures:
        for number in range(bodies + 1):
            rest = body_rest(file, asset.rest, number)
            points.append(sample_surface(canonical(rest), asset.faces, POINTS, seed))
            names.append(file if not number else f"{file} body {number}")
    return Shapes(np.stack(points).astype(np.float32), tuple(names))


def nearest_shapes(shapes: np.ndarray, known: Shapes, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Chamfer distances (N, count), box units, of shapes (N, P, 3) to the nearest known; which (N, count).

    Exact: the known are looked at by their floors (`zoetrope.evaluation.metrics.landmarks`), the lowest first, until
    a floor is above what was found.
    """
    trees = [KDTree(points) for points in known.points]
    marks = [landmarks(points) for points in known.points]
    count = min(count, len(trees))
    out = []
    for points in shapes:
        own, mine = KDTree(points), landmarks(points)
        floors = np.array(
            [
                0.5 * (mine.least(tree).mean() + mark.least(own).mean())
                for tree, mark in zip(trees, marks, strict=True)
            ]
        )
        found: list[tuple[float, int]] = []
        for j in np.argsort(floors, kind="stable").tolist():
            if len(found) == count and floors[j] > found[-1][0]:
                break
            found = sorted([*found, (chamfer(own, trees[j]), j)])[:count]
        out.append(found)
    distances, order = np.moveaxis(np.array(out), -1, 0)
    return distances, order.astype(int)


def sampling_floor(creatures: Sequence[tuple[str, AnimatedAsset]]) -> float:
    """Median Chamfer distance of two samplings of one creature: what a perfect copy would have."""
    first, second = real_shapes(creatures, seed=0), real_shapes(creatures, seed=1)
    pairs = zip(first.points, second.points, strict=True)
    return float(np.median([chamfer(KDTree(a), KDTree(b)) for a, b in pairs]))


def nearest_clips(
    items: Sequence[Item], known: Sequence[Item], device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """Distance (N,) of clips to the nearest known clip, and which (N,).

    The root of the T-frame Chamfer distance, frames centred: body and motion together, in units of half of
    the sequence's widest side.
    """
    ours = Sequences(np.stack([normalised(item.clouds) for item in items]), device=device)
    theirs = Sequences(np.stack([normalised(item.clouds) for item in known]), device=device)
    index, distance = nearest_in(ours, theirs)
    return np.sqrt(distance), index


def clip_floor(items: Sequence[Item], again: Sequence[Item]) -> float:
    """Median distance of two samplings of one clip, as `nearest_clips` has it: what a copy would have."""
    first, second = (
        Sequences(np.stack([normalised(item.clouds) for item in some]), count=0) for some in (items, again)
    )
    squared = [chamfer_below(first, i, second, i, np.inf) for i in range(len(first))]
    return float(np.median(np.sqrt(np.array(squared, dtype=float))))


def nearest_known(
    items: Sequence[Item], known: Sequence[Item], count: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """As `nearest_clips`, the nearest `count` of each: distances and which, (N, count). For few items."""
    ours, theirs = (
        Sequences(np.stack([normalised(item.clouds) for item in some]), count=0) for some in (items, known)
    )
    squared = [
        [chamfer_below(ours, i, theirs, j, np.inf) for j in range(len(theirs))] for i in range(len(ours))
    ]
    matrix = np.sqrt(np.array(squared, dtype=float))
    order = np.argsort(matrix, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(matrix, order, axis=1), order


def summary(distances: np.ndarray, groups: Sequence[object], floor: float) -> dict[str, Any]:
    """Median and share of copies of distances (N,), each with its standard error over groups.

    Returns
    -------
    dict
        "median" and "copies" (share below 1.5 times the floor), each {"value", "se"}; "quartiles"; "count".
    """
    median = jackknife(lambda kept: float(np.median(distances[kept])), groups)
    copies = jackknife(lambda kept: float((distances[kept] < COPY * floor).mean()), groups)
    return {
        "median": {"value": median[0], "se": median[1]},
        "copies": {"value": copies[0], "se": copies[1]},
        "quartiles": [float(q) for q in np.quantile(distances, [0.25, 0.75])],
        "count": len(distances),
    }
