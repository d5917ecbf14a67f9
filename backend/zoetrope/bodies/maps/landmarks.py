"""Where the parts of a body are that its proportions act on."""

from dataclasses import dataclass

import numpy as np

from zoetrope.bodies.maps.body_map import BodyMap


@dataclass(frozen=True)
class Landmarks:
    """Places on the mid-plane of a rest pose that faces -Y, in its coordinates.

    Parameters
    ----------
    head, neck, hips : (3,) float64
        Centre of the face; base of the neck; rear end of the trunk (lower end, of an upright body).
    head_radius : float
        Of the sphere around `head` that holds the eyes.
    half_width : float
        Of the trunk, without arms and wings.
    leg_top : float or None
        Height (z) of the upper ends of the legs; None: it has none.
    tail : float or None
        y at which the tail begins; None: it has none.
    """

    head: np.ndarray
    neck: np.ndarray
    hips: np.ndarray
    head_radius: float
    half_width: float
    leg_top: float | None
    tail: float | None

    def moved_to(self, old: np.ndarray, new: np.ndarray) -> "Landmarks":
        """Return the landmarks of a rest pose `old` (V, 3) at the same shares of the box of `new` (W, 3)."""
        low, new_low = old.min(axis=0).astype(np.float64), new.min(axis=0).astype(np.float64)
        scale = np.ptp(new, axis=0) / np.maximum(np.ptp(old, axis=0), 1e-9)

        def place(point: np.ndarray) -> np.ndarray:
            moved = (point - low) * scale + new_low
            return np.asarray([0.5 * (new[:, 0].min() + new[:, 0].max()), *moved[1:]])

        def coordinate(value: float | None, axis: int) -> float | None:
            return None if value is None else float((value - low[axis]) * scale[axis] + new_low[axis])

        return Landmarks(
            place(self.head),
            place(self.neck),
            place(self.hips),
            self.head_radius * float(np.prod(scale) ** (1.0 / 3.0)),
            self.half_width * float(scale[0]),
            coordinate(self.leg_top, 2),
            coordinate(self.tail, 1),
        )

    def through(self, body_map: BodyMap) -> "Landmarks":
        """Return the landmarks of the body that a map makes of this one."""
        x, middle = self.hips[0], 0.5 * (self.neck + self.hips)
        leg_top = self.hips[2] if self.leg_top is None else self.leg_top
        tail = self.hips[1] if self.tail is None else self.tail
        points = np.array(
            [
                *(self.head, self.neck, self.hips, middle, middle + self.half_width * np.eye(3)[0]),
                *([x, self.hips[1], leg_top], [x, tail, self.hips[2]]),
            ]
        )
        head, neck, hips, centre, side, leg, back = body_map(points)
        around = self.head + self.head_radius * np.concatenate([np.eye(3), -np.eye(3)])
        radius = float(np.linalg.norm(body_map(around) - head, axis=1).mean())
        return Landmarks(
            head,
            neck,
            hips,
            radius,
            float(np.linalg.norm(side - centre)),
            None if self.leg_top is None else float(leg[2]),
            None if self.tail is None else float(back[1]),
        )


@dataclass(frozen=True)
class _Shares:
    """Landmarks as shares: (y, z) of the box, from front and ground; lengths of its height."""

    head: tuple[float, float]
    neck: tuple[float, float]
    hips: tuple[float, float]
    head_radius: float
    half_width: float
    leg_top: float | None
    tail: float | None


TYPICAL = {
    "biped": _Shares((0.34, 0.74), (0.55, 0.52), (0.60, 0.29), 0.22, 0.22, 0.29, None),
    "blob": _Shares((0.20, 0.55), (0.50, 0.55), (0.80, 0.30), 0.35, 0.45, None, None),
    "dinosaur": _Shares((0.07, 0.86), (0.22, 0.70), (0.45, 0.60), 0.14, 0.15, 0.55, 0.50),
    "fish": _Shares((0.15, 0.50), (0.30, 0.48), (0.72, 0.46), 0.25, 0.30, None, 0.72),
    "humanoid": _Shares((0.40, 0.90), (0.50, 0.80), (0.50, 0.50), 0.09, 0.11, 0.50, None),
    "quadruped": _Shares((0.09, 0.82), (0.24, 0.66), (0.75, 0.60), 0.14, 0.17, 0.52, 0.80),
    "winged": _Shares((0.20, 0.60), (0.35, 0.50), (0.60, 0.35), 0.20, 0.25, None, None),
}
"""Medians over the donors of a category, for bodies that have no donor near."""
OTHER = _Shares((0.20, 0.70), (0.35, 0.55), (0.65, 0.45), 0.18, 0.30, None, None)


def typical_landmarks(rest: np.ndarray, category: str) -> Landmarks:
    """Return where the landmarks of a body (V, 3) typically are in its category; "" is any."""
    shares = TYPICAL.get(category, OTHER)
    low, size = rest.min(axis=0).astype(np.float64), np.ptp(rest, axis=0).astype(np.float64)
    middle = low[0] + 0.5 * size[0]

    def place(share: tuple[float, float]) -> np.ndarray:
        return np.array([middle, low[1] + share[0] * size[1], low[2] + share[1] * size[2]])

    return Landmarks(
        place(shares.head),
        place(shares.neck),
        place(shares.hips),
        shares.head_radius * float(size[2]),
        min(shares.half_width * float(size[2]), 0.5 * float(size[0])),
        None if shares.leg_top is None else float(low[2] + shares.leg_top * size[2]),
        None if shares.tail is None else float(low[1] + shares.tail * size[1]),
    )
