"""Is a generated creature a clean body that moves? Five numbers of a mesh sequence, each with its bar."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, count_legs
from zoetrope.geometry.mesh_properties import component_volumes, edge_stretch, unique_edges
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rigid_alignment import max_displacement

LEAST_SHARE = 0.98
LEAST_LEGS = 3
LEAST_DISPLACEMENT = 0.03
MAX_STRETCH = 2.0
MOST_CLOSING = 1.0
ROUNDING = 1e-3
"""A loop of even steps closes with exactly one median step; rounding must not fail it."""


@dataclass(frozen=True)
class CleanBody:
    """The numbers of one creature.

    Parameters
    ----------
    largest_share : float
        Share of the volume that the largest connected part of the rest pose holds.
    legs : int
        Separate cross-sections at the top of the ground band in the rest pose.
    displacement : float
        Largest distance of a vertex from its rest after rigid alignment of the frame, in diagonals of the
        rest pose's bounding box.
    stretch : float
        99th percentile, over edges and frames, of the ratio of an edge's length to its rest length, or of
        rest length to length where the edge shrinks.
    closing : float or None
        Mean step of the vertices from the last frame to the first, in median steps between frames; None
        for a clip that does not repeat.
    """

    largest_share: float
    legs: int
    displacement: float
    stretch: float
    closing: float | None

    @property
    def passes(self) -> dict[str, bool]:
        """Which bars are cleared."""
        return {
            "largest_share": self.largest_share >= LEAST_SHARE,
            "legs": self.legs >= LEAST_LEGS,
            "displacement": self.displacement >= LEAST_DISPLACEMENT,
            "stretch": self.stretch <= MAX_STRETCH,
            "closing": self.closing is None or self.closing <= MOST_CLOSING + ROUNDING,
        }

    def resolve_request(self, category: str) -> dict[str, bool]:
        """Which bars a creature of a category clears: legs are asked of four-legged ones alone."""
        return {
            name: ok
            for name, ok in self.passes.items()
            if name != "legs" or category in FOUR_LEGGED_CATEGORIES
        }

    @property
    def clean(self) -> bool:
        """Whether all bars are cleared."""
        return all(self.passes.values())

    def to_dict(self) -> dict[str, Any]:
        """Numbers, flags and the verdict, JSON-able."""
        return {**asdict(self), "passes": self.passes, "clean": self.clean}


def check(sequence: MeshSequence) -> CleanBody:
    """Measure a mesh sequence."""
    rest = sequence.rest.astype(np.float64)
    frames = sequence.vertices.astype(np.float64)
    return CleanBody(
        largest_share(rest, sequence.faces),
        count_legs(rest, sequence.faces),
        max_displacement(rest, frames),
        edge_stretch(rest, unique_edges(sequence.faces), frames),
        closing_step(frames) if sequence.cyclic else None,
    )


def largest_share(rest: np.ndarray, faces: np.ndarray) -> float:
    """Share of the volume (0 to 1) in the largest connected part of a mesh (V, 3), (F, 3)."""
    _, volumes = component_volumes(rest, faces)
    volumes = np.abs(volumes)
    return float(volumes.max() / max(volumes.sum(), np.finfo(float).tiny))


def closing_step(frames: np.ndarray) -> float:
    """Mean step from the last frame to the first of (T, V, 3), in median mean steps between frames.

    A still sequence closes: 0.
    """
    if len(frames) < 2:
        return 0.0
    steps = np.linalg.norm(np.roll(frames, -1, axis=0) - frames, axis=2).mean(axis=1)
    median = float(np.median(steps[:-1]))
    return float(steps[-1]) / median if median > 0 else (np.inf if steps[-1] > 0 else 0.0)
