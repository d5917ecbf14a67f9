"""Rigid part of a motion: the best-fit rotation and translation of every frame (Kabsch 1976)."""

import numpy as np


def nearest_rotations(matrices: np.ndarray) -> np.ndarray:
    """Return the rotations (..., 3, 3) nearest to matrices (..., 3, 3) in the Frobenius norm."""
    u, _, vt = np.linalg.svd(matrices)
    u[..., :, 2] *= np.sign(np.linalg.det(u @ vt))[..., None]
    return np.asarray(u @ vt)


def fit_rigid_transforms(rest: np.ndarray, frames: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the transforms (T, 4, 4) that align the rest pose with every frame in the least-squares sense.

    Parameters
    ----------
    rest : (V, 3) float
    frames : (T, V, 3) float
    weights : (V,) float
        Sum to 1.
    """
    centroid = weights @ rest
    centroids = np.einsum("v,tvc->tc", weights, frames)
    covariance = np.einsum("va,v,tvb->tab", rest - centroid, weights, frames - centroids[:, None])
    rotation = np.swapaxes(nearest_rotations(covariance), 1, 2)
    out = np.tile(np.eye(4), (len(frames), 1, 1))
    out[:, :3, :3] = rotation
    out[:, :3, 3] = centroids - rotation @ centroid
    return out


def nonrigid_offsets(rest: np.ndarray, moved: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Return offsets (T, N, 3) such that moved = R (rest + offset) + t, for points (N, 3) and (T, N, 3)."""
    return (moved - transforms[:, None, :3, 3]) @ transforms[:, :3, :3] - rest


def apply_rigid_transforms(points: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Return R x + t (T, N, 3) for points (N, 3) or (T, N, 3) and transforms (T, 4, 4)."""
    return points @ np.swapaxes(transforms[:, :3, :3], 1, 2) + transforms[:, None, :3, 3]


def max_displacement(rest: np.ndarray, frames: np.ndarray) -> float:
    """Return the largest distance of frames (T, P, 3) from rest (P, 3) after alignment, in diagonals."""
    transforms = fit_rigid_transforms(rest, frames, np.full(len(rest), 1 / len(rest)))
    largest = np.linalg.norm(nonrigid_offsets(rest, frames, transforms), axis=-1).max()
    return float(largest / np.linalg.norm(np.ptp(rest, axis=0)))
