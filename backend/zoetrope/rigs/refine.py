"""A transferred skeleton refined on vertex animations of its own mesh: places of joints, and skin weights.

Both steps follow a fit of the rotations (`fit.py`) and are least squares on the same distance. With the
rotations fixed, a skinned vertex is linear in the heads of the joints,

    dx_v / dh_j = W_vj (R_parent(j) - R_j)

with W_vj the weight of vertex v on joint j and all below it; and linear in its weights, which are kept
positive with sum 1, on a few joints near by (smooth skinning decomposition, Le and Deng 2012). Both are
drawn towards what was transferred from the donor: it decides where the animations do not.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from zoetrope.bodies.laplacian import diffuse
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

ROUNDS = 3
"""Of rotations, joints and weights."""
FIRST_ITERATIONS, LATER_ITERATIONS = 10, 5
"""Of the fit of the rotations, in the first round and in those that start at its result. 15 in all of them
change the distance from the frames by less than 1 %."""
FRAMES = 48
"""Of all clips together, evenly spaced, that joints and weights are refined on."""
CANDIDATES = 8
"""Joints that a vertex may hang on: those with the largest weights in its surroundings."""
SURROUNDINGS = 12
"""Steps of diffusion over the mesh's edges that make a vertex's surroundings."""
JOINT_PENALTY = 1e-2
"""Of a joint's squared displacement, against mean squared distances."""
WEIGHT_PENALTY = 0.1
"""Of squared changes of weights, against mean squared distances in per cent of the diagonal."""
WEIGHT_STEPS = 80
SMOOTHING = 0.01
"""Share of the diagonal: the length over which the weights' changes are smoothed, or the skin creases."""


def refine_rig(
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    faces: np.ndarray,
    clips: Sequence[np.ndarray],
    cyclic: Sequence[bool],
    on_step: Callable[[int, int], None] = lambda _i, _n: None,
) -> tuple[Skeleton, SkinWeights, list[SkeletonMotion]]:
    """Refine a skeleton and its weights on clips of their mesh; returns them with the clips' motions.

    Parameters
    ----------
    rest, faces : (V, 3) float, (F, 3) int
    clips : sequence of (T, V, 3) float
    cyclic : sequence of bool
    on_step : callable
        Called with (rounds done, rounds in all) before each fit; may raise to cancel.
    """
    smooth = _averaging(len(rest), faces)
    transferred_heads, transferred = skeleton.heads, weights.dense(len(skeleton.names))
    candidates = _candidates(transferred, smooth)
    chosen = _evenly(sum(map(len, clips)))
    frames = np.concatenate(clips)[chosen]
    motions: list[SkeletonMotion | None] = [None] * len(clips)
    for remaining in range(ROUNDS, -1, -1):
        on_step(ROUNDS - remaining, ROUNDS + 1)
        arrays = skeleton, weights, rest
        iterations = FIRST_ITERATIONS if remaining == ROUNDS else LATER_ITERATIONS
        fitted = [
            fit_motion(*arrays, clip, cyclic=loop, start=start, iterations=iterations)
            for clip, loop, start in zip(clips, cyclic, motions, strict=True)
        ]
        motions = list(fitted)
        if not remaining:
            break
        some = SkeletonMotion(
            np.concatenate([one.rotations for one in fitted])[chosen],
            np.concatenate([one.translation for one in fitted])[chosen],
        )
        skeleton = _with_refined_heads(*arrays, some, frames, transferred_heads)
        weights = _refined_weights(skeleton, rest, faces, some, frames, transferred, candidates)
    return skeleton, weights, fitted


def _evenly(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int))


def _averaging(count: int, faces: np.ndarray) -> sp.csr_array:
    """Matrix (V, V) that replaces a value by the mean of itself and of the mean of its neighbours."""
    a, b = unique_edges(faces).T
    entries = np.ones(2 * len(a)), (np.concatenate([a, b]), np.concatenate([b, a]))
    neighbours = sp.csr_array(entries, shape=(count, count))
    degree = np.maximum(neighbours.sum(axis=1), 1.0)
    return sp.csr_array(0.5 * (sp.eye_array(count) + sp.diags_array(1.0 / degree) @ neighbours))


def _candidates(transferred: np.ndarray, smooth: sp.csr_array) -> np.ndarray:
    """Joints (V, C) with the largest weights (V, J) around each vertex; the root is none."""
    around = transferred.copy()
    for _ in range(SURROUNDINGS):
        around = smooth @ around
    around[transferred > 0] += 1.0
    around[:, 0] = -1.0
    count = min(CANDIDATES, around.shape[1] - 1)
    return np.argsort(-around, axis=1, kind="stable")[:, :count]


def _with_refined_heads(
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    motion: SkeletonMotion,
    frames: np.ndarray,
    transferred: np.ndarray,
) -> Skeleton:
    """Joints but the root and the first that deforms, placed where the frames want them."""
    parents = skeleton.parents
    below = weights.dense(len(parents))
    for joint in range(len(parents) - 1, 0, -1):
        below[:, parents[joint]] += below[:, joint]
    moved = np.arange(2, len(parents))
    share = below[:, moved]
    turns = motion.rotations[:, parents[moved]] - motion.rotations[:, moved]  # (frame, joint, 3, 3)
    residual = frames - skin(rest, weights, skeleton, motion)
    count, scale = len(moved), len(frames) * len(rest)
    overlap = share.T @ share
    matrix = np.einsum("tiba,tjbc->iajc", turns, turns, optimize=True) * overlap[:, None, :, None]
    sums = np.einsum("vj,tvc->tjc", share, residual, optimize=True)
    right = np.einsum("tjba,tjb->ja", turns, sums)
    right += JOINT_PENALTY * share.sum(axis=0)[:, None] * len(frames) * (transferred - skeleton.heads)[moved]
    matrix = matrix.reshape(3 * count, 3 * count)
    diagonal = np.arange(3 * count)
    penalty = JOINT_PENALTY * share.sum(axis=0) * len(frames) + 1e-6 * scale
    matrix[diagonal, diagonal] += np.repeat(penalty, 3)
    step = np.linalg.solve(matrix, right.ravel()).reshape(count, 3)
    heads, tails = skeleton.heads.copy(), skeleton.tails.copy()
    heads[moved] += step
    _move_tails(skeleton, heads, tails)
    return replace(skeleton, heads=heads, tails=tails)


def _move_tails(skeleton: Skeleton, heads: np.ndarray, tails: np.ndarray) -> None:
    """A tail at a child's head follows it; others follow their own head."""
    tails += heads - skeleton.heads
    for joint, parent in enumerate(skeleton.parents):
        if parent > 0 and np.allclose(skeleton.tails[parent], skeleton.heads[joint], atol=1e-6):
            tails[parent] = heads[joint]


def _refined_weights(
    skeleton: Skeleton,
    rest: np.ndarray,
    faces: np.ndarray,
    motion: SkeletonMotion,
    frames: np.ndarray,
    transferred: np.ndarray,
    candidates: np.ndarray,
) -> SkinWeights:
    """Weights that bring the skinned vertices nearest to the frames, near the transferred ones (V, J)."""
    unit = float(np.linalg.norm(np.ptp(rest, axis=0))) / 100.0
    translations = motion.joint_translations(skeleton)
    count = candidates.shape[1]
    gram, right = np.zeros((len(rest), count, count)), np.zeros((len(rest), count))
    for rotations, shifts, frame in zip(motion.rotations, translations, frames, strict=True):
        missed = np.einsum("vkab,vb->vka", rotations[candidates], rest) + shifts[candidates]
        missed -= frame[:, None]
        missed /= unit * np.sqrt(len(frames))
        gram += missed @ np.swapaxes(missed, 1, 2)
    before = np.take_along_axis(transferred, candidates, axis=1)
    gram[:, np.arange(count), np.arange(count)] += WEIGHT_PENALTY
    right += WEIGHT_PENALTY * before
    change = _on_simplex(gram, right, before) - before
    dense = np.zeros_like(transferred)
    np.put_along_axis(dense, candidates, change, axis=1)
    no_links = np.zeros((0, 2), np.int64)
    refined = np.maximum(transferred + diffuse(dense, rest, faces, no_links, 100.0 * SMOOTHING * unit), 0.0)
    refined[:, 0] = 0.0
    return SkinWeights.from_dense(refined)


def _on_simplex(gram: np.ndarray, right: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Minimise w G w / 2 - r w over w (V, C) >= 0 of sum 1 by accelerated projected gradients (FISTA)."""
    step = 1.0 / np.maximum(np.einsum("vkk->v", gram), 1e-12)[:, None]
    w = point = start / np.maximum(start.sum(axis=1, keepdims=True), 1e-12)
    momentum = 1.0
    for _ in range(WEIGHT_STEPS):
        gradient = (gram @ point[..., None])[..., 0] - right
        after = _project(point - step * gradient)
        following = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        point = after + (momentum - 1.0) / following * (after - w)
        w, momentum = after, following
    return w


def _project(values: np.ndarray) -> np.ndarray:
    """Nearest points (V, C) of the simplex (Duchi et al. 2008)."""
    ordered = -np.sort(-values, axis=1)
    excess = np.cumsum(ordered, axis=1) - 1.0
    ranks = np.arange(1, values.shape[1] + 1)
    last = (ordered * ranks > excess).sum(axis=1) - 1
    shift = np.take_along_axis(excess, last[:, None], axis=1)[:, 0] / (last + 1)
    return np.maximum(values - shift[:, None], 0.0)
