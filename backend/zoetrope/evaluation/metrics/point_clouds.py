"""Animated point clouds of mesh sequences, sampled and normalised as in the published protocol."""

import numpy as np

from zoetrope.geometry.field_samples import barycentric_points, sample_surface

FRAMES, POINTS = 16, 2048
"""HyperDiffusion section 6.3, DNF section 4."""
FILL = 0.95
"""Share of the box [-1, 1] that the largest coordinate of a sequence fills."""
NORMALISATIONS = ("centred", "as_is")


def frame_indices(count: int, frames: int = FRAMES) -> np.ndarray:
    """Return `frames` frames evenly over a clip of `count`, the first and the last among them."""
    return np.round(np.linspace(0, count - 1, frames)).astype(int)


def loop_frame_indices(count: int, begins: float, frames: int = FRAMES) -> np.ndarray:
    """Return `frames` frames evenly over one period of a loop of `count`, the last equal to the first.

    begins : share of a period by which this loop starts later than the files of real loops do.
    """
    return np.round((np.linspace(0, 1, frames) - begins) * count).astype(int) % count


def sample(
    vertices: np.ndarray, faces: np.ndarray, rng: np.random.Generator, points: int = POINTS
) -> np.ndarray:
    """Sample points uniformly by area, independently on every frame: (T, V, 3), (F, 3) -> (T, points, 3)."""
    out = np.empty((len(vertices), points, 3), dtype=np.float32)
    for t, frame in enumerate(np.asarray(vertices, dtype=np.float64)):
        face, corner = sample_surface(frame, faces, points, rng)
        out[t] = barycentric_points(frame, faces, face, corner)
    return out


def normalised(clouds: np.ndarray, normalisation: str = "centred") -> np.ndarray:
    """Shift and scale the clouds (T, P, 3) of one sequence; one scale for all frames.

    Parameters
    ----------
    normalisation : str
        "centred": each frame by its own mean, as published, which removes rigid translation.
        "as_is": all frames by their common mean.
    """
    if normalisation not in NORMALISATIONS:
        raise ValueError(f"{normalisation!r} is none of {NORMALISATIONS}")
    axes = 1 if normalisation == "centred" else (0, 1)
    centred = clouds - clouds.mean(axis=axes, keepdims=True)
    return (centred * (FILL / max(float(np.abs(centred).max()), 1e-12))).astype(np.float32)
