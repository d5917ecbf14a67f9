"""A body at rest, for sliders that show what they do while they move."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write


@dataclass(frozen=True)
class Preview:
    """A body at rest in metres, on z = 0.

    Parameters
    ----------
    rest, faces, colours : (V, 3) float32, (F, 3) int32, (V, 3) float32
    palette : (K, 3) float32 or None
        sRGB colours of the regions, see `MeshSequence`.
    """

    rest: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    palette: np.ndarray | None = None

    def save_npz(self, path: Path) -> None:
        """Write a `.npz` file without pickles, atomically."""
        arrays = {"rest": self.rest, "faces": self.faces, "colours": self.colours}
        if self.palette is not None:
            arrays["palette"] = self.palette
        with atomic_write(path) as part, part.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
