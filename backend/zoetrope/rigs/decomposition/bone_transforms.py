"""Rigid transforms of bones whose skin weights are known, for any number of vertices and frames.

The sum of squared distances between skinned and given vertices is a quadratic form of the transforms. Its
coefficients are sums over the vertices, made once; block coordinate descent on it, one bone at a time (Le and
Deng 2012, section 4.3), costs the same for any number of vertices.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from zoetrope.geometry.rigid_alignment import nearest_rotations
from zoetrope.rigs.decomposition.scaled_frames import ScaledFrames
from zoetrope.rigs.skeleton import SkinWeights

ITERATIONS = 20
LEAST = 1e-6
"""Sum of a bone's squared weights below which it moves nothing, and follows the whole mesh."""


def fit_transforms(
    rest: np.ndarray,
    weights: SkinWeights,
    bones: int,
    frames: ScaledFrames,
    on_step: Callable[[int, int], None],
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Return the transforms (T, B, 3, 4) of bones with which the skinned rest pose is nearest to frames.

    Parameters
    ----------
    rest : (V, 3) float
        Its vertices near the origin.
    weights : SkinWeights
        Of these bones.
    bones : int
        B.
    frames : ScaledFrames
    on_step : callable
        Takes a step and their number; may raise.
    start : (T, B, 3, 4) float, optional
        What is refined; by default the rigid fit of each bone's own vertices (Kabsch 1976).
    """
    points = np.column_stack([rest, np.ones(len(rest))])
    levers = _levers(points, weights, bones)
    gram = (levers @ levers.T).toarray().reshape(bones, 4, bones, 4).transpose(0, 2, 1, 3)
    cross = np.empty((len(frames), bones, 3, 4))
    for t in range(len(frames)):
        on_step(t, len(frames) + ITERATIONS)
        cross[t] = (levers @ frames.frame(t)).reshape(bones, 4, 3).transpose(0, 2, 1)
    moments = np.asarray(levers @ points).reshape(bones, 4, 4)  # sum of w p p^T
    transforms = _own_fit(moments, cross) if start is None else start.copy()
    used = np.flatnonzero(gram[np.arange(bones), np.arange(bones), 3, 3] > LEAST)
    for step in range(ITERATIONS):
        on_step(len(frames) + step, len(frames) + ITERATIONS)
        for bone in used:
            others = np.einsum("tkab,kbc->tac", transforms, gram[:, bone], optimize=True)
            left = cross[:, bone] - others + transforms[:, bone] @ gram[bone, bone]
            transforms[:, bone] = _rigid(left, gram[bone, bone, :3, 3], gram[bone, bone, 3, 3])
    return transforms


def _levers(points: np.ndarray, weights: SkinWeights, bones: int) -> sp.csr_array:
    """The products w_vj (x, y, z, 1)_v as a sparse matrix (4B, V)."""
    vertices = np.repeat(np.arange(len(points)), weights.joints.shape[1])
    rows = 4 * weights.joints.ravel()[:, None] + np.arange(4)
    values = weights.values.ravel()[:, None] * points[vertices]
    columns = np.broadcast_to(vertices[:, None], rows.shape)
    return sp.csr_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=(4 * bones, len(points)))


def _rigid(left: np.ndarray, moment: np.ndarray, mass: float) -> np.ndarray:
    """Rigid transforms (T, 3, 4) from sums of w q (p, 1)^T (T, 3, 4), of w p (3,), and of w."""
    centre, centres = moment / mass, left[:, :, 3] / mass
    rotation = nearest_rotations(left[:, :, :3] - centres[:, :, None] * moment)
    return np.concatenate([rotation, (centres - rotation @ centre)[:, :, None]], axis=2)


def _own_fit(moments: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Rigid fits of each bone's own vertices; of the whole mesh for a bone without any."""
    out = np.empty_like(cross)
    whole, total = cross.sum(axis=1), moments.sum(axis=0)
    for bone in range(len(moments)):
        own, left = moments[bone], cross[:, bone]
        if own[3, 3] <= LEAST:
            own, left = total, whole
        out[:, bone] = _rigid(left, own[:3, 3], own[3, 3])
    return out
