"""The skeleton of a body on the body that a map makes of it: nothing is fitted again."""

from dataclasses import replace

import numpy as np

from zoetrope.bodies.maps.body_map import BodyMap
from zoetrope.geometry.ground_contact import GROUNDED_CATEGORIES, WALKING_CATEGORIES
from zoetrope.rigs.contacts import feet_of, find_contacts
from zoetrope.rigs.held_feet import refit_with_held_feet
from zoetrope.rigs.mapped_contacts import Ground
from zoetrope.rigs.skeleton import ROOT_LENGTH, Skeleton, SkeletonMotion, SkinWeights, skin


def map_skeleton(skeleton: Skeleton, rest: np.ndarray, body_map: BodyMap) -> Skeleton:
    """Return a skeleton with its joints mapped; the root stays on the ground below the first joint.

    Parameters
    ----------
    skeleton : Skeleton
    rest : (V, 3) float
        Rest pose of its body.
    body_map : BodyMap
    """
    heads, tails = body_map(skeleton.heads), body_map(skeleton.tails)
    mapped = body_map(rest)
    heads[0] = [heads[1, 0], heads[1, 1], mapped[:, 2].min()]
    tails[0] = heads[0] - [0.0, ROOT_LENGTH * float(np.ptp(mapped, axis=0).max()), 0.0]
    return replace(skeleton, heads=heads, tails=tails)


def map_motion(
    skeleton: Skeleton,
    weights: SkinWeights,
    motion: SkeletonMotion,
    rest: np.ndarray,
    body_map: BodyMap,
    category: str,
    cyclic: bool,
) -> SkeletonMotion:
    """Return a motion for the mapped skeleton: the same rotations, its translation scaled, resting feet held.

    Parameters
    ----------
    skeleton : Skeleton
        Of the body, not mapped.
    weights : SkinWeights
    motion : SkeletonMotion
    rest : (V, 3) float
        Rest pose of the body.
    body_map : BodyMap
    category : str
    cyclic : bool
        The last frame leads to the first.
    """
    mapped = body_map(rest)
    ground, target = Ground.of(rest, mapped), map_skeleton(skeleton, rest, body_map)
    scaled = SkeletonMotion(motion.rotations, motion.translation * ground.growth)
    if category not in GROUNDED_CATEGORIES:
        return scaled
    before = skin(rest, weights, skeleton, motion).astype(np.float64)
    after = skin(mapped, weights, target, scaled).astype(np.float64)
    rise = ground.rise(before, after)[:, None] * [0.0, 0.0, 1.0]
    scaled, goal = replace(scaled, translation=scaled.translation + rise), after + rise[:, None]
    if category not in WALKING_CATEGORIES:
        return scaled
    feet = feet_of(rest, weights, len(skeleton.names))
    contacts = find_contacts(before, feet, ground.height, cyclic)
    held = np.zeros(len(rest), bool)
    for index, shift in ground.foot_shifts(before, goal, feet, contacts, cyclic).items():
        goal[:, feet[index].vertices] += shift[:, None]
        held[feet[index].vertices] = True
    return refit_with_held_feet(target, weights, mapped, goal, held, scaled, cyclic)
