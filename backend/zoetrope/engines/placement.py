"""From box units to metres: the creature stands on z = 0 with the height that was asked for."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Placement:
    """x metres = scale * x box + shift."""

    scale: float
    shift: np.ndarray  # (3,)

    def points(self, box: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the box, in metres."""
        return (box * self.scale + self.shift).astype(np.float32)

    def transforms(self, rotations: np.ndarray, translations: np.ndarray) -> np.ndarray:
        """Rigid transforms of the box, rotations (T, 3, 3) and translations (T, 3), as (T, 4, 4) in metres.

        x' = R x + t in the box is x' = R (x - shift) + scale t + shift in metres.
        """
        out = np.tile(np.eye(4, dtype=np.float32), (len(rotations), 1, 1))
        out[:, :3, :3] = rotations
        out[:, :3, 3] = self.scale * translations + self.shift - rotations @ self.shift
        return out


def stand(rest: np.ndarray, height: float) -> Placement:
    """Place a rest pose (V, 3) of the box: feet on z = 0, centred in x and y, `height` metres tall."""
    low, high = rest.min(0), rest.max(0)
    scale = height / float(high[2] - low[2])
    middle = 0.5 * (low + high)
    return Placement(scale, -scale * np.array([middle[0], middle[1], low[2]]))
