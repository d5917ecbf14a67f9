"""Of several drawn motions the first that does not tear its body.

A motion is looked at on some edges of the body's coarse surface, before the fine one is made.
"""

from typing import NamedTuple

import numpy as np

from zoetrope.geometry.isosurface import Surface
from zoetrope.geometry.stretch import edge_stretch, edges_of

EDGES = 800
"""Edges that are looked at."""
MOST_STRETCH = 1.9
"""Of an edge, in 99 of 100 edges and frames; a little below the 2 that the gallery's checks allow."""
SOUND = 0.0


class Probe(NamedTuple):
    """Some edges of a body at rest: points (P, 3) float32 in the box, edges (E, 2) between them."""

    points: np.ndarray
    edges: np.ndarray


def probe_of(surface: Surface) -> Probe:
    """Edges of a surface, always the same ones."""
    edges = edges_of(surface.faces)
    chosen = np.random.default_rng(0).permutation(len(edges))[:EDGES]
    points, places = np.unique(edges[chosen], return_inverse=True)
    return Probe(surface.vertices[points].astype(np.float32), places.reshape(-1, 2))


def torn(probe: Probe, frames: np.ndarray) -> float:
    """By how much edges are stretched too far, the probe's points being at (T, P, 3); `SOUND`: not at all."""
    return max(SOUND, edge_stretch(probe.points, probe.edges, frames) - MOST_STRETCH)
