"""A donor's motion on an artist's mesh: scaled, feet held on the ground, on the timeline."""

import numpy as np

from zoetrope.engines.animate.donor_motion import DonorMotion
from zoetrope.engines.assembly import with_nearest_rotations
from zoetrope.geometry.ground_contact import LEGGED_CATEGORIES
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.rigs.contacts import Foot, feet_of, find_contacts, foot_slip, hold_feet, leg_length
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

HELD_IMPORTANCE = 30.0
"""Weight of a held foot's vertex against the others'."""
HOLDING_ITERATIONS = 8
PROBE_VERTICES = 1500
STRETCH_EDGES = 4000
STRETCH_RATIO = 1.5
"""Stretch of a mesh against its donor's from which on the skeleton is not used."""
LITTLE_STRETCH = 0.3
"""Stretch at a hundredth of the edges that is no fault: feet and shoulders of walking donors reach 0.6."""


def carry_motion(
    donor: Donor,
    sampled: DonorMotion,
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    scale: float,
) -> tuple[SkeletonMotion, float]:
    """Return a donor's motion on a carried skeleton, and how far resting feet slip.

    Parameters
    ----------
    skeleton, weights, rest
        Of the mesh, in its box.
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
    chosen, some, local = _probe(rest, weights, feet)
    frames = skin(chosen, some, skeleton, motion).astype(np.float64)
    motion = SkeletonMotion(motion.rotations, motion.translation + _onto_ground(frames, chosen))
    frames = skin(chosen, some, skeleton, motion).astype(np.float64)
    goal, held = hold_feet(frames, chosen, local, contacts, cyclic)
    if held.any():
        motion = fit_motion(
            skeleton,
            some,
            chosen,
            goal,
            cyclic=cyclic,
            importance=np.where(held, HELD_IMPORTANCE, 1.0),
            start=motion,
            iterations=HOLDING_ITERATIONS,
        )
    legs = [leg_length(skeleton, foot.joint) for foot in feet]
    slip = foot_slip(skin(chosen, some, skeleton, motion), local, contacts, float(np.mean(legs)))
    return motion, slip


def _probe(
    rest: np.ndarray, weights: SkinWeights, feet: list[Foot]
) -> tuple[np.ndarray, SkinWeights, list[Foot]]:
    """Some vertices of a mesh and up to fifty of each foot, with the feet's indices among them."""
    rng = np.random.default_rng(0)
    of_feet = [rng.permutation(foot.vertices)[:50] for foot in feet]
    spread = rng.permutation(len(rest))[:PROBE_VERTICES]
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
    """Interpolate model frames to timeline frames: rotations against the parent, and the translation."""
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


def stretch_of(rest: np.ndarray, edges: np.ndarray, frames: np.ndarray) -> tuple[float, float]:
    """Return median and 99th percentile of an edge's stretch: max(length ratio, its inverse) - 1."""
    chosen = np.random.default_rng(0).permutation(len(edges))[:STRETCH_EDGES]
    a, b = edges[chosen].T
    before = np.linalg.norm(rest[a] - rest[b], axis=1)
    kept = before > 1e-4 * np.linalg.norm(np.ptp(rest, axis=0))
    ratio = np.linalg.norm(frames[:, a[kept]] - frames[:, b[kept]], axis=-1) / before[kept]
    stretch = np.maximum(ratio, 1.0 / np.maximum(ratio, 1e-6)) - 1.0
    return float(np.median(stretch)), float(np.quantile(stretch, 0.99))


def stretch_limit(donor: Donor, sampled: DonorMotion) -> float:
    """Return the largest stretch at a hundredth of its edges that a mesh may have in a donor's motion."""
    own = stretch_of(donor.rest, unique_edges(donor.faces), sampled.frames)[1]
    return STRETCH_RATIO * max(own, LITTLE_STRETCH)
