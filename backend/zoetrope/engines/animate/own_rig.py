"""Keys for the rig that a mesh already has: its own deform bones fitted to the frames of its vertices."""

import numpy as np

from zoetrope.engines.animate.request import OwnRig
from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import Skeleton, SkinWeights

FITTED_VERTICES = 4000
"""Vertices, chosen at random, that the bones are fitted to: it costs the same for any mesh."""
MIN_SHARE = 1e-6
"""Share of all weight below which a bone moves nothing."""


def fit_own_rig(
    rig: OwnRig, rest: np.ndarray, frames: np.ndarray, cyclic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a mesh's own bones to frames of its vertices.

    Parameters
    ----------
    rig : OwnRig
    rest : (V, 3) float
        In the coordinates of the rig.
    frames : (T, V, 3) float
    cyclic : bool

    Returns
    -------
    rotations : (T, B, 3, 3) float64
        World-space rotation of each bone relative to its rest pose.
    translations : (T, B, 3) float64
        Displacement of each bone's head.
    """
    count = len(rig.names)
    dense = np.zeros((len(rest), count))
    np.add.at(dense, (rig.vertices, rig.bones), rig.values)
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(dense.sum(axis=1) > 0))[:FITTED_VERTICES]
    parents = _with_one_root(rig, dense)
    # Two joints without weight above the rig's roots: the ground, and one that has the translation.
    middle = np.average(rest, axis=0)
    skeleton = Skeleton(
        ("__root", "__translation", *rig.names),
        np.concatenate([[-1, 0], np.where(parents < 0, 1, parents + 2)]),
        np.concatenate([[middle, middle], rig.heads]),
        np.concatenate([[middle, middle], rig.tails]),
    )
    skeleton, order = _parents_first(skeleton)
    padded = np.concatenate([np.zeros((len(rest), 2)), dense], axis=1)[:, order]
    motion = fit_motion(
        skeleton, SkinWeights.from_dense(padded[chosen]), rest[chosen], frames[:, chosen], cyclic=cyclic
    )
    place = np.argsort(order)[2:]
    return motion.rotations[:, place], motion.head_displacements(skeleton)[:, place]


def _with_one_root(rig: OwnRig, dense: np.ndarray) -> np.ndarray:
    """Parents (B,): those deforming roots that are not the main one get the bone whose weights they share.

    IK feet often have no parent; the leg would tear from them.
    """
    parents = rig.parents.copy()
    total = dense.sum(axis=0)
    below = total.copy()
    for bone in reversed(range(len(parents))):
        if parents[bone] >= 0:
            below[parents[bone]] += below[bone]
    roots = np.flatnonzero(parents < 0)
    main = roots[below[roots].argmax()]
    shared = dense.T @ dense
    for root in roots:
        if root == main or below[root] < MIN_SHARE * total.sum():
            continue
        subtree = _descendants(parents, int(root))
        overlap = shared[subtree].sum(axis=0)
        overlap[subtree] = 0.0
        if overlap.max() > 0:
            parents[root] = int(overlap.argmax())
    return parents


def _descendants(parents: np.ndarray, root: int) -> list[int]:
    found = [root]
    for bone in found:
        found.extend(np.flatnonzero(parents == bone).tolist())
    return found


def _parents_first(skeleton: Skeleton) -> tuple[Skeleton, np.ndarray]:
    """Reorder joints so that parents precede; returns the old index of each new one."""
    order: list[int] = [0]
    for joint in order:
        order.extend(np.flatnonzero(skeleton.parents == joint).tolist())
    index = np.array(order)
    new = np.argsort(index)
    parents = np.where(skeleton.parents[index] < 0, -1, new[np.maximum(skeleton.parents[index], 0)])
    names = tuple(skeleton.names[i] for i in order)
    return Skeleton(names, parents, skeleton.heads[index], skeleton.tails[index]), index
