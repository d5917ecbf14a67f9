"""Landmarks of bodies, from the joints and weights of the donors that they resemble."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from zoetrope.bodies.maps.landmarks import Landmarks, typical_landmarks
from zoetrope.rigs.donors.donor import Donor

WEIGHT = 0.5
"""Of a vertex that belongs to a joint."""
MIN_VERTICES = 8
LIMBS = ("leg_", "arm_", "hand", "palm", "finger", "thumb", "wing", "fin", "ear", "tail", "weapon", "antler")
"""Beginnings of the names of joints that are not of the trunk."""
ROUND_CATEGORIES = ("blob",)
"""Categories whose face is the front of their body: the joint called head is what is on top."""
SAMPLES = 400


def landmarks_of(donor: Donor) -> Landmarks:
    """Return the landmarks of a donor, in its box; what its joints do not tell is typical of its category."""
    typical = typical_landmarks(donor.rest, donor.category)
    names, heads = donor.skeleton.names, donor.skeleton.heads
    owner = donor.weights.joints[np.arange(len(donor.rest)), donor.weights.values.argmax(axis=1)]
    rest = donor.rest.astype(np.float64)
    middle = 0.5 * (rest[:, 0].min() + rest[:, 0].max())

    def of(*prefixes: str) -> list[int]:
        return [i for i, name in enumerate(names) if name.startswith(prefixes)]

    head, radius, neck = typical.head, typical.head_radius, typical.neck
    face = rest[np.isin(owner, of("head"))]
    if donor.category not in ROUND_CATEGORIES and len(face) >= MIN_VERTICES:
        head = 0.5 * (face.min(axis=0) + face.max(axis=0)) * [0.0, 1.0, 1.0] + [middle, 0.0, 0.0]
        radius = float(np.quantile(np.linalg.norm(face - head, axis=1), 0.8))
        neck = heads[(of("neck_01") or of("head"))[0]] * [0.0, 1.0, 1.0] + [middle, 0.0, 0.0]
        if np.linalg.norm(head - neck) < 0.5 * radius:
            away = typical.head - typical.neck
            neck = head - 0.8 * radius * away / max(float(np.linalg.norm(away)), 1e-9)
    upper = of("leg_back_upper", "leg_upper")
    hips, leg_top = typical.hips, typical.leg_top
    if upper:
        top = heads[upper].mean(axis=0)
        hips = np.array([middle, top[1], top[2]])
        leg_top = float(heads[of("leg_back_upper", "leg_front_upper", "leg_upper"), 2].min())
    tails = of("tail")
    tail = float(heads[tails[0], 1]) if tails else typical.tail
    limbs = of(*LIMBS, "head", "neck", "eye", "jaw")
    sides = np.asarray(np.abs(rest[~np.isin(owner, limbs), 0] - middle))
    width = typical.half_width
    if len(sides) >= MIN_VERTICES:
        width = float(np.quantile(sides, 0.95))
    if np.linalg.norm(neck - hips) < 0.1 * float(np.ptp(rest, axis=0).max()):
        hips = typical.hips
    return Landmarks(head, neck, hips, radius, max(width, 0.02), leg_top, tail)


def nearest_landmarks(rest: np.ndarray, donors: Sequence[Donor]) -> Landmarks:
    """Return the landmarks of a body: those of the donor whose surface in its bounding box is nearest.

    Parameters
    ----------
    rest : (V, 3) float
        Facing -Y, in any unit.
    donors : sequence of Donor
        Of the body's category; at least one.
    """
    points = _in_unit_box(rest)
    tree = KDTree(points)

    def distance(donor: Donor) -> float:
        others = _in_unit_box(donor.rest)
        return float(np.mean(KDTree(others).query(points)[0]) + np.mean(tree.query(others)[0]))

    nearest = min(donors, key=distance)
    return landmarks_of(nearest).moved_to(nearest.rest, rest)


def _in_unit_box(rest: np.ndarray) -> np.ndarray:
    """Some vertices of a mesh, its bounding box scaled to the unit cube."""
    some = rest[np.random.default_rng(0).permutation(len(rest))[:SAMPLES]].astype(np.float64)
    low, size = rest.min(axis=0), np.maximum(np.ptp(rest, axis=0), 1e-9)
    return np.asarray((some - low) / size)
