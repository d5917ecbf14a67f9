"""Novelty: how near samples are to what the weights were trained on.

Reported beside the same distances of real creatures and clips that the training did not contain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.evaluation.metrics.chamfer import chamfer_mean
from zoetrope.evaluation.metrics.chamfer_lower_bound import choose_landmarks
from zoetrope.evaluation.metrics.nearest_neighbours import (
    OnPair,
    Sequences,
    chamfer_below,
    nearest_in,
)
from zoetrope.evaluation.metrics.point_clouds import POINTS, normalised
from zoetrope.evaluation.metrics.standard_error import bootstrap, jackknife
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.geometry.normalisation import normalising_box

COPY = 1.5
"""Nearer than this many times the distance of two samplings of one surface counts as a copy."""


@dataclass(frozen=True)
class Shapes:
    """Rest poses as points (N, 2048, 3) in the box, and their names."""

    points: np.ndarray
    names: tuple[str, ...]


def real_shapes(creatures: Iterable[tuple[str, AnimatedAsset]], seed: int = 0) -> Shapes:
    """Sample the rest poses of creatures.

    Parameters
    ----------
    creatures : iterable of (file name, asset)
    """
    points, names = [], []
    for file, asset in creatures:
        rest = normalising_box(asset.rest).to_box(asset.rest)
        points.append(sample_surface_points(rest, asset.faces, POINTS, seed))
        names.append(file)
    return Shapes(np.stack(points).astype(np.float32), tuple(names))


def nearest_shapes(shapes: np.ndarray, training: Shapes, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return Chamfer distances (N, count), box units, of shapes (N, P, 3) to the nearest ones; their indices.

    Exact: shapes are compared in the order of their lower bounds (`chamfer_lower_bound`), until a lower
    bound is above the distances found.
    """
    trees = [KDTree(points) for points in training.points]
    landmarks = [choose_landmarks(points) for points in training.points]
    count = min(count, len(trees))
    out = []
    for points in shapes:
        shape_tree, shape_landmarks = KDTree(points), choose_landmarks(points)
        bounds = np.array(
            [
                0.5 * (shape_landmarks.point_bounds(tree).mean() + other.point_bounds(shape_tree).mean())
                for tree, other in zip(trees, landmarks, strict=True)
            ]
        )
        found: list[tuple[float, int]] = []
        for j in np.argsort(bounds, kind="stable").tolist():
            if len(found) == count and bounds[j] > found[-1][0]:
                break
            found = sorted([*found, (chamfer_mean(shape_tree, trees[j]), j)])[:count]
        out.append(found)
    distances, order = np.moveaxis(np.array(out), -1, 0)
    return distances, order.astype(int)


def shape_sampling_error(creatures: Sequence[tuple[str, AnimatedAsset]]) -> float:
    """Return the median Chamfer distance of two samplings of one creature: that of a perfect copy."""
    first, second = real_shapes(creatures, seed=0), real_shapes(creatures, seed=1)
    pairs = zip(first.points, second.points, strict=True)
    return float(np.median([chamfer_mean(KDTree(a), KDTree(b)) for a, b in pairs]))


def centred_sequences(clips: Sequence[LabelledSequence], device: str = "cpu") -> Sequences:
    """Return clips with their frames centred, as `nearest_clips` compares them; some 5 MB a clip."""
    return Sequences(_centred(clips), device=device)


def nearest_clips(
    clips: Sequence[LabelledSequence],
    training: Sequences,
    count: int = 1,
    on_pair: OnPair | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return distances (N, count) of clips to the nearest training clips, and their indices.

    training : of `centred_sequences`.

    The root of the Chamfer distance over frames, frames centred: body and motion together, in half widths of
    the sequence.
    """
    index, squared = nearest_in(centred_sequences(clips, training.device), training, count, on_pair)
    return np.sqrt(squared), index


def clip_sampling_error(clips: Sequence[LabelledSequence], resampled: Sequence[LabelledSequence]) -> float:
    """Return the median distance of two samplings of one clip, as in `nearest_clips`: that of a copy."""
    first, second = (Sequences(_centred(some), count=0) for some in (clips, resampled))
    squared = [chamfer_below(first, i, second, i, np.inf) for i in range(len(first))]
    return float(np.median(np.sqrt(np.array(squared, dtype=float))))


def _centred(clips: Sequence[LabelledSequence]) -> np.ndarray:
    return np.stack([normalised(one.clouds) for one in clips])


def summary(distances: np.ndarray, groups: Sequence[object], sampling_error: float) -> dict[str, Any]:
    """Summarise distances (N,) to the nearest training shape or clip.

    Returns
    -------
    dict
        "median" and "copies" (share below 1.5 times the sampling error), each {"value", "se"} with the error
        over groups; "quartiles"; "count".
    """
    median = bootstrap(lambda kept: float(np.median(distances[kept])), groups)
    copies = jackknife(lambda kept: float((distances[kept] < COPY * sampling_error).mean()), groups)
    return {
        "median": {"value": median[0], "se": median[1]},
        "copies": {"value": copies[0], "se": copies[1]},
        "quartiles": [float(q) for q in np.quantile(distances, [0.25, 0.75])],
        "count": len(distances),
    }
