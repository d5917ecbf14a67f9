"""Where bones end: at the joint that continues the limb, or at the end of what the last joint moves."""

import numpy as np

from zoetrope.geometry.mesh_properties import vertex_areas
from zoetrope.rigs.donors.joint_names import is_paired
from zoetrope.rigs.donors.joint_tree import MIN_WEIGHT, JointTree

MIN_LENGTH = 0.02
"""Box units. A child closer than that does not continue a limb."""
FAR = 0.9
"""Share of the area that a last joint moves; what lies further along is the end of the limb."""
STRAIGHT = 0.6
"""Cosine of the angle to the middle of its last joint's vertices from which a tail is straight."""
ALIKE = 0.4
"""Cosine of the angle between a limb's end and the other one's mirror image from which both are averaged."""
GROUND = 0.15
"""Share of the height up to which a foot is on the ground."""
FORWARD = np.array([0.0, -1.0, 0.0])
CONTINUATIONS = {
    "body": ("spine", "chest", "neck", "head"),
    "hips": ("spine", "chest", "neck", "head", "tail"),
    "base": ("body", "spine"),
    "spine": ("spine", "chest", "neck", "head", "tail"),
    "chest": ("neck", "head"),
    "arm_lower": ("hand", "finger_middle", "finger_index"),
    "hand": ("finger_middle", "finger_index"),
}
"""Base names of the children that continue a joint, the likeliest first; else the heaviest child does."""
ENDS = ("head", "face")
"""Base names that nothing continues, whatever their children."""


def bone_tails(tree: JointTree, rest: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the tails (J, 3) of a tree's bones.

    Parameters
    ----------
    tree : JointTree
    rest : (V, 3) float
        Rest pose in box coordinates.
    faces : (F, 3) int
    """
    areas = vertex_areas(rest, faces)
    tails = tree.heads.copy()
    for joint in range(len(tree.bases)):
        towards = _continuation(tree, joint)
        tails[joint] = tree.heads[towards] if towards is not None else _end(tree, joint, rest, areas)
    return _alike(tree, tails)


def _continuation(tree: JointTree, joint: int) -> int | None:
    """Return the joint that a bone ends at; None for the last of a limb."""
    base = tree.bases[joint]
    children = [int(child) for child in np.flatnonzero(tree.parents == joint)]
    chest = [i for i, other in enumerate(tree.bases) if other == "chest" and i != joint]
    has_legs = any(tree.bases[child].startswith("leg_") for child in children)
    if chest and ((base == "body" and has_legs) or (base == "spine" and not children)):
        # The trunk's joints are siblings in these rigs: they still lie one behind the other.
        return chest[0]
    if base == "base" and tree.parents[joint] >= 0:
        return int(tree.parents[joint])  # it lies below the body
    far = [child for child in children if np.linalg.norm(tree.heads[child] - tree.heads[joint]) > MIN_LENGTH]
    for continuation in CONTINUATIONS.get(base, ()):
        same = [child for child in far if tree.bases[child] == continuation]
        if same:
            return same[0]
    if base in CONTINUATIONS or base in ENDS:
        return None
    return max(far, key=lambda child: float(tree.weights[:, tree.descendants(child)].sum()), default=None)


def _end(tree: JointTree, joint: int, rest: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the end of what a joint moves: the middle of its vertices that are furthest from its head.

    Furthest in the direction of the middle of its vertices. Feet on the ground and eyes point forward,
    and a tail goes straight on: the last joint of a fish is longest along one lobe of its fin.
    """
    head, weights, base = tree.heads[joint], tree.weights[:, joint], tree.bases[joint]
    on_ground = head[2] < rest[:, 2].min() + GROUND * float(np.ptp(rest[:, 2]))
    foot = base.startswith("leg_") and on_ground
    insect = any(other.startswith("leg_middle") for other in tree.bases)
    forward = base.startswith("eye") or (foot and not insect)
    onward = FORWARD if forward else _onward(tree, joint)
    shortest = head + MIN_LENGTH * onward
    if weights.max() < MIN_WEIGHT or (foot and insect):
        return np.asarray(shortest)
    own = weights > 0.5 * weights.max()
    heavy = weights * (areas + 1e-9)
    middle = heavy @ rest / heavy.sum() - head
    ahead = float(middle @ onward) > STRAIGHT * float(np.linalg.norm(middle))
    straight = forward or (base == "tail" and ahead)
    end = _furthest(rest[own], areas[own] + 1e-9, onward if straight else middle)
    if straight:
        end = head + max(float((end - head) @ onward), MIN_LENGTH) * onward
    if not is_paired(base):
        end[0] = head[0]
    return np.asarray(end if np.linalg.norm(end - head) > MIN_LENGTH else shortest)


def _onward(tree: JointTree, joint: int) -> np.ndarray:
    """Return the unit vector in which a limb goes on beyond its last joint."""
    parent = int(tree.parents[joint])
    along = tree.heads[joint] - tree.heads[parent] if parent >= 0 else FORWARD
    length = float(np.linalg.norm(along))
    return np.asarray(along / length) if length > 1e-6 else FORWARD


def _furthest(points: np.ndarray, areas: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return the middle of the points (N, 3) that are furthest in a direction."""
    order = np.argsort(-(points @ direction), kind="stable")
    share = np.cumsum(areas[order]) / areas.sum()
    chosen = order[: 1 + int(np.searchsorted(share, 1.0 - FAR))]
    return np.asarray(areas[chosen] @ points[chosen] / areas[chosen].sum())


def _alike(tree: JointTree, tails: np.ndarray) -> np.ndarray:
    """Return tails in which the ends of limbs that nearly mirror each other do so."""
    out = tails.copy()
    mirror = np.array([-1.0, 1.0, 1.0])
    for joint in range(len(tree.bases)):
        other = tree.partner(joint)
        if other is None or (tree.parents == joint).any() or (tree.parents == other).any():
            continue
        own, theirs = tails[joint] - tree.heads[joint], (tails[other] - tree.heads[other]) * mirror
        if own @ theirs > ALIKE * np.linalg.norm(own) * np.linalg.norm(theirs):
            mean = 0.5 * (own + theirs)
            length = max(float(np.linalg.norm(mean)), 1e-9)
            out[joint] = tree.heads[joint] + mean * max(1.0, MIN_LENGTH / length)
    return out
