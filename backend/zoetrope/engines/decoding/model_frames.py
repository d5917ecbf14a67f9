"""Model frames: a creature's motion as the fields give it, before it is put on a timeline."""

from typing import NamedTuple

import numpy as np


class ModelFrames(NamedTuple):
    """Decoded model frames, in the box.

    vertices : (T, V, 3), rigid part included.
    rotations, translations : (T, 3) and (T, 3), the rigid part; rotation vectors.
    """

    vertices: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
