"""Where bones end: at the joint that continues the limb, or at the end of what the last joint moves."""

import numpy as np

from zoetrope.rigs.joint_tree import JointTree

MIN_LENGTH = 0.02
"""Box units. A child closer than that does not continue a limb."""
REACH = 0.95
"""Quantile of the vertices of a last joint along its direction: where its bone ends."""
CONTINUES = {
    "body": ("spine", "chest", "neck", "head"),
    "hips": ("spine", "chest", "neck", "head"),
    "spine": ("spine", "chest", "neck", "head", "tail"),
    "chest": ("neck", "head"),
    "arm_lower": ("hand", "finger_middle", "finger_index"),
    "hand": ("finger_middle", "finger_index"),
    "leg_front_upper": ("leg_front_lower",),
}
"""Base names of the children that continue a joint, in order; of others, the one with most below it."""


def bone_tails(tree: JointTree, rest: np.ndarray) -> np.ndarray:
    """Return the tails (J, 3) of a tree's bones.

    Parameters
    ----------
    rest : (V, 3) float
        Rest pose in box coordinates.
    """
    tails = tree.heads.copy()
    for joint in range(len(tree.bases)):
        child = _continuation(tree, joint)
        tails[joint] = tree.heads[child] if child is not None else _end(tree, joint, rest)
    return tails


def _continuation(tree: JointTree, joint: int) -> int | None:
    children = [
        int(child)
        for child in np.flatnonzero(tree.parents == joint)
        if np.linalg.norm(tree.heads[child] - tree.heads[joint]) > MIN_LENGTH
    ]
    if not children:
        return None
    for base in CONTINUES.get(tree.bases[joint], ()):
        same = [child for child in children if tree.bases[child] == base]
        if same:
            return same[0]
    if tree.bases[joint] in CONTINUES or tree.bases[joint] == "head":
        return None
    return max(children, key=lambda child: float(tree.weights[:, tree.below(child)].sum()))


def _end(tree: JointTree, joint: int, rest: np.ndarray) -> np.ndarray:
    """Return the end of what a joint moves, seen from its head."""
    head, weights = tree.heads[joint], tree.weights[:, joint]
    parent = int(tree.parents[joint])
    onward = head - tree.heads[parent] if parent >= 0 else np.array([0.0, -1.0, 0.0])
    if weights.sum() < 1e-6:
        direction, reach = onward, MIN_LENGTH
    else:
        direction = weights @ rest / weights.sum() - head
        if np.linalg.norm(direction) < 0.5 * MIN_LENGTH:
            direction = onward
        own = rest[weights > 0.5 * weights.max()]
        direction = direction / max(float(np.linalg.norm(direction)), 1e-9)
        reach = float(np.quantile((own - head) @ direction, REACH))
    length = float(np.linalg.norm(direction))
    direction = direction / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
    return np.asarray(head + max(reach, MIN_LENGTH) * direction)
