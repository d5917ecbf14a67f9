"""Rotations over time as unit quaternions that can be interpolated from key to key."""

import numpy as np
from scipy.spatial.transform import Rotation


def continuous_quaternions(rotations: np.ndarray) -> np.ndarray:
    """Return quaternions x, y, z, w of rotation matrices, without jumps of sign.

    q and -q are one rotation; of the two, each frame has the one that is nearer to the frame before.

    Parameters
    ----------
    rotations : (T, ..., 3, 3) float

    Returns
    -------
    (T, ..., 4) float32
    """
    flat = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_quat()
    values = flat.reshape(*rotations.shape[:-2], 4)
    turned = (values[1:] * values[:-1]).sum(axis=-1, keepdims=True) < 0
    values[1:] *= np.cumprod(np.where(turned, -1.0, 1.0), axis=0)
    return values.astype(np.float32)
