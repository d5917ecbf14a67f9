"""Skin weights of a mesh's vertices for bones whose transforms are known."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from zoetrope.rigs.skeleton import MAX_INFLUENCES, SkinWeights

CHUNK = 4096
PRIOR = 0.002
"""Distance, as a share of the mesh's size, that is traded for a change of all weights by 1: where bones move
alike the frames do not decide, and weights stay as smooth as they were given."""
SMALL_PART = 0.02
"""Share of all vertices up to which a loose part (an eye, a tooth) gets the same weights everywhere."""


def refine_weights(
    prior: sp.csr_array,
    rest: np.ndarray,
    transforms: np.ndarray,
    frames_of: Callable[[np.ndarray], np.ndarray],
    parts: np.ndarray,
    on_step: Callable[[int, int], None],
) -> SkinWeights:
    """Return the weights with which the skinned rest pose is nearest to some frames.

    Each vertex is moved by the four bones of largest prior weight at most, with weights that are not negative
    and sum to 1. The vertices of a small loose part share theirs.

    Parameters
    ----------
    prior : sparse (V, B) float
        Weights that are kept where the frames do not decide.
    rest : (V, 3) float
        In units of the mesh's size.
    transforms : (T, B, 3, 4) float
    frames_of : callable
        Takes indices (N,) of vertices, returns their places (T, N, 3).
    parts : (V,) int
        Loose part of each vertex, from 0.
    on_step : callable
        Takes a step and their number; may raise.
    """
    total = len(rest)
    joints, values = np.zeros((total, MAX_INFLUENCES), np.int32), np.zeros((total, MAX_INFLUENCES))
    sizes = np.bincount(parts)
    small = (sizes <= max(SMALL_PART * total, MAX_INFLUENCES)) & (len(sizes) > 1)
    prior = _shared(prior, parts, small)
    for done, some in _chunks(parts, small):
        on_step(done, total)
        given = prior[some].toarray()
        order = np.argsort(-given, axis=1, kind="stable")[:, :MAX_INFLUENCES]
        start = np.take_along_axis(given, order, axis=1)
        start /= start.sum(axis=1, keepdims=True)
        count = order.shape[1]
        away = _distances(rest[some], transforms, order, frames_of(some))
        forms = np.einsum("tvka,tvla->vkl", away, away, optimize=True) / len(transforms)
        forms = _summed(forms, parts[some], small)
        joints[some, :count] = order
        values[some, :count] = _convex(forms, start)
    joints[values == 0] = 0
    return SkinWeights(joints, values)


def _chunks(parts: np.ndarray, small: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield how many vertices were done and the next ones, without dividing a small part."""
    order = np.argsort(np.where(small[parts], parts + 1, 0), kind="stable")
    labels = np.where(small[parts], parts + 1, 0)[order]
    begin = 0
    while begin < len(order):
        end = min(begin + CHUNK, len(order))
        while end < len(order) and labels[end] != 0 and labels[end] == labels[end - 1]:
            end += 1
        yield begin, np.sort(order[begin:end])
        begin = end


def _shared(prior: sp.csr_array, parts: np.ndarray, small: np.ndarray) -> sp.csr_array:
    """The prior with its mean over each small part in place of its rows."""
    if not small.any():
        return prior
    count = len(parts)
    group = np.where(small[parts], parts, len(small) + np.arange(count))
    _, group = np.unique(group, return_inverse=True)
    member = sp.csr_array((np.ones(count), (np.arange(count), group)))
    mean = sp.diags_array(1.0 / member.sum(axis=0)) @ member.T
    return sp.csr_array(member @ (mean @ prior))


def _distances(
    rest: np.ndarray, transforms: np.ndarray, joints: np.ndarray, frames: np.ndarray
) -> np.ndarray:
    """How far each of its bones would bring a vertex from its place: (T, V, K, 3)."""
    used, local = np.unique(joints, return_inverse=True)
    points = np.column_stack([rest, np.ones(len(rest))])
    moved = np.einsum("tbac,vc->tvba", transforms[:, used], points, optimize=True)
    chosen = np.take_along_axis(moved, local.reshape(joints.shape)[None, :, :, None], axis=2)
    return np.asarray(chosen - frames[:, :, None])


def _summed(forms: np.ndarray, parts: np.ndarray, small: np.ndarray) -> np.ndarray:
    """The quadratic forms (V, K, K), averaged over each small part, whose vertices have the same bones."""
    inside = np.flatnonzero(small[parts])
    if not len(inside):
        return forms
    _, group = np.unique(parts[inside], return_inverse=True)
    totals = np.zeros((group.max() + 1, *forms.shape[1:]))
    np.add.at(totals, group, forms[inside])
    out = forms.copy()
    out[inside] = (totals / np.bincount(group)[:, None, None])[group]
    return out


def _convex(forms: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Weights w >= 0 of sum 1 that minimise w^T H w + PRIOR^2 |w - start|^2: (V, K).

    With at most four weights all subsets of them can be tried: the best one that needs no negative weight is
    the solution.
    """
    count = forms.shape[1]
    matrices = forms + PRIOR**2 * np.eye(count)
    right = PRIOR**2 * start
    best = np.full(len(forms), np.inf)
    out = start.copy()
    left = np.arange(len(forms))
    for size in range(count, 0, -1):
        for subset in combinations(range(count), size):
            columns = list(subset)
            found = _equality_constrained(matrices[left][:, columns][:, :, columns], right[left][:, columns])
            dense = np.zeros((len(left), count))
            dense[:, columns] = found
            cost = np.einsum("vk,vkl,vl->v", dense, matrices[left], dense) - 2 * (right[left] * dense).sum(1)
            better = (found >= 0.0).all(axis=1) & (cost < best[left])
            out[left[better]], best[left[better]] = dense[better], cost[better]
        if size == count:  # a solution without a bound that is active is the solution
            left = left[~np.isfinite(best)]
        if not len(left):
            break
    return out


def _equality_constrained(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Minimisers (V, K) of w^T H w - 2 r^T w with sum 1."""
    ones = np.ones((*right.shape, 1))
    solved = np.linalg.solve(matrices, np.concatenate([right[..., None], ones], axis=2))
    free, direction = solved[..., 0], solved[..., 1]
    missing = 1.0 - free.sum(axis=1)
    return np.asarray(free + (missing / direction.sum(axis=1))[:, None] * direction)
