"""The rigid part of a motion: each frame's best rotation and translation from the rest pose."""

import numpy as np


def fit_rigid_transforms(rest: np.ndarray, frames: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Transforms (T, 4, 4) that bring the rest pose nearest to every frame (Kabsch 1976).

    Parameters
    ----------
    rest : (V, 3), frames : (T, V, 3), weights : (V,) summing to 1
    """
    middle = weights @ rest
    centres = np.einsum("v,tvc->tc", weights, frames)
    spread = np.einsum("va,v,tvb->tab", rest - middle, weights, frames - centres[:, None])
    u, _, vt = np.linalg.svd(spread)
    sign = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= sign[:, None]
    rotation = np.swapaxes(u @ vt, 1, 2)
    out = np.tile(np.eye(4), (len(frames), 1, 1))
    out[:, :3, :3] = rotation
    out[:, :3, 3] = centres - rotation @ middle
    return out


def nonrigid_offsets(rest: np.ndarray, moved: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Offsets (T, N, 3) with moved = R (rest + offset) + t, for points (N, 3) and (T, N, 3)."""
    return (moved - transforms[:, None, :3, 3]) @ transforms[:, :3, :3] - rest


def apply_rigid_transforms(points: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """R x + t for points (N, 3) or (T, N, 3) and transforms (T, 4, 4) -> (T, N, 3)."""
    return points @ np.swapaxes(transforms[:, :3, :3], 1, 2) + transforms[:, None, :3, 3]


def max_displacement(rest: np.ndarray, frames: np.ndarray) -> float:
    """Largest distance from rest (P, 3) over frames (T, P, 3) after rigid alignment, in rest diagonals."""
    transforms = fit_rigid_transforms(rest, frames, np.full(len(rest), 1 / len(rest)))
    moved = np.linalg.norm(nonrigid_offsets(rest, frames, transforms), axis=-1).max()
    return float(moved / np.linalg.norm(np.ptp(rest, axis=0)))
