"""The box that fields work in: the rest pose's bounding box centred, its longest side 1.8, in [-1, 1]^3."""

from dataclasses import dataclass

import numpy as np

SIDE = 1.8


@dataclass(frozen=True)
class Box:
    """x box = (x source - centre) * scale."""

    centre: np.ndarray  # (3,)
    scale: float

    def to_box(self, points: np.ndarray) -> np.ndarray:
        """Source coordinates (..., 3) to box coordinates."""
        return (points - self.centre) * self.scale

    def to_source(self, points: np.ndarray) -> np.ndarray:
        """Box coordinates (..., 3) to source coordinates."""
        return points / self.scale + self.centre


def normalising_box(rest: np.ndarray) -> Box:
    """The box of a rest pose (V, 3)."""
    low, high = rest.min(0).astype(np.float64), rest.max(0).astype(np.float64)
    return Box(0.5 * (low + high), SIDE / float((high - low).max()))
