"""A coarse body at rest, for sliders that show what they do while they move."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.geometry.npz_file import write_npz

PREVIEW_DETAIL = 48
"""Cells along the longest side of the box."""


@dataclass(frozen=True)
class Preview:
    """A body at rest in metres, on z = 0.

    Parameters
    ----------
    rest, faces, colours : (V, 3) float32, (F, 3) int32, (V, 3) float32
    proportions : BodyShape
        Sampled ones and set ones together.
    palette : (K, 3) float32 or None
        sRGB colours of the regions, see `MeshSequence`.
    """

    rest: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    proportions: BodyShape
    palette: np.ndarray | None = None

    def save_npz(self, path: Path) -> None:
        """Write a `.npz` file without pickles, atomically."""
        arrays = {"rest": self.rest, "faces": self.faces, "colours": self.colours}
        if self.palette is not None:
            arrays["palette"] = self.palette
        write_npz(path, {"proportions": self.proportions.as_mapping()}, arrays)
