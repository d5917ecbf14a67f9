"""The fields' coordinate box: the rest pose's bounding box, centred, with its longest side scaled to 1.8."""

from dataclasses import dataclass

import numpy as np

LONGEST_SIDE = 1.8


@dataclass(frozen=True)
class Box:
    """Uniform scaling and translation into [-1, 1]^3: x_box = (x_source - centre) * scale."""

    centre: np.ndarray  # (3,)
    scale: float

    def to_box(self, points: np.ndarray) -> np.ndarray:
        """Convert source coordinates (..., 3) to box coordinates."""
        return (points - self.centre) * self.scale

    def to_source(self, points: np.ndarray) -> np.ndarray:
        """Convert box coordinates (..., 3) to source coordinates."""
        return points / self.scale + self.centre


def normalising_box(rest: np.ndarray) -> Box:
    """Return the box of a rest pose (V, 3)."""
    low, high = rest.min(0).astype(np.float64), rest.max(0).astype(np.float64)
    return Box(0.5 * (low + high), LONGEST_SIDE / float((high - low).max()))
