"""A donor's motion retargeted to an artist's mesh: scaled, feet held on the ground, on the timeline."""

import numpy as np

from zoetrope.engines.animate.donor_motion import DonorMotion
from zoetrope.engines.output.assembly import with_nearest_rotations
from zoetrope.geometry.ground_contact import LEGGED_CATEGORIES
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.rigs.contacts import Foot, feet_of, find_contacts, foot_slip, hold_feet, leg_length
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.held_feet import refit_with_held_feet
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

FITTED_VERTICES = 1500
"""Vertices of the body that the feet's correction is fitted to: it costs the same for any mesh."""
FITTED_FOOT_VERTICES = 50
"""Further ones of each foot."""


def retarget_motion(
    donor: Donor,
    sampled: DonorMotion,
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    scale: float,
) -> tuple[SkeletonMotion, float]:
    """Return a donor's motion on the skeleton that was transferred to a mesh, and how far resting feet slip.

    Parameters
    ----------
    donor : Donor
    sampled : DonorMotion
    skeleton, weights : Skeleton, SkinWeights
        Of the mesh, in its box; the joints are the donor's.
    rest : (V, 3) float64
        Of the mesh.
    scale : float
        Length in the mesh's box of a unit in the donor's.

    Returns
    -------
    motion : SkeletonMotion
    slip : float
        See `foot_slip`; 0 for creatures without legs.
    """
    motion = SkeletonMotion(sampled.motion.rotations, sampled.motion.translation * scale)
    if donor.category not in LEGGED_CATEGORIES:
        return motion, 0.0
    cyclic, joint_count = sampled.label.cyclic, len(skeleton.names)
    height = float(np.ptp(donor.rest[:, 2]))
    donor_feet = feet_of(donor.rest, donor.weights, joint_count)
    contacts = find_contacts(sampled.frames, donor_feet, height, cyclic)
    feet = feet_of(rest, weights, joint_count)
    if not contacts or not feet:
        return motion, 0.0
    chosen, some, local = _subset(rest, weights, feet)
    frames = skin(chosen, some, skeleton, motion).astype(np.float64)
    motion = SkeletonMotion(motion.rotations, motion.translation + _onto_ground(frames, chosen))
    frames = skin(chosen, some, skeleton, motion).astype(np.float64)
    goal, held = hold_feet(frames, chosen, local, contacts, cyclic)
    motion = refit_with_held_feet(skeleton, some, chosen, goal, held, motion, cyclic)
    legs = [leg_length(skeleton, foot.joint) for foot in feet]
    slip = foot_slip(skin(chosen, some, skeleton, motion), local, contacts, float(np.mean(legs)))
    return motion, slip


def _subset(
    rest: np.ndarray, weights: SkinWeights, feet: list[Foot]
) -> tuple[np.ndarray, SkinWeights, list[Foot]]:
    """Some vertices of a mesh, with some more of each foot; and the feet's indices among them."""
    rng = np.random.default_rng(0)
    of_feet = [rng.permutation(foot.vertices)[:FITTED_FOOT_VERTICES] for foot in feet]
    spread = rng.permutation(len(rest))[:FITTED_VERTICES]
    chosen = np.unique(np.concatenate([spread, *of_feet]))
    local = [
        Foot(foot.joint, np.searchsorted(chosen, np.sort(vertices)))
        for foot, vertices in zip(feet, of_feet, strict=True)
    ]
    return rest[chosen], SkinWeights(weights.joints[chosen], weights.values[chosen]), local


def _onto_ground(frames: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Translation (3,) that brings the lowest point of a clip onto the rest pose's ground."""
    return np.array([0.0, 0.0, float(rest[:, 2].min() - frames[..., 2].min())])


def on_timeline(
    skeleton: Skeleton, motion: SkeletonMotion, sampled: DonorMotion, fps: float, frames: int | None
) -> SkeletonMotion:
    """Interpolate model frames to timeline frames: rotations against the parent, and the translation.

    Parameters
    ----------
    skeleton : Skeleton
    motion : SkeletonMotion
        One pose a model frame.
    sampled : DonorMotion
        Its duration, and whether it is a loop.
    fps : float
        Timeline frames a second.
    frames : int or None
        Timeline frames; None: as many as the duration takes.
    """
    timing = sampled.label.cyclic, sampled.seconds, fps, frames
    parents = np.maximum(skeleton.parents, 0)
    local = np.swapaxes(motion.rotations[:, parents], -1, -2) @ motion.rotations
    local[:, 0] = motion.rotations[:, 0]
    count = local.shape[1]
    between, _ = interpolate_to_timeline(local, *timing)
    padded = np.tile(np.eye(4), (len(between) * count, 1, 1))
    padded[:, :3, :3] = between.reshape(-1, 3, 3)
    local = with_nearest_rotations(padded)[:, :3, :3].astype(np.float64).reshape(-1, count, 3, 3)
    rotations = local.copy()
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            rotations[:, joint] = rotations[:, parent] @ local[:, joint]
    translation, _ = interpolate_to_timeline(motion.translation, *timing)
    return SkeletonMotion(rotations, translation.astype(np.float64))
