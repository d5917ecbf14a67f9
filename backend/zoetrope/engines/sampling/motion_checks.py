"""Quality check of a sampled motion: it moves its body, does not tear it and leaves no foot in the air.

The motion is decoded at some vertices of the body's coarse surface, before the fine surface is extracted.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from torch import Tensor

from zoetrope.engines.decoding.motion import decode_filtered_frames
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.geometry.ground_contact import (
    FALLING_ACTION,
    FOUR_LEGGED_CATEGORIES,
    find_feet,
    max_foot_clearance,
)
from zoetrope.geometry.isosurface import Surface
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges
from zoetrope.geometry.rigid_alignment import max_displacement

PROBE_EDGES = 800
"""Edges whose stretch is measured."""
MAX_STRETCH = 1.9
"""99th percentile over edges and frames; a little below 2, the limit of the evaluation's gallery."""
MAX_FOOT_CLEARANCE = 0.06
"""Body heights; clearance of a foot where it is lowest."""
MIN_MOVEMENT = 0.045
"""Share of the diagonal, see `movement`; hardly any training clip has less."""


class MotionCheck(NamedTuple):
    """Defects of a motion; compares as smaller for the better of two motions.

    excess_stretch : stretch beyond `MAX_STRETCH`.
    excess_clearance : foot clearance beyond `MAX_FOOT_CLEARANCE`.
    missing_movement : what the movement lacks to `MIN_MOVEMENT`.
    """

    excess_stretch: float = 0.0
    excess_clearance: float = 0.0
    missing_movement: float = 0.0


MOTION_PASSED = MotionCheck()


class Probe(NamedTuple):
    """Points of a body at which its motion is checked.

    points : (P, 3) float32, box coordinates at rest.
    edges : (E, 2) int, into the points.
    feet : for each foot its indices into the points.
    height : of the body, box units.
    """

    points: np.ndarray
    edges: np.ndarray
    feet: list[np.ndarray]
    height: float


def must_touch_ground(category: str, action: str) -> bool:
    """Return whether every foot of a category touches the ground at least once in an action."""
    return category in FOUR_LEGGED_CATEGORIES and action not in ("", FALLING_ACTION)


def build_probe(surface: Surface, with_feet: bool) -> Probe:
    """Choose edges of a surface (always the same), and its feet if they are to be checked."""
    edges = unique_edges(surface.faces)
    chosen = np.random.default_rng(0).permutation(len(edges))[:PROBE_EDGES]
    feet = find_feet(surface.vertices) if with_feet else []
    vertices, inverse = np.unique(np.concatenate([edges[chosen].ravel(), *feet]), return_inverse=True)
    edge_points, *foot_points = np.split(inverse, np.cumsum([chosen.size * 2, *map(len, feet)])[:-1])
    height = float(np.ptp(surface.vertices[:, 2]))
    points = surface.vertices[vertices].astype(np.float32)
    return Probe(points, edge_points.reshape(-1, 2), foot_points, height)


def check_frames(probe: Probe, frames: np.ndarray) -> MotionCheck:
    """Check the positions (T, P, 3) of a probe's points over time."""
    return MotionCheck(
        max(0.0, edge_stretch(probe.points, probe.edges, frames) - MAX_STRETCH),
        max(0.0, max_foot_clearance(frames, probe.feet, probe.height) - MAX_FOOT_CLEARANCE),
        max(0.0, MIN_MOVEMENT - movement(probe.points, frames)),
    )


def check_motion(
    bundle: Bundle,
    resolved: ResolvedRequest,
    shape: Tensor,
    surface: Surface,
    motion: Tensor,
    on_frame: Callable[[], None] = lambda: None,
) -> MotionCheck:
    """Check raw motion tokens (T, M) on the body of raw shape tokens (1, S).

    Parameters
    ----------
    surface : Surface
        The body's coarse surface, as `check_body` returns it.
    on_frame : callable
        Called after each decoded frame; may raise to cancel.
    """
    category, label = resolved.request.category, resolved.action_label
    probe = build_probe(surface, must_touch_ground(category, label.name))
    frames = decode_filtered_frames(
        bundle, shape, motion, probe.points, category, label, lambda *_: on_frame()
    )
    return check_frames(probe, frames.vertices)


def movement(rest: np.ndarray, frames: np.ndarray) -> float:
    """Return how far the point that moves most gets, in diagonals of the rest pose.

    The larger of its distance from the rigidly aligned rest pose and the extent of its path: a creature that
    bobs as a whole and one that holds a pose other than the rest pose both move.

    Parameters
    ----------
    rest : (P, 3) float
    frames : (T, P, 3) float
    """
    extents = np.linalg.norm(np.ptp(frames, axis=0), axis=1) / np.linalg.norm(np.ptp(rest, axis=0))
    return max(max_displacement(rest, frames), float(extents.max()))
