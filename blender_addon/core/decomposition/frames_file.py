"""The frames of a vertex animation in a .npy file, written one after the other."""

from pathlib import Path

import numpy as np
from numpy.lib import format as npy


class FramesFile:
    """Writes frames (T, V, 3) float32 as they come; only one is in memory.

    A file that is mapped into memory would not do: a disk that is full ends the process then.

    Parameters
    ----------
    path : str or Path
        OSError where it cannot be written, here and in `add`.
    frames, vertices : int
        T and V.
    """

    def __init__(self, path, frames, vertices):
        self._stream = Path(path).open("wb")  # noqa: SIM115 (frames come one by one: `close` closes it)
        header = {"descr": "<f4", "fortran_order": False, "shape": (frames, vertices, 3)}
        npy.write_array_header_1_0(self._stream, header)

    def add(self, points):
        """Append a frame: points (V, 3)."""
        self._stream.write(np.ascontiguousarray(points, dtype="<f4").data)

    def close(self):
        """Close the file."""
        self._stream.close()


def size(frames, vertices):
    """Bytes of such a file."""
    return 12 * frames * vertices + 128
