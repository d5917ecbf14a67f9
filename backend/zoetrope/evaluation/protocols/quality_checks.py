"""Quality checks of a generated creature: five measures of a mesh sequence, each with its limit."""

from dataclasses import dataclass

import numpy as np

from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, count_legs
from zoetrope.geometry.mesh_properties import component_volumes, edge_stretch, unique_edges
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rigid_alignment import max_displacement

MIN_LARGEST_SHARE = 0.98
"""Loose crumbs up to 2 % of the volume are tolerated."""
MIN_LEGS = 3
"""Each training quadruped has four; one that is lifted in the rest pose is tolerated."""
MIN_DISPLACEMENT = 0.03
"""96 % of the clips that it was chosen on move more; 0.28 in the median."""
MAX_STRETCH = 2.0
"""99 % of the clips that it was chosen on stretch less; 1.35 in the median."""
MAX_CLOSING = 1.0
"""A loop closes with a step like the others: 0.40 in the median of real loops, of which 83 % pass."""
ROUNDING = 1e-3
"""A loop of equal steps closes with exactly one median step; rounding must not fail it."""
CHECKS = ("largest_share", "legs", "displacement", "stretch", "closing")


@dataclass(frozen=True)
class QualityChecks:
    """The measures of one creature.

    Parameters
    ----------
    largest_share : float
        Share of the volume of the rest pose in its largest connected part.
    legs : int
        Separate cross-sections at the top of the ground band in the rest pose.
    displacement : float
        Largest distance of a vertex from its rest position after rigid alignment of the frame, in diagonals
        of the rest pose's bounding box.
    stretch : float
        99th percentile, over edges and frames, of max(length / rest length, rest length / length).
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
        """Which of `CHECKS` pass."""
        return {
            "largest_share": self.largest_share >= MIN_LARGEST_SHARE,
            "legs": self.legs >= MIN_LEGS,
            "displacement": self.displacement >= MIN_DISPLACEMENT,
            "stretch": self.stretch <= MAX_STRETCH,
            "closing": self.closing is None or self.closing <= MAX_CLOSING + ROUNDING,
        }

    def passes_for(self, category: str) -> dict[str, bool]:
        """Which of the checks that apply to a category pass: legs apply to four-legged categories only."""
        four_legged = category in FOUR_LEGGED_CATEGORIES
        return {name: ok for name, ok in self.passes.items() if four_legged or name != "legs"}


def check(sequence: MeshSequence) -> QualityChecks:
    """Measure a mesh sequence."""
    rest = sequence.rest.astype(np.float64)
    frames = sequence.vertices.astype(np.float64)
    return QualityChecks(
        largest_share(rest, sequence.faces),
        count_legs(rest, sequence.faces),
        max_displacement(rest, frames),
        edge_stretch(rest, unique_edges(sequence.faces), frames),
        closing_step(frames) if sequence.cyclic else None,
    )


def largest_share(rest: np.ndarray, faces: np.ndarray) -> float:
    """Return the share (0 to 1) of the volume of a mesh (V, 3), (F, 3) in its largest connected part."""
    volumes = np.abs(component_volumes(rest, faces)[1])
    return float(volumes.max() / max(volumes.sum(), np.finfo(float).tiny))


def closing_step(frames: np.ndarray) -> float:
    """Return the mean step from the last frame to the first of (T, V, 3), in median steps between frames.

    0 for a still sequence.
    """
    if len(frames) < 2:
        return 0.0
    steps = np.linalg.norm(np.roll(frames, -1, axis=0) - frames, axis=2).mean(axis=1)
    median = float(np.median(steps[:-1]))
    return float(steps[-1]) / median if median > 0 else (np.inf if steps[-1] > 0 else 0.0)
