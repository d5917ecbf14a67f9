"""The joints of an asset as one tree: those that deform the mesh or lead to one that does.

Rigs for animators have more than a skeleton needs, and less: pole targets and other controls without weights
(left out), one joint in several skins (merged), joints that are rigid on their parent (merged into it), and
roots beside the main one, such as IK feet (`reparenting.py` gives those a parent).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.normalisation import Box
from zoetrope.rigs.donors.joint_names import ROOT, base_name, is_paired

MIN_WEIGHT = 0.05
"""A joint deforms if a vertex has this weight of it."""
STRAY_SHARE = 0.05
"""A root's share of all weights up to which its vertices are strays, forgotten when the rig was painted."""
NO_BONES = ("neutral_bone",)
"""Joints that exporters add for vertices without weights."""
MIRROR_DISTANCE = 0.06
"""Box units between a joint and the mirror image of its partner."""
RIGID = 1e-3
"""Box units, and entries of rotations, by which a joint differs from its parent if no clip moves it."""
POSES = 10
"""Moments of each clip at which the joints' transforms are compared."""


@dataclass(frozen=True)
class JointTree:
    """Joints of an asset, in box coordinates.

    Parameters
    ----------
    bases : tuple of str
        Base names (`joint_names`).
    parents : (J,) int
        -1 without.
    heads : (J, 3) float64
    weights : (V, J) float64
        Rows of sum 1.
    poses : (T, J, 3, 4) float64
        From the rest pose to moments of the clips, as each joint moves its vertices.
    """

    bases: tuple[str, ...]
    parents: np.ndarray
    heads: np.ndarray
    weights: np.ndarray
    poses: np.ndarray

    def descendants(self, joint: int) -> list[int]:
        """Return a joint and its descendants: parents before children, a limb at a time."""
        children = np.flatnonzero(self.parents == joint)
        return [joint, *(one for child in children for one in self.descendants(int(child)))]

    def deforming(self) -> np.ndarray:
        """Return which joints (J,) move a vertex."""
        return np.asarray(self.weights.max(axis=0) > MIN_WEIGHT)

    def sides(self) -> np.ndarray:
        """Return the side of the creature that joints (J,) are on: 1 left (+X), -1 right."""
        return np.where(self.heads[:, 0] >= self.middle(), 1, -1)

    def middle(self) -> float:
        """Return the x of the plane between left and right."""
        central = [i for i, base in enumerate(self.bases) if not is_paired(base)]
        return float(np.median(self.heads[central or slice(None), 0]))

    def partner(self, joint: int) -> int | None:
        """Return the joint of the same base name where a joint's mirror image is."""
        if not is_paired(self.bases[joint]):
            return None
        image = self.heads[joint] * [-1.0, 1.0, 1.0] + [2.0 * self.middle(), 0.0, 0.0]
        distance = np.linalg.norm(self.heads - image, axis=1)
        same = [i for i, base in enumerate(self.bases) if base == self.bases[joint] and i != joint]
        nearest = min(same, key=lambda i: float(distance[i]), default=None)
        return nearest if nearest is not None and distance[nearest] < MIRROR_DISTANCE else None

    def selected(self, joints: Sequence[int]) -> "JointTree":
        """Return some joints in a given order; those whose parent is left out have none."""
        place = {int(joint): i for i, joint in enumerate(joints)}
        chosen = np.array(joints, dtype=np.int64)
        return JointTree(
            tuple(self.bases[joint] for joint in chosen),
            np.array([place.get(int(self.parents[joint]), -1) for joint in chosen]),
            self.heads[chosen],
            self.weights[:, chosen],
            self.poses[:, chosen],
        )


def joints_of(asset: AnimatedAsset, creature: str, box: Box) -> JointTree:
    """Return the joints of an asset that its skeleton needs; several may have no parent.

    Parameters
    ----------
    asset : AnimatedAsset
    creature : str
        Its file without suffix, which decides what joints are called.
    box : Box
        That of its rest pose.

    Raises
    ------
    ZoetropeError
        Code "bad_option": no joint moves a vertex.
    """
    nodes, slots = _nodes(asset)
    names = [asset.node_names[node] if asset.node_names else "" for node in nodes]
    tree = _read(asset, nodes, slots, names, creature, box)
    weights = _with_rigid_parts(tree)
    weights[:, [name in NO_BONES for name in names]] = 0.0
    total = weights.sum()
    for joint, base in enumerate(tree.bases):
        if base == ROOT and tree.parents[joint] < 0 and weights[:, joint].sum() < STRAY_SHARE * total:
            weights[:, joint] = 0.0
    if not (weights > MIN_WEIGHT).any():
        raise ZoetropeError(
            f"{creature} has no joint that moves a vertex.", code="bad_option", remedy="Leave it out."
        )
    tree = replace(tree, weights=_filled(weights, asset.rest.astype(np.float64), asset.faces))
    return _without_roots(tree.selected(_needed(tree)))


def _nodes(asset: AnimatedAsset) -> tuple[list[int], np.ndarray]:
    """Return the nodes that are joints, once each, and the place of each of the asset's joints among them."""
    nodes = list(dict.fromkeys(int(node) for node in asset.joints))
    place = {node: i for i, node in enumerate(nodes)}
    return nodes, np.array([place[int(node)] for node in asset.joints])


def _read(
    asset: AnimatedAsset, nodes: list[int], slots: np.ndarray, names: list[str], creature: str, box: Box
) -> JointTree:
    """Return all joints of an asset, one a node; of a node in several skins, the heaviest one's bind."""
    weights = np.zeros((len(asset.weights), len(nodes)))
    for slot, column in zip(slots, asset.weights.T, strict=True):
        weights[:, slot] += column
    total = asset.weights.sum(axis=0)
    heaviest = np.array([max(np.flatnonzero(slots == i), key=lambda j: total[j]) for i in range(len(nodes))])
    heads = box.to_box(asset.joint_binds[heaviest, :3, 3] @ asset.to_world.T)
    place, parents = {node: i for i, node in enumerate(nodes)}, []
    for node in nodes:
        above = int(asset.parents[node])
        while above >= 0 and above not in place:
            above = int(asset.parents[above])
        parents.append(place.get(above, -1))
    bases = tuple(base_name(creature, name) for name in names)
    return JointTree(bases, np.array(parents), heads, weights, _poses(asset, heaviest, box))


def _poses(asset: AnimatedAsset, joints: np.ndarray, box: Box) -> np.ndarray:
    """Return how joints move points of the box at moments of all clips. (T, J, 3, 4)"""
    found = []
    for name in asset.clip_names:
        pose = asset.pose(name, np.linspace(*asset.span(name), POSES))
        matrices = asset.node_matrices(pose)[:, asset.joints[joints]] @ asset.inverse_bind[joints]
        linear = asset.to_world @ matrices[..., :3, :3] @ asset.to_world.T
        shift = matrices[..., :3, 3] @ asset.to_world.T
        shift = (linear @ box.centre + shift - box.centre) * box.scale
        found.append(np.concatenate([linear, shift[..., None]], axis=-1))
    return np.concatenate(found) if found else np.zeros((0, len(joints), 3, 4))


def _with_rigid_parts(tree: JointTree) -> np.ndarray:
    """Return weights in which joints without weights have those of the parts that are rigid on them."""
    weights, deforming = tree.weights.copy(), tree.deforming()
    for joint, parent in enumerate(tree.parents):
        if parent < 0 or deforming[parent] or (tree.parents == joint).any():
            continue
        if len(tree.poses) and np.allclose(tree.poses[:, joint], tree.poses[:, parent], atol=RIGID):
            weights[:, parent] += weights[:, joint]
            weights[:, joint] = 0.0
    return weights


def _filled(weights: np.ndarray, rest: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return weights with rows of sum 1; empty rows are filled over the edges, then by the nearest vertex."""
    count = len(weights)
    edges = unique_edges(faces)
    ends = edges.ravel(), edges[:, ::-1].ravel()
    graph = sp.csr_array((np.ones(2 * len(edges)), ends), shape=(count, count))
    has_weights = weights.sum(axis=1) > 0.5
    weights = np.where(has_weights[:, None], weights, 0.0)
    while not has_weights.all():
        sums = graph @ weights
        reached = ~has_weights & (sums.sum(axis=1) > 0)
        if not reached.any():
            _, nearest = KDTree(rest[has_weights]).query(rest[~has_weights])
            weights[~has_weights] = weights[has_weights][nearest]
            break
        weights[reached] = sums[reached] / sums[reached].sum(axis=1, keepdims=True)
        has_weights |= reached
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _needed(tree: JointTree) -> list[int]:
    """Return the joints that deform, or whose mirror image does, and their ancestors."""
    needed = tree.deforming()
    for joint in np.flatnonzero(needed):
        partner = tree.partner(int(joint))
        if partner is not None:
            needed[partner] = True
    for joint in np.flatnonzero(needed):
        above = int(tree.parents[joint])
        while above >= 0 and not needed[above]:
            needed[above] = True
            above = int(tree.parents[above])
    return [int(joint) for joint in np.flatnonzero(needed)]


def _without_roots(tree: JointTree) -> JointTree:
    """Remove joints without weights above the joint that moves the body."""
    while True:
        for joint in np.flatnonzero((tree.parents < 0) & ~tree.deforming()):
            if (tree.parents == joint).sum() == 1 or tree.bases[joint] == ROOT:
                tree = tree.selected([i for i in range(len(tree.bases)) if i != joint])
                break
        else:
            return tree
