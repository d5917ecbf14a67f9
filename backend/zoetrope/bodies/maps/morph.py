"""A morph: the registration of one creature's surface onto another's, part of the way.

The head follows as a whole, by the similarity that is nearest to the registration there, but for a residue
that keeps eyes round: its details stay the first creature's.
"""

from typing import TYPE_CHECKING

import numpy as np

from zoetrope.bodies.maps.body_map import jacobians
from zoetrope.bodies.maps.head import ball, head_share, rigidity
from zoetrope.bodies.maps.landmarks import Landmarks
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.rigid_alignment import nearest_rotations

if TYPE_CHECKING:
    from zoetrope.bodies.registration import Registration

CLOSE_COST, MAX_COST = 0.08, 0.12
"""Registration costs up to which a morph may go furthest, and up to which it is made at all."""
MAX_DISTORTION = 0.4
"""Of the registration: above it limbs are drawn into sheets."""
MAX_FOLDED = 0.01
"""Share of the vertices at which a morph may fold over, as it does in tips that are drawn in."""
MAX_AMOUNT_CLOSE, MAX_AMOUNT = 0.9, 0.6
"""Largest amounts along a close and along another registration."""
ROUNDNESS = 0.10
"""Logarithm of the ratio of largest to smallest stretch that is left in the head; proportions leave 0.07."""


class Morph:
    """The map of a body part of the way to another.

    Parameters
    ----------
    registration : Registration
        Of the body's surface onto the other's, in their boxes.
    amount : float
        0 is the body itself; at most `largest_amount`.
    rest : (V, 3) float
        Rest pose of the body, in its box.
    landmarks : Landmarks
        Of the body.
    """

    def __init__(
        self, registration: "Registration", amount: float, rest: np.ndarray, landmarks: Landmarks
    ) -> None:
        self._warp, self._amount = registration.warp, amount
        low, high = rest.min(axis=0), rest.max(axis=0)
        self._middle = float(0.5 * (low[0] + high[0]))
        self._head, self._axis = landmarks.head, landmarks.head - landmarks.neck
        self._radius = landmarks.head_radius
        points = self._head + ball(self._radius)
        moved = self._symmetric(points)
        self._linear = _similarity(points, moved)
        self._offset = moved.mean(axis=0) - points.mean(axis=0) @ self._linear.T
        stretch = np.log(
            np.maximum(np.linalg.svd(jacobians(self._symmetric, points), compute_uv=False), 1e-6)
        )
        spread = float((stretch[:, 0] - stretch[:, 2]).max())
        self._rigidity = rigidity(spread, ROUNDNESS)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 3) of the body's box: (N, 3) float64."""
        points = points.astype(np.float64)
        moved = self._symmetric(points)
        head = points @ self._linear.T + self._offset
        share = self._rigidity * head_share(points - self._head, self._axis, self._radius)[:, None]
        return np.asarray(moved + share * (head - moved))

    def _symmetric(self, points: np.ndarray) -> np.ndarray:
        """The points, moved by the amount of the mean of the warp's displacements and their mirror image."""
        mirror = np.array([-1.0, 1.0, 1.0])
        shift = np.array([2.0 * self._middle, 0.0, 0.0])
        displacement = self._warp(points) - points
        mirrored = points * mirror + shift
        opposite = self._warp(mirrored) - mirrored
        return np.asarray(points + 0.5 * self._amount * (displacement + opposite * mirror))


def largest_amount(registration: "Registration", points: np.ndarray) -> float:
    """Return how far a morph along a registration may go, in steps of 0.05; 0 where it is not close.

    Part of the way, s, the derivative at a point is I + s (A - I), with A that of the registration; it is
    singular, so that the surface folds over beyond, where A has the eigenvalue 1 - 1 / s.

    Parameters
    ----------
    registration : Registration
    points : (N, 3) float
        Vertices of the body.
    """
    if registration.cost > MAX_COST or registration.distortion > MAX_DISTORTION:
        return 0.0
    most = MAX_AMOUNT_CLOSE if registration.cost <= CLOSE_COST else MAX_AMOUNT
    values = np.linalg.eigvals(jacobians(registration.warp, points))
    lowest = np.where(np.abs(values.imag) < 1e-9, values.real, 0.0).min(axis=1)
    folding = np.where(lowest < 0.0, 1.0 / (1.0 - np.minimum(lowest, 0.0)), 1.0)
    return min(most, float(np.floor(20.0 * np.quantile(folding, MAX_FOLDED)) / 20.0))


def check_amount(
    registration: "Registration", points: np.ndarray, amount: float, other: str, nearest: list[str]
) -> None:
    """Refuse a morph that would not be a whole creature.

    Parameters
    ----------
    registration : Registration
    points : (N, 3) float
        Vertices of the body.
    amount : float
    other : str
        What the other creature is called.
    nearest : list of str
        Creatures that resemble the body most.

    Raises
    ------
    ZoetropeError
        Code "bad_option".
    """
    most = largest_amount(registration, points)
    if most <= 0.0:
        raise ZoetropeError(
            f"This body is too unlike {other} for a morph.",
            code="bad_option",
            remedy=f"Nearest to it are {', '.join(nearest)}." if nearest else "Choose another creature.",
        )
    if amount > most:
        raise ZoetropeError(
            f"A morph of this body to {other} may go to {most}, not to {amount}.",
            code="bad_option",
            remedy="Choose a smaller amount, or a creature that is more alike.",
        )


def _similarity(points: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Return the linear part (3, 3) of the similarity that maps points (N, 3) nearest to others (N, 3)."""
    before, after = points - points.mean(axis=0), moved - moved.mean(axis=0)
    covariance = after.T @ before
    rotation = nearest_rotations(covariance)
    scale = float(np.trace(rotation.T @ covariance)) / float((before * before).sum())
    return np.asarray(scale * rotation)
