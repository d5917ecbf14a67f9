"""Skin weights of a mesh's vertices for bones whose transforms are known."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from zoetrope.rigs.skeleton import MAX_INFLUENCES, SkinWeights

CHUNK = 4096
PRIOR = 0.002
"""Distance, as a share of the mesh's size, that is traded for a change of all weights by 1: where bones move
alike the frames do not decide, and weights stay as smooth as they were given."""


def refine_weights(
    prior: sp.csr_array,
    rest: np.ndarray,
    transforms: np.ndarray,
    frames_of: Callable[[np.ndarray], np.ndarray],
    groups: np.ndarray,
    on_step: Callable[[int, int], None],
) -> SkinWeights:
    """Return the weights with which the skinned rest pose is nearest to some frames.

    Each vertex is moved by the four bones of largest prior weight at most, with weights that are not negative
    and sum to 1.

    Parameters
    ----------
    prior : sparse (V, B) float
        Weights that are kept where the frames do not decide.
    rest : (V, 3) float
        In units of the mesh's size.
    transforms : (T, B, 3, 4) float
    frames_of : callable
        Takes indices (N,) of vertices, returns their places (T, N, 3).
    groups : (V,) int
        Vertices of one group, from 0, get the same weights; -1: none.
    on_step : callable
        Takes a step and their number; may raise.
    """
    total, count = len(rest), min(MAX_INFLUENCES, prior.shape[1])
    prior = _shared(prior, groups)
    joints, start = np.zeros((total, count), np.int32), np.zeros((total, count))
    forms = np.zeros((total, count, count))
    for begin in range(0, total, CHUNK):
        on_step(begin, total)
        some = np.arange(begin, min(begin + CHUNK, total))
        given = prior[some].toarray()
        joints[some] = np.argsort(-given, axis=1, kind="stable")[:, :count]
        start[some] = np.take_along_axis(given, joints[some], axis=1)
        away = _distances(rest[some], transforms, joints[some], frames_of(some))
        forms[some] = away @ away.transpose(0, 2, 1) / len(transforms)
    start /= start.sum(axis=1, keepdims=True)
    forms = _averaged(forms, groups)
    values = np.zeros((total, MAX_INFLUENCES))
    padded = np.zeros((total, MAX_INFLUENCES), np.int32)
    for begin in range(0, total, CHUNK):
        end = begin + CHUNK
        values[begin:end, :count] = _convex(forms[begin:end], start[begin:end])
    padded[:, :count] = joints
    padded[values == 0] = 0
    return SkinWeights(padded, values)


def _shared(prior: sp.csr_array, groups: np.ndarray) -> sp.csr_array:
    """The prior with its mean over each group in place of its rows."""
    if (groups < 0).all():
        return prior
    count = len(groups)
    _, label = np.unique(np.where(groups < 0, -1 - np.arange(count), groups), return_inverse=True)
    member = sp.csr_array((np.ones(count), (np.arange(count), label)))
    mean = sp.diags_array(1.0 / np.asarray(member.sum(axis=0)).ravel()) @ member.T
    return sp.csr_array(member @ (mean @ prior))


def _averaged(forms: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The quadratic forms (V, K, K) with their mean over each group, whose vertices have the same bones."""
    inside = np.flatnonzero(groups >= 0)
    if not len(inside):
        return forms
    label = groups[inside]
    totals = np.zeros((label.max() + 1, *forms.shape[1:]))
    np.add.at(totals, label, forms[inside])
    forms[inside] = (totals / np.maximum(np.bincount(label), 1)[:, None, None])[label]
    return forms


def _distances(
    rest: np.ndarray, transforms: np.ndarray, joints: np.ndarray, frames: np.ndarray
) -> np.ndarray:
    """How far each of its bones would bring a vertex from its places: (V, K, 3T)."""
    used, local = np.unique(joints, return_inverse=True)
    points = np.column_stack([rest, np.ones(len(rest))])
    moved = points @ transforms[:, used].transpose(1, 3, 0, 2).reshape(len(used), 4, -1)  # (bone, vertex, 3T)
    chosen = moved[local.reshape(joints.shape), np.arange(len(rest))[:, None]]
    return np.asarray(chosen - frames.transpose(1, 0, 2).reshape(len(rest), 1, -1))


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
