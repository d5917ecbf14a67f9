"""Of several drawn motions the first that moves its body, does not tear it, and leaves no foot in the air.

A motion is looked at on some points of the body's coarse surface, before the fine one is made.
"""

from typing import NamedTuple

import numpy as np

from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, find_feet, max_foot_clearance
from zoetrope.geometry.isosurface import Surface
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges
from zoetrope.geometry.rigid_alignment import max_displacement

EDGES = 800
"""Edges that are looked at."""
MOST_STRETCH = 1.9
"""Of an edge, in 99 of 100 edges and frames; a little below the 2 that the gallery's checks allow."""
MOST_HANG = 0.06
"""Of the height, for the foot that comes down least. Of 143 real clips, deaths not asked, one has more."""
LEAST_MOVE = 0.045
"""Of the diagonal, see `movement`. Of 801 real clips two have less."""
LIES_DOWN = "death"


class MotionCheck(NamedTuple):
    """What is wrong with a motion; the smaller of two is the better one.

    torn : stretch beyond `MOST_STRETCH`; hanging : height of a foot beyond `MOST_HANG`; still : what the
    movement lacks to `LEAST_MOVE`.
    """

    torn: float = 0.0
    hanging: float = 0.0
    still: float = 0.0


MOTION_PASSED = MotionCheck()


class Probe(NamedTuple):
    """Some points of a body at rest (P, 3) float32 in the box, edges (E, 2) between them, feet of them."""

    points: np.ndarray
    edges: np.ndarray
    feet: list[np.ndarray]
    height: float


def stands(kind: str, action: str) -> bool:
    """Whether every foot of a category's creature touches the ground in an action, at one moment at least."""
    return kind in FOUR_LEGGED_CATEGORIES and action not in ("", LIES_DOWN)


def probe_of(surface: Surface, standing: bool) -> Probe:
    """Edges of a surface, always the same ones; and its feet, if it is asked to stand on them."""
    edges = unique_edges(surface.faces)
    chosen = np.random.default_rng(0).permutation(len(edges))[:EDGES]
    feet = find_feet(surface.vertices) if standing else []
    points, places = np.unique(np.concatenate([edges[chosen].ravel(), *feet]), return_inverse=True)
    looked, *seen = np.split(places, np.cumsum([chosen.size * 2, *map(len, feet)])[:-1])
    height = float(np.ptp(surface.vertices[:, 2]))
    return Probe(surface.vertices[points].astype(np.float32), looked.reshape(-1, 2), seen, height)


def motion_check(probe: Probe, frames: np.ndarray) -> MotionCheck:
    """What is wrong with a motion that brings the probe's points to (T, P, 3)."""
    return MotionCheck(
        max(0.0, edge_stretch(probe.points, probe.edges, frames) - MOST_STRETCH),
        max(0.0, max_foot_clearance(frames, probe.feet, probe.height) - MOST_HANG),
        max(0.0, LEAST_MOVE - movement(probe.points, frames)),
    )


def movement(rest: np.ndarray, frames: np.ndarray) -> float:
    """How far some point (P, 3) comes from its rest over frames (T, P, 3), in diagonals of the rest pose.

    After rigid alignment; or, if that is further, from where it is in another frame: a blob that bobs, and a
    creature that strikes a pose, are not still.
    """
    spans = np.linalg.norm(np.ptp(frames, axis=0), axis=1) / np.linalg.norm(np.ptp(rest, axis=0))
    return max(max_displacement(rest, frames), float(spans.max()))
