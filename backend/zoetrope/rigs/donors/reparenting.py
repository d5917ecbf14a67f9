"""Parents for the joints that have none in the file but move with another: IK feet, tails, eyes.

The clips decide: the parent is a joint from which the head does not part in any of them, and whose vertices
are near. Shared weights alone choose badly: a spider's foot shares none with the end of its leg, a ghost's
tail most with an arm. The head of a joint stays where the file has it: there an IK foot parts from its
leg in the clips by 0.5 to 0.9 of what the place where their weights meet does (fox, horse, alien).
"""

from dataclasses import replace

import numpy as np
from scipy.spatial import KDTree

from zoetrope.rigs.donors.joint_names import is_paired
from zoetrope.rigs.donors.joint_tree import JointTree

MAIN_BASES = ("hips", "body")
"""Of several joints without a parent, the one of such a base name moves the body."""
TRUNK = ("hips", "body", "base", "abdomen", "spine", "chest", "neck", "head", "face")
"""Base names that may be the parents of limbs and tails; of other joints only those of the same limb may."""
GAP_COST = 0.3
"""Of a box unit between two joints' vertices, against one by which they part in the clips."""
HEAD_COST = 0.02
"""Of a box unit between two joints' heads: it decides where the clips do not."""
OWN_WEIGHT = 0.3
"""A vertex with more weight than that on a joint counts as its own."""
FORBIDDEN_COST = 10.0
"""More than any distance in the box: taken only where nothing else is left."""
STILL = 1e-3
"""Box units. A joint that moves less in all clips does not tell its parent by them."""


def reparent_roots(tree: JointTree, rest: np.ndarray) -> JointTree:
    """Return the joints as one tree, parents before children; joint 0 moves the whole body.

    Parameters
    ----------
    tree : JointTree
        Several of its joints may have no parent.
    rest : (V, 3) float
        Rest pose in box coordinates.
    """
    roots = [int(joint) for joint in np.flatnonzero(tree.parents < 0)]
    main = max(
        roots,
        key=lambda root: (tree.bases[root] in MAIN_BASES, tree.weights[:, tree.descendants(root)].sum()),
    )
    roots.remove(main)
    attached, parents = tree.descendants(main), tree.parents.copy()
    costs = _costs(tree, roots, rest)
    while roots:
        some = costs[np.ix_(roots, attached)]
        one, to = np.unravel_index(some.argmin(), some.shape)
        root = roots.pop(int(one))
        parents[root] = attached[int(to)]
        attached += tree.descendants(root)
    whole = replace(tree, parents=parents)
    return _centred(whole.selected(whole.descendants(main)))


def separation(tree: JointTree, joint: int, parent: int) -> float:
    """Return how far a joint's head parts from a parent in the clips.

    Root mean square in box units; 0 for a joint that no clip moves.
    """
    head = np.append(tree.heads[joint], 1.0)
    still = np.allclose(tree.poses[:, joint] @ head, tree.heads[joint], atol=STILL)
    if still or not len(tree.poses):
        return 0.0
    away = (tree.poses[:, joint] - tree.poses[:, parent]) @ head
    return float(np.sqrt((away**2).sum(axis=-1).mean()))


def _costs(tree: JointTree, roots: list[int], rest: np.ndarray) -> np.ndarray:
    """Return the costs (J, J) of each joint (column) as the parent of each root (row), mirrored alike."""
    count = len(tree.bases)
    gaps, sides = _gaps(tree, rest), tree.sides()
    costs = np.full((count, count), np.inf)
    for root in roots:
        for joint in set(range(count)) - set(tree.descendants(root)):
            apart = HEAD_COST * float(np.linalg.norm(tree.heads[root] - tree.heads[joint]))
            costs[root, joint] = separation(tree, root, joint) + GAP_COST * gaps[root, joint] + apart
            same_side = not is_paired(tree.bases[joint]) or (
                is_paired(tree.bases[root]) and sides[root] == sides[joint]
            )
            if not same_side or not _may_be_parent(tree.bases[root], tree.bases[joint]):
                costs[root, joint] += FORBIDDEN_COST
    image = [tree.partner(joint) for joint in range(count)]
    across = [joint if other is None else other for joint, other in enumerate(image)]
    both = [root for root in roots if across[root] in roots]
    costs[both] = 0.5 * (costs[both] + costs[np.ix_([across[root] for root in both], across)])
    return costs


def _may_be_parent(base: str, parent: str) -> bool:
    """Whether a joint of a base name may have a parent of another: on the trunk, or in the same limb."""
    limb = "_".join(base.split("_")[:-1]) or base
    return parent in TRUNK or parent == base or parent.startswith(limb)


def _gaps(tree: JointTree, rest: np.ndarray) -> np.ndarray:
    """Return the distances (J, J) from what each joint moves, or its head, to what each other one moves."""
    own = [rest[tree.weights[:, joint] > OWN_WEIGHT] for joint in range(len(tree.bases))]
    points = [np.concatenate([own[joint], tree.heads[joint : joint + 1]]) for joint in range(len(own))]
    trees = [KDTree(some) for some in points]
    out = np.zeros((len(own), len(own)))
    for i in range(len(own)):
        for j in range(len(own)):
            out[i, j] = np.min(trees[j].query(own[i] if len(own[i]) else points[i])[0])
    return out


def _centred(tree: JointTree) -> JointTree:
    """Move the head of the first joint between its children where it is a mere control, outside of the body.

    Nothing is lost: the first joint has a translation of its own.
    """
    children = np.flatnonzero(tree.parents == 0)
    legs = any(tree.bases[child].startswith("leg_") for child in children)
    if len(children) < 2 or (tree.deforming()[0] and not (legs and tree.bases[0] == "body")):
        return tree
    heads = tree.heads.copy()
    heads[0] = tree.heads[children].mean(axis=0)
    return replace(tree, heads=heads)
