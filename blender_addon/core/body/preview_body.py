"""What the backend's method `preview` writes: a body at rest."""

import numpy as np

from ..animation_file import DAMAGED
from ..result import ResultError


class PreviewBody:
    """A body at rest in metres, read and checked.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.

    Attributes
    ----------
    rest : (V, 3) float32
    faces : (F, 3) int32
    colours : (V, 3) float32
        sRGB, 0 to 1.
    palette : (K, 3) float32 or None
        sRGB colours of the regions.
    """

    def __init__(self, path):
        try:
            with np.load(path, allow_pickle=False) as data:
                self.rest, self.faces = data["rest"].astype(np.float32), data["faces"].astype(np.int32)
                self.colours = data["colours"].astype(np.float32)
                self.palette = data["palette"].astype(np.float32) if "palette" in data.files else None
            self._check()
        except DAMAGED as error:
            raise ResultError(f"The preview could not be read: {error}.") from error

    def _check(self):
        count = len(self.rest)
        if not count or not len(self.faces):
            raise ValueError("it is empty")
        if (self.rest.shape, self.colours.shape, self.faces.shape[1:]) != ((count, 3), (count, 3), (3,)):
            raise ValueError("its arrays do not fit together")
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise ValueError("a face names a vertex that is not there")
        if not (np.isfinite(self.rest).all() and np.isfinite(self.colours).all()):
            raise ValueError("it holds numbers that are not finite")
