"""Bones as joints of a tree: parents, heads, tails and axes, from weights and transforms."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

from zoetrope.rigs.skeleton import Skeleton, SkinWeights

HOLD = 0.05
"""Pull of a joint to the middle of the vertices that two bones share, against a mean squared gap of 1: where
the bones' rotations hardly differ, no point is distinguished as a joint."""
REACH = 0.9
"""Share of a bone's weight, along its axis, that lies before its tail."""
SHORTEST = 0.01
"""Of a bone, as a share of the mesh's size."""
ROOT_LENGTH = 0.1
"""Of the root's bone, as a share of the mesh's size."""


@dataclass(frozen=True)
class BoneTree:
    """Joints in the rest pose with their motion, as `Skeleton` and the protocol have them.

    Joint 0, `root`, stands still. Every other joint has keys for rotation and location: the tree is for the
    artist, who can move a limb as a whole, and changes nothing of the motion.

    Parameters
    ----------
    skeleton : Skeleton
    weights : SkinWeights
        Of its joints.
    rotations : (T, J, 3, 3) float
    displacements : (T, J, 3) float
        Of the joints' heads.
    """

    skeleton: Skeleton
    weights: SkinWeights
    rotations: np.ndarray
    displacements: np.ndarray


def build_tree(rest: np.ndarray, weights: SkinWeights, transforms: np.ndarray) -> BoneTree:
    """Return a tree of the bones that move anything, below one root.

    Neighbouring bones are those that share vertices; the tree keeps the strongest neighbours (a maximum
    spanning tree) and hangs each group on its heaviest bone. A bone's head is the point that it and its
    parent move alike, its tail lies beyond the middle of its vertices.

    Parameters
    ----------
    rest : (V, 3) float
        In units of the mesh's size, Z up.
    weights : SkinWeights
        Of B bones.
    transforms : (T, B, 3, 4) float
    """
    dense = _sparse(weights, transforms.shape[1])
    mass = np.asarray(dense.sum(axis=0)).ravel()
    used = np.flatnonzero(mass > 1e-9)
    parents, order = _hang(dense[:, used], mass[used])
    used = used[order]  # parents first
    columns = sp.csc_array(dense[:, used])
    heads, tails = _ends(rest, columns, transforms[:, used], parents)
    bottom = np.array([*rest.mean(axis=0)[:2], rest[:, 2].min()])
    heads = np.vstack([bottom, heads])
    tails = np.vstack([bottom - [0.0, ROOT_LENGTH, 0.0], tails])
    names = ("root", *(f"bone_{i + 1:03d}" for i in range(len(used))))
    index = np.zeros(transforms.shape[1], np.int32)
    index[used] = 1 + np.arange(len(used))
    joints = np.where(weights.values > 0, index[weights.joints], 0).astype(np.int32)
    moving = np.concatenate([np.tile(np.eye(3, 4), (len(transforms), 1, 1, 1)), transforms[:, used]], axis=1)
    placed = np.einsum("tjab,jb->tja", moving[..., :3], heads) + moving[..., 3]
    skeleton = Skeleton(names, np.concatenate([[-1], parents + 1]).astype(np.int32), heads, tails)
    return BoneTree(skeleton, SkinWeights(joints, weights.values), moving[..., :3], placed - heads)


def _sparse(weights: SkinWeights, bones: int) -> sp.csr_array:
    rows = np.repeat(np.arange(len(weights.joints)), weights.joints.shape[1])
    return sp.csr_array(
        (weights.values.ravel(), (rows, weights.joints.ravel())), shape=(len(weights.joints), bones)
    )


def _hang(dense: sp.csr_array, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parents (B,) of bones in an order in which they come first, -1 for the top ones; and that order."""
    shared = (dense.T @ dense).toarray()
    np.fill_diagonal(shared, 0.0)
    tree = minimum_spanning_tree(sp.csr_array(np.where(shared > 0, 1.0 / np.maximum(shared, 1e-12), 0.0)))
    _, group = connected_components(tree, directed=False)
    parents: list[int] = []
    order: list[int] = []
    for label in np.argsort(-np.bincount(group, mass), kind="stable"):
        members = np.flatnonzero(group == label)
        top = members[mass[members].argmax()]
        walk, before = breadth_first_order(tree, top, directed=False)
        place = {int(bone): len(order) + i for i, bone in enumerate(walk)}
        parents += [-1 if bone == top else place[int(before[bone])] for bone in walk]
        order += walk.tolist()
    return np.array(parents), np.array(order)


def _ends(
    rest: np.ndarray, columns: sp.csc_array, transforms: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Heads and tails (B, 3) of bones."""
    heads, tails = np.zeros((len(parents), 3)), np.zeros((len(parents), 3))
    for bone, parent in enumerate(parents):
        vertices, values = _column(columns, bone)
        points, share = rest[vertices], values / values.sum()
        centre = share @ points
        axis = _long_axis(points - centre, share)
        if parent >= 0:
            heads[bone] = _joint(rest, columns, transforms, bone, int(parent))
            towards = centre - heads[bone]
            if np.linalg.norm(towards) > SHORTEST:
                axis = axis if axis @ towards > 0 else -axis
                axis = towards if abs(axis @ towards) < 0.7 * np.linalg.norm(towards) else axis
                axis = axis / np.linalg.norm(axis)
        else:
            heads[bone] = centre + _reach(-axis, points - centre, share) * -axis
        length = max(_reach(axis, points - heads[bone], share), SHORTEST)
        tails[bone] = heads[bone] + length * axis
    return heads, tails


def _column(columns: sp.csc_array, bone: int) -> tuple[np.ndarray, np.ndarray]:
    span = slice(columns.indptr[bone], columns.indptr[bone + 1])
    return columns.indices[span], columns.data[span]


def _long_axis(points: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Direction of the largest spread of points around the origin; it points up, or to +Y, or to +X."""
    _, vectors = np.linalg.eigh((points * share[:, None]).T @ points)
    axis = vectors[:, 2]
    largest = [i for i in (2, 1, 0) if abs(axis[i]) > 0.3]
    return np.asarray(axis * np.sign(axis[largest[0]]))


def _reach(axis: np.ndarray, points: np.ndarray, share: np.ndarray) -> float:
    """How far along an axis the given share of points lies."""
    along = points @ axis
    order = np.argsort(along)
    return float(along[order][min(np.searchsorted(np.cumsum(share[order]), REACH), len(along) - 1)])


def _joint(
    rest: np.ndarray, columns: sp.csc_array, transforms: np.ndarray, bone: int, parent: int
) -> np.ndarray:
    """The point c that a bone and its parent move to nearly the same places: least |T_b c - T_p c|^2."""
    dense = [np.zeros(len(rest)), np.zeros(len(rest))]
    for values, column in zip(dense, (bone, parent), strict=True):
        vertices, found = _column(columns, column)
        values[vertices] = found
    both = dense[0] * dense[1]
    middle = both @ rest / both.sum()
    difference = transforms[:, bone] - transforms[:, parent]
    turn, gap = difference[..., :3], difference[..., :3] @ middle + difference[..., 3]
    matrix = np.einsum("tab,tac->bc", turn, turn) / len(turn) + HOLD * np.eye(3)
    return np.asarray(middle - np.linalg.solve(matrix, np.einsum("tab,ta->b", turn, gap) / len(turn)))
