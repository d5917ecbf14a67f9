"""Exact nearest neighbours of animated point clouds under the Chamfer distance over T frames.

The distance of two sequences is the mean over frames of the Chamfer distance (mean squared distance to the
nearest point, both directions added; HyperDiffusion section 6.3). The metrics need nearest neighbours only,
so a pair is abandoned once it cannot be one: its sum over frames starts as a sum of lower bounds
(`chamfer_lower_bound`), which the exact distances replace one by one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import KDTree

from zoetrope.evaluation.metrics.chamfer import directed_chamfer
from zoetrope.evaluation.metrics.chamfer_brute_force import chamfer_matrix
from zoetrope.evaluation.metrics.chamfer_lower_bound import LANDMARKS, choose_landmarks

OnPair = Callable[[int, int], None]
"""Called with (pairs or sequences done, all)."""
LEAF = 32
"""Points in a leaf of the search trees: fastest for clouds of 2,048 (`benchmarks/chamfer.py`)."""


class Sequences:
    """Animated point clouds with a search tree and landmarks for every frame.

    Parameters
    ----------
    points : (N, T, P, 3) float
    groups : (N,) int, optional
        Sequences that are left out together (the clips of a creature). Default: one group.
    device : str
        "cpu": search trees; "cuda" or "mps": brute force.
    count : int
        Landmarks of a frame.
    """

    def __init__(
        self,
        points: np.ndarray,
        groups: np.ndarray | None = None,
        device: str = "cpu",
        count: int = LANDMARKS,
    ) -> None:
        self.points = np.ascontiguousarray(points, dtype=np.float32)
        self.groups = np.zeros(len(points), dtype=int) if groups is None else np.asarray(groups)
        self.device = device
        searched = self.points if device == "cpu" else self.points[:0]
        self.trees = [[_tree(frame) for frame in one] for one in searched]
        self.landmarks = [[choose_landmarks(frame, count) for frame in one] for one in searched]

    def __len__(self) -> int:
        return len(self.points)


def _tree(cloud: np.ndarray) -> KDTree:
    """Build a search tree over points in the tree's own order, for cache locality of consecutive queries."""
    return KDTree(cloud[KDTree(cloud, leafsize=LEAF).indices], leafsize=LEAF)


@dataclass
class Nearest:
    """For each of N sequences the nearest of M others, and the nearest that is of another group.

    The second becomes the nearest when the group (creature) of the first is left out by the jackknife.

    index : (N, 2) int, -1 where there is none; distance : (N, 2) float, inf where there is none.
    groups : (M,) int
        Group of each of the others.
    """

    index: np.ndarray
    distance: np.ndarray
    groups: np.ndarray

    @classmethod
    def empty(cls, count: int, groups: np.ndarray) -> "Nearest":
        """Start a search for `count` sequences."""
        return cls(np.full((count, 2), -1), np.full((count, 2), np.inf), groups)

    def bound(self, i: int, other: int) -> float:
        """Return the distance of sequence i to another above which the pair changes nothing."""
        nearest = self.index[i, 0]
        same_group = nearest >= 0 and self.groups[nearest] == self.groups[other]
        return float(self.distance[i, 0 if same_group else 1])

    def offer(self, i: int, other: int, distance: float) -> None:
        """Keep the nearer; of two equally near the one of lower index."""
        found = zip(self.distance[i].tolist(), self.index[i].tolist(), strict=True)
        kept: list[tuple[float, int]] = []
        for d, j in sorted([*((d, j) for d, j in found if j >= 0), (distance, other)]):
            if all(self.groups[j] != self.groups[k] for _, k in kept):
                kept.append((d, j))
        for rank, (d, j) in enumerate(kept[:2]):
            self.distance[i, rank], self.index[i, rank] = d, j

    def excluding_group(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Return index (N,) and distance (N,) of the nearest that is not of a group."""
        left_out = (self.index[:, 0] >= 0) & (self.groups[self.index[:, 0]] == group)
        rank = left_out.astype(int)[:, None]
        index, distance = (np.take_along_axis(x, rank, axis=1)[:, 0] for x in (self.index, self.distance))
        return index, distance


def nearest_between(
    first: Sequences, second: Sequences, on_pair: OnPair | None = None
) -> tuple[Nearest, Nearest]:
    """Return the nearest of each sequence of the first set in the second, and the reverse."""
    to_second, to_first = Nearest.empty(len(first), second.groups), Nearest.empty(len(second), first.groups)
    pairs = np.indices((len(first), len(second))).reshape(2, -1).T
    _search(first, second, pairs, to_second, to_first, on_pair)
    return to_second, to_first


def nearest_within(sequences: Sequences, on_pair: OnPair | None = None) -> Nearest:
    """Return the nearest other sequence of each sequence of one set."""
    found = Nearest.empty(len(sequences), sequences.groups)
    pairs = np.stack(np.triu_indices(len(sequences), 1), axis=1)
    _search(sequences, sequences, pairs, found, found, on_pair)
    return found


def _search(
    first: Sequences,
    second: Sequences,
    pairs: np.ndarray,
    to_second: Nearest,
    to_first: Nearest,
    on_pair: OnPair | None,
) -> None:
    """Offer the distances of pairs (K, 2) to both sides, the likely nearest pairs first."""
    matrix = None
    if first.device != "cpu":
        matrix, order = chamfer_matrix(first.points, second.points, first.device, on_pair), pairs
    else:
        order = pairs[np.argsort(_estimates(first, second)[pairs[:, 0], pairs[:, 1]], kind="stable")]
    for done, (i, j) in enumerate(order.tolist(), 1):
        if matrix is not None:
            distance: float | None = float(matrix[i, j])
        else:
            bound = max(to_second.bound(i, j), to_first.bound(j, i))
            distance = chamfer_below(first, i, second, j, bound)
            if on_pair is not None:
                on_pair(done, len(order))
        if distance is not None:
            to_second.offer(i, j, distance)
            to_first.offer(j, i, distance)


def nearest_in(
    first: Sequences, second: Sequences, count: int = 1, on_pair: OnPair | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `count` nearest in the second set of each sequence of the first.

    Returns
    -------
    index (N, count), distance (N, count)
        Nearest first; fewer columns where the second set is smaller.
    """
    count = min(count, len(second))
    if first.device != "cpu":
        matrix = chamfer_matrix(first.points, second.points, first.device, on_pair)
        index = np.argsort(matrix, axis=1, kind="stable")[:, :count]
        return index, np.take_along_axis(matrix, index, axis=1)
    rows = []
    for i, estimates in enumerate(_estimates(first, second)):
        best: list[tuple[float, int]] = []
        for j in np.argsort(estimates, kind="stable").tolist():
            bound = best[-1][0] if len(best) == count else np.inf
            distance = chamfer_below(first, i, second, j, bound)
            if distance is not None:
                best = sorted([*best, (distance, j)])[:count]
            if on_pair is not None:
                on_pair(i, len(first))
        rows.append(best)
    distance, index = np.moveaxis(np.array(rows), -1, 0)
    return index.astype(int), distance


def chamfer_below(first: Sequences, i: int, second: Sequences, j: int, bound: float) -> float | None:
    """Return the distance of a pair, or None once it is certain to exceed the bound."""
    directions = [
        (first.trees[i], second.trees[j], first.landmarks[i]),
        (second.trees[j], first.trees[i], second.landmarks[j]),
    ]
    count = first.points.shape[1]
    parts = np.zeros((2, count))
    for exact in (False, True):
        for t in _spread_order(count):
            for direction, (a, b, landmarks) in enumerate(directions):
                parts[direction, t] = (
                    directed_chamfer(a[t], b[t]) if exact else landmarks[t].lower_bound(b[t])
                )
            if parts.sum() / count > bound:
                return None
    return float(parts.sum() / count)


@cache
def _spread_order(count: int) -> list[int]:
    """Return frames in bit-reversed order (0, the middle, the quarters), so that early ones span a clip."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda t: f"{t:0{bits}b}"[::-1])


def _estimates(first: Sequences, second: Sequences, points: int = 48) -> np.ndarray:
    """Return rough distances (N, M) from a few points of three frames; they only set the order of work."""
    count = first.points.shape[1]
    frames = sorted({0, count // 2, count - 1})
    total = np.zeros((len(first), len(second)))
    for t in frames:
        a, b = first.points[:, t, :points], second.points[:, t, :points]
        for i, cloud in enumerate(a):
            squared = np.square(cloud[None, :, None] - b[:, None]).sum(-1)  # (sequence, point, other point)
            total[i] += squared.min(2).mean(1) + squared.min(1).mean(1)
    return total / len(frames)
