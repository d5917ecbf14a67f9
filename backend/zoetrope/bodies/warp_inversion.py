"""The inverse of an embedded deformation, which has no closed form: damped Newton steps."""

import numpy as np

from zoetrope.bodies.warp import Warp
from zoetrope.geometry.nearest_points import nearest

NEWTON_STEPS = 12
"""Halved ones: what is left of an error after them is a four-thousandth."""
START_POINTS = 24
"""Warped points of the domain whose affine inverses are averaged for a start."""
MIN_SINGULAR_VALUE = 0.05
"""Share of the largest one of a Jacobian, below which it is raised: the warp may flatten or fold."""


def invert_warp(warp: Warp, points: np.ndarray, domain: np.ndarray) -> np.ndarray:
    """Return the points (P, 3) that a warp maps onto given ones, by damped Newton steps.

    Where the warp reaches no such point, the nearest one that was found.

    Parameters
    ----------
    warp : Warp
    points : (P, 3) float
        In the space that the warp maps to.
    domain : (N, 3) float
        Points of the body that is warped: where the search starts.
    """
    warped = warp(domain)
    distance, index = nearest(warped, points, min(START_POINTS, len(domain)))
    shares = 1.0 / (distance + 0.01)
    shares /= shares.sum(axis=1, keepdims=True)
    inverses = np.linalg.inv(_regular(warp.jacobians(domain)))
    local = domain[index] + np.einsum("pkij,pkj->pki", inverses[index], points[:, None] - warped[index])
    found = (shares[..., None] * local).sum(axis=1)
    best, error = found.copy(), np.linalg.norm(warp(found) - points, axis=1)
    for _ in range(NEWTON_STEPS):
        step = np.einsum("pij,pj->pi", np.linalg.inv(_regular(warp.jacobians(best))), points - warp(best))
        tried = best + 0.5 * step
        missed = np.linalg.norm(warp(tried) - points, axis=1)
        better = missed < error
        best[better], error[better] = tried[better], missed[better]
    return best


def _regular(matrices: np.ndarray) -> np.ndarray:
    """Matrices (P, 3, 3) whose small singular values are raised: their inverses are bounded."""
    u, values, vt = np.linalg.svd(matrices)
    return (u * np.maximum(values, MIN_SINGULAR_VALUE * values[:, :1])[:, None]) @ vt
