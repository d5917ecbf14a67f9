"""How much a motion stretches the edges of a mesh."""

import numpy as np

SHORTEST = 1e-6
"""Edges shorter than this, in diagonals of the rest pose, say nothing."""


def edges_of(faces: np.ndarray) -> np.ndarray:
    """Edges (E, 2), each once, of faces (F, 3)."""
    return np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)


def edge_stretch(rest: np.ndarray, edges: np.ndarray, frames: np.ndarray, quantile: float = 0.99) -> float:
    """Quantile over edges (E, 2) and frames of max(length / rest length, rest length / length).

    Parameters
    ----------
    rest : (V, 3)
    frames : (T, V, 3)
    """
    a, b = edges.T
    at_rest = np.linalg.norm(rest[a] - rest[b], axis=1)
    shortest = SHORTEST * np.linalg.norm(np.ptp(rest, axis=0))
    a, b, at_rest = a[at_rest > shortest], b[at_rest > shortest], at_rest[at_rest > shortest]
    ratios = np.empty((len(frames), len(a)), dtype=np.float32)
    for i, frame in enumerate(frames):
        ratios[i] = np.maximum(np.linalg.norm(frame[a] - frame[b], axis=1), shortest) / at_rest
    return float(np.quantile(np.maximum(ratios, 1 / ratios), quantile))
