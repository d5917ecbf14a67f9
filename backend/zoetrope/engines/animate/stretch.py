"""How much a motion stretches a mesh, and how much it may."""

import numpy as np

from zoetrope.engines.animate.donor_motion import DonorMotion
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges
from zoetrope.rigs.donors.donor import Donor

MEASURED_EDGES = 4000
"""Edges, chosen at random: over 32 frames, a hundredth of them is 1,280 values."""
MAX_RATIO = 1.5
"""Stretch of a mesh against its donor's from which on the skeleton is not used."""
LITTLE_STRETCH = 0.3
"""Stretch at a hundredth of the edges that is no fault: feet and shoulders of walking donors reach 0.6."""


def stretch_of(rest: np.ndarray, edges: np.ndarray, frames: np.ndarray) -> tuple[float, float]:
    """Return median and 99th percentile of an edge's stretch: max(length ratio, its inverse) - 1.

    Parameters
    ----------
    rest : (V, 3) float
    edges : (E, 2) int
    frames : (T, V, 3) float
    """
    chosen = edges[np.random.default_rng(0).permutation(len(edges))[:MEASURED_EDGES]]
    median, p99 = (edge_stretch(rest, chosen, frames, quantile) - 1.0 for quantile in (0.5, 0.99))
    return median, p99


def stretch_limit(donor: Donor, sampled: DonorMotion) -> float:
    """Return the largest 99th percentile of its edges' stretch that a mesh may have in a donor's motion."""
    own = stretch_of(donor.rest, unique_edges(donor.faces), sampled.frames)[1]
    return MAX_RATIO * max(own, LITTLE_STRETCH)
