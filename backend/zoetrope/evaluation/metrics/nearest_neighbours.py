"""Nearest neighbours of animated point clouds under the T-frame Chamfer distance, exactly.

HyperDiffusion (section 6.3) compares sequences of T clouds frame by frame: the mean over frames of the
Chamfer distance (mean squared distance to the nearest point, both directions added). The metrics need each
sequence's nearest neighbours only, so a pair is abandoned as soon as it can be nobody's nearest: its sum over
frames starts as the sum of floors (`zoetrope.evaluation.metrics.landmarks`), each of which the distance itself then
replaces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import KDTree

from zoetrope.evaluation.metrics.chamfer_matrix import chamfer_matrix
from zoetrope.evaluation.metrics.landmarks import LANDMARKS, landmarks

OnPair = Callable[[int, int], None]
LEAF = 32
"""Points of a leaf of the search trees: fastest for clouds of 2,048 (`benchmarks/chamfer.py`)."""


class Sequences:
    """Animated point clouds with a search tree and landmarks a frame.

    Parameters
    ----------
    points : (N, T, P, 3) float
    groups : (N,) int, optional
        Which sequences belong together and may be left out together (the clips of a creature). One group by
        default: nothing will be left out, and the second nearest is not looked for.
    device : str
        Where distances are taken: "cpu" with search trees, "cuda" or "mps" by brute force.
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
        here = self.points if device == "cpu" else self.points[:0]
        self.trees = [[_tree(frame) for frame in one] for one in here]
        self.landmarks = [[landmarks(frame, count) for frame in one] for one in here]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def frames(self) -> int:
        """Frames a sequence."""
        return self.points.shape[1]


def _tree(cloud: np.ndarray) -> KDTree:
    """A search tree over the points in its own order: what lies near is searched for in turn, and cached."""
    return KDTree(cloud[KDTree(cloud, leafsize=LEAF).indices], leafsize=LEAF)


def one_way(a: KDTree, b: KDTree) -> float:
    """Mean squared distance of the points of one cloud to their nearest of another: half of the Chamfer."""
    return float(np.square(b.query(a.data)[0]).mean())


@dataclass
class Nearest:
    """For every sequence of one set its nearest in another, and the nearest of any other group.

    The second is what becomes the nearest when the first one's group (a creature) is left out, which is all
    that a jackknife over groups asks.

    index : (N, 2) int, -1 where there is none; distance : (N, 2) float, inf where there is none.
    groups : (M,) int
        Group of each sequence of the other set.
    """

    index: np.ndarray
    distance: np.ndarray
    groups: np.ndarray

    @classmethod
    def unknown(cls, count: int, groups: np.ndarray) -> "Nearest":
        """Nothing found yet."""
        return cls(np.full((count, 2), -1), np.full((count, 2), np.inf), groups)

    def bound(self, i: int, other: int) -> float:
        """A distance of sequence i to another beyond this changes nothing, as its group may have a nearer."""
        nearest = self.index[i, 0]
        known = nearest >= 0 and self.groups[nearest] == self.groups[other]
        return float(self.distance[i, 0 if known else 1])

    def offer(self, i: int, other: int, distance: float) -> None:
        """Keep the nearer one; the lower index where two are equally near."""
        index, known = self.index[i], self.distance[i]
        found = [(d, j) for d, j in zip(known.tolist(), index.tolist(), strict=True) if j >= 0]
        kept: list[tuple[float, int]] = []
        for d, j in sorted([*found, (distance, other)]):
            if all(self.groups[j] != self.groups[k] for _, k in kept):
                kept.append((d, j))
        for place, (d, j) in enumerate(kept[:2]):
            known[place], index[place] = d, j

    def without(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Index (N,) and distance (N,) of the nearest that is not of a group."""
        left_out = (self.index[:, 0] >= 0) & (self.groups[self.index[:, 0]] == group)
        place = left_out.astype(int)[:, None]
        pick = [np.take_along_axis(x, place, axis=1)[:, 0] for x in (self.index, self.distance)]
        return pick[0], pick[1]


def nearest_between(
    first: Sequences, second: Sequences, on_pair: OnPair | None = None
) -> tuple[Nearest, Nearest]:
    """Nearest of each sequence of the first set in the second, and the other way."""
    here = Nearest.unknown(len(first), second.groups)
    there = Nearest.unknown(len(second), first.groups)
    if first.device != "cpu":
        matrix = chamfer_matrix(first.points, second.points, first.device, on_pair)
        for i, j in np.ndindex(matrix.shape):
            here.offer(i, j, float(matrix[i, j]))
            there.offer(j, i, float(matrix[i, j]))
        return here, there
    order = np.argsort(_guesses(first, second), axis=None, kind="stable")
    for done, flat in enumerate(order.tolist()):
        i, j = divmod(flat, len(second))
        distance = chamfer_below(first, i, second, j, max(here.bound(i, j), there.bound(j, i)))
        if distance is not None:
            here.offer(i, j, distance)
            there.offer(j, i, distance)
        if on_pair is not None:
            on_pair(done + 1, len(order))
    return here, there


def nearest_in(first: Sequences, second: Sequences) -> tuple[np.ndarray, np.ndarray]:
    """Nearest in the second set of each sequence of the first, that way alone: index (N,), distance (N,)."""
    if first.device != "cpu":
        matrix = chamfer_matrix(first.points, second.points, first.device)
        return matrix.argmin(axis=1), matrix.min(axis=1)
    index, best = np.full(len(first), -1), np.full(len(first), np.inf)
    for i, guesses in enumerate(_guesses(first, second)):
        for j in np.argsort(guesses, kind="stable").tolist():
            distance = chamfer_below(first, i, second, j, float(best[i]))
            if distance is not None and (distance, j) < (best[i], index[i]):
                index[i], best[i] = j, distance
    return index, best


def nearest_within(sequences: Sequences, on_pair: OnPair | None = None) -> Nearest:
    """Nearest other sequence of each sequence of one set."""
    found = Nearest.unknown(len(sequences), sequences.groups)
    if sequences.device != "cpu":
        matrix = chamfer_matrix(sequences.points, sequences.points, sequences.device, on_pair)
        for i, j in np.argwhere(~np.eye(len(matrix), dtype=bool)):
            found.offer(int(i), int(j), float(matrix[i, j]))
        return found
    rows, columns = np.triu_indices(len(sequences), 1)
    order = np.argsort(_guesses(sequences, sequences)[rows, columns], kind="stable")
    for done, k in enumerate(order.tolist()):
        i, j = int(rows[k]), int(columns[k])
        distance = chamfer_below(sequences, i, sequences, j, max(found.bound(i, j), found.bound(j, i)))
        if distance is not None:
            found.offer(i, j, distance)
            found.offer(j, i, distance)
        if on_pair is not None:
            on_pair(done + 1, len(order))
    return found


def chamfer_below(first: Sequences, i: int, second: Sequences, j: int, bound: float) -> float | None:
    """The T-frame distance of a pair, or None once it is certain to exceed the bound."""
    ways = [
        (first.trees[i], second.trees[j], first.landmarks[i]),
        (second.trees[j], first.trees[i], second.landmarks[j]),
    ]
    known = np.zeros((2, first.frames))
    for exact in (False, True):
        for t in _spread(first.frames):
            for way, (here, there, marks) in enumerate(ways):
                known[way, t] = one_way(here[t], there[t]) if exact else marks[t].floor(there[t])
            if known.sum() / first.frames > bound:
                return None
    return float(known.sum() / first.frames)


@cache
def _spread(count: int) -> list[int]:
    """Frames in an order whose every beginning lies evenly over the sequence: 0, the middle, the quarters."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda t: f"{t:0{bits}b}"[::-1])


def _guesses(first: Sequences, second: Sequences, points: int = 48) -> np.ndarray:
    """Rough distances (N, M): few points of the first, middle and last frame. Only the order of work."""
    count = first.frames
    chosen = sorted({0, count // 2, count - 1})
    total = np.zeros((len(first), len(second)))
    for t in chosen:
        a, b = first.points[:, t, :points], second.points[:, t, :points]
        for i, cloud in enumerate(a):
            squared = np.square(cloud[None, :, None] - b[:, None]).sum(
                -1
            )  # (sequence, point here, point there)
            total[i] += squared.min(2).mean(1) + squared.min(1).mean(1)
    return total / len(chosen)
