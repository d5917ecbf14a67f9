"""From box coordinates to metres: the creature stands on z = 0, hangs above it, or ends on it."""

from dataclasses import dataclass

import numpy as np

from zoetrope.geometry.ground_contact import FALLING_ACTION, FLOATING_CATEGORIES


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


HOVER_HEIGHT = 0.3
"""Share of the height: how far above the ground they hang where they are lowest."""
MAX_STANDING_MOVEMENT = 0.03
"""Share of the height: feet that move less in a clip stand."""
USUAL_SHARE, MAX_DIP = 0.2, 0.01
"""The ground of a creature that walks is where a fifth of its frames are lower, but at most so much (a share
of the height) above the lowest frame."""


def ground_lift(vertices: np.ndarray, feet: list[np.ndarray], category: str, action: str) -> np.ndarray:
    """Return how far each frame is to be raised (T,), in metres: nothing sinks into the ground.

    A creature that walks touches the ground at its lowest frames, one that flies or swims hangs above it over
    the whole clip, one that dies ends on it. Loops are raised as a whole, so they stay closed.

    Parameters
    ----------
    vertices : (T, V, 3) float
        Metres; the ground is z = 0.
    feet : list of (n,) int
        Vertices of each foot, see `find_feet`.
    """
    height = float(np.ptp(vertices[0, :, 2]))
    lowest = vertices[..., 2].min(axis=1).astype(np.float64)
    moved = max((_movement(vertices[:, foot]) for foot in feet), default=0.0)
    standing = moved < MAX_STANDING_MOVEMENT * height
    hover = HOVER_HEIGHT * height if category in FLOATING_CATEGORIES and not standing else 0.0
    if action != FALLING_ACTION:
        ground = lowest.min()
        if not hover:  # one toe that dips for a moment does not lift the others
            ground = min(float(np.quantile(lowest, USUAL_SHARE)), ground + MAX_DIP * height)
        return np.full(len(lowest), hover - ground)
    share = np.linspace(0.0, 1.0, len(lowest))
    fallen = share**2 * (3 - 2 * share)
    lift = (1 - fallen) * (hover - lowest[0]) - fallen * lowest[-1]
    return np.maximum(lift, -lowest)


def _movement(points: np.ndarray) -> float:
    """Return how far points (T, P, 3) get from their first place at most."""
    return float(np.linalg.norm(points - points[:1], axis=-1).max()) if points.size else 0.0
