"""From box coordinates to metres: the creature stands on z = 0."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Placement:
    """Similarity transform from the box to the scene: metres = scale * box + shift, shift (3,)."""

    scale: float
    shift: np.ndarray

    def points(self, box: np.ndarray) -> np.ndarray:
        """Return points (..., 3) of the box in metres, float32."""
        return (box * self.scale + self.shift).astype(np.float32)

    def transforms(self, rotations: np.ndarray, translations: np.ndarray) -> np.ndarray:
        """Return rigid transforms of the box as transforms (T, 4, 4) in metres.

        x' = R x + t in the box is x' = R (x - shift) + scale t + shift in metres.

        Parameters
        ----------
        rotations, translations : (T, 3, 3) and (T, 3) float
        """
        out = np.tile(np.eye(4, dtype=np.float32), (len(rotations), 1, 1))
        out[:, :3, :3] = rotations
        out[:, :3, 3] = self.scale * translations + self.shift - rotations @ self.shift
        return out


def place_on_ground(rest: np.ndarray, height: float) -> Placement:
    """Return the placement of a rest pose (V, 3): `height` metres tall, centred, feet on z = 0."""
    low, high = rest.min(0), rest.max(0)
    scale = height / float(high[2] - low[2])
    middle = 0.5 * (low + high)
    return Placement(scale, -scale * np.array([middle[0], middle[1], low[2]]))
