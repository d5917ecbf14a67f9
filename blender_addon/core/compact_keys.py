"""Frames as sums of few shape keys (singular value decomposition). numpy alone."""

import numpy as np

EXACT_KEYS = 100
"""Up to so many frames are one shape key each; longer clips get compact keys."""
TOLERANCE = 1e-4
"""Largest distance of any vertex from its place, as a share of the creature's longest side."""
SAMPLED_FRAMES = 96
"""Frames that the first basis is made from."""
MISSED_FRAMES = 16
"""Frames that extend it at a time."""
REPEAT_TOLERANCE = 1e-5
"""Largest distance between two frames that are the same, as a share of the longest side."""


def one_period(frames):
    """The shortest start of a loop that the whole loop repeats.

    A loop that fills a long timeline comes with all its cycles.

    Parameters
    ----------
    frames : (T, V, 3) float32

    Returns
    -------
    (P, V, 3) float32
        P divides T; P is T where nothing repeats.
    """
    count = len(frames)
    limit = REPEAT_TOLERANCE * longest_side(frames[0])
    for period in range(2, count // 2 + 1):
        if count % period or np.abs(frames[period] - frames[0]).max() > limit:
            continue
        if all(np.abs(frames[i] - frames[i % period]).max() <= limit for i in range(period, count)):
            return frames[:period]
    return frames


def longest_side(points):
    """Longest side of the bounding box of points (V, 3)."""
    return float(np.ptp(points, axis=0).max())


def compact_keys(rest, frames, tolerance):
    """The fewest shape keys whose weighted sums are the frames, within a tolerance.

    frame[t] = rest + sum over k of weights[t, k] * offsets[k].

    The backend interpolates 32 model frames by cubic splines, so its frames span at most 32
    dimensions. The basis is made from evenly spaced frames; those that it misses extend it.

    Parameters
    ----------
    rest : (V, 3) float32
    frames : (T, V, 3) float32
    tolerance : float
        Largest distance of a vertex from its place, in the vertices' unit.

    Returns
    -------
    offsets : (K, V, 3) float32
        The first one is constant.
    weights : (T, K) float32
        From 0 to 1: Blender's glTF importer and some engines take no others. The first column is 1.
    """
    moves = (frames - rest).reshape(len(frames), -1)
    sampled = np.unique(np.linspace(0, len(moves) - 1, SAMPLED_FRAMES).round().astype(int))
    basis = _orthonormal(moves[sampled])
    while True:
        weights = moves @ basis.T
        error = _errors(moves, basis, weights)
        missed = np.argsort(error)[: -MISSED_FRAMES - 1 : -1]
        missed = missed[error[missed] > tolerance / 2]
        if not len(missed):
            break
        beyond = moves[missed] - weights[missed] @ basis
        beyond -= beyond @ basis.T @ basis  # once more: rounding
        basis = np.vstack([basis, _orthonormal(beyond)])
    # The directions that the frames use most, first.
    _, rotation = np.linalg.eigh(weights.T.astype(np.float64) @ weights)
    rotation = rotation[:, ::-1].astype(np.float32)
    basis, weights = rotation.T @ basis, weights @ rotation
    count = _fewest(moves, basis, weights, tolerance)
    basis, weights = basis[:count], weights[:, :count]
    low, high = weights.min(axis=0), weights.max(axis=0)
    span = np.where(high > low, high - low, 1)
    offsets = np.vstack([low @ basis, basis * span[:, None]]).reshape(-1, *rest.shape)
    weights = np.column_stack([np.ones(len(weights)), (weights - low) / span])
    return offsets.astype(np.float32), weights.astype(np.float32)


def _orthonormal(rows):
    """Orthonormal rows (K, N) that span the given ones, but for directions within rounding."""
    rows = rows.astype(np.float64)
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = values > max(values[-1], 1e-30) * 1e-12
    if not kept.any():
        kept[-1] = True
    basis = vectors[:, kept].T @ rows / np.sqrt(np.maximum(values[kept], 1e-30))[:, None]
    return basis.astype(np.float32)


def _errors(moves, basis, weights):
    """Largest distance of a vertex in each frame (T,) from its weighted sum."""
    error = np.empty(len(moves))
    for start in range(0, len(moves), 64):
        some = slice(start, start + 64)
        missed = (moves[some] - weights[some] @ basis).reshape(len(moves[some]), -1, 3)
        error[some] = np.sqrt(np.einsum("tvc,tvc->tv", missed, missed).max(axis=1))
    return error


def _fewest(moves, basis, weights, tolerance):
    """The smallest number of leading basis rows that keeps every frame within the tolerance."""
    low, high = 0, len(basis)  # high always suffices
    some = np.unique(np.linspace(0, len(moves) - 1, SAMPLED_FRAMES).round().astype(int))
    while high - low > 1:
        middle = (low + high) // 2
        chosen = _errors(moves[some], basis[:middle], weights[some, :middle])
        low, high = (low, middle) if chosen.max() <= tolerance else (middle, high)
    while high < len(basis) and _errors(moves, basis[:high], weights[:, :high]).max() > tolerance:
        high += 1
    return high
