"""Animated point clouds of mesh sequences, as the published protocol takes and normalises them."""

import numpy as np

from zoetrope.geometry.field_samples import barycentric_points, sample_surface

FRAMES, POINTS = 16, 2048
"""HyperDiffusion section 6.3, DNF section 4."""
FILL = 0.95
"""Of the box [-1, 1] that the widest coordinate of a sequence fills."""
NORMALISATIONS = ("centred", "as_is")


def moments(count: int, frames: int = FRAMES) -> np.ndarray:
    """Indices of `frames` frames evenly over a clip of `count`, the first and the last among them."""
    return np.round(np.linspace(0, count - 1, frames)).astype(int)


def moments_of_loop(count: int, begins: float, frames: int = FRAMES) -> np.ndarray:
    """Indices of `frames` frames evenly over a turn of a loop of `count`, the first of all again at the end.

    Real loops are taken so, from where their files begin. `begins` is how much of a turn later this one does.
    """
    return np.round((np.linspace(0, 1, frames) - begins) * count).astype(int) % count


def sample(
    vertices: np.ndarray, faces: np.ndarray, rng: np.random.Generator, points: int = POINTS
) -> np.ndarray:
    """Points evenly by area on every frame anew: vertices (T, V, 3), faces (F, 3) -> (T, points, 3)."""
    out = np.empty((len(vertices), points, 3), dtype=np.float32)
    for t, frame in enumerate(np.asarray(vertices, dtype=np.float64)):
        face, corner = sample_surface(frame, faces, points, rng)
        out[t] = barycentric_points(frame, faces, face, corner)
    return out


def normalised(clouds: np.ndarray, kind: str = "centred") -> np.ndarray:
    """One sequence's clouds (T, P, 3), shifted and scaled.

    Parameters
    ----------
    kind : str
        "centred": each frame by its own mean, as published; what moves as a whole then stands still.
        "as_is": all frames by the mean of all. Either way one scale for the sequence.
    """
    if kind not in NORMALISATIONS:
        raise ValueError(f"{kind!r} is none of {NORMALISATIONS}")
    axes = 1 if kind == "centred" else (0, 1)
    centred = clouds - clouds.mean(axis=axes, keepdims=True)
    return (centred * (FILL / max(float(np.abs(centred).max()), 1e-12))).astype(np.float32)
