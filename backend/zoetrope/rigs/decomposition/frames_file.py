"""Frames of a vertex animation in a .npy file, of which only what is asked for is in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from zoetrope.errors import ZoetropeError

GAP = 512
"""Vertices between two that are read: where there are more, they are skipped."""


class FramesFile:
    """Frames (T, V, 3) float32 or float64 that are read as they are asked for, indexed as an array is.

    A file that is mapped into memory would not do: the system ends the process (SIGBUS) where the file is
    cut off, or its disk gone, meanwhile.

    Parameters
    ----------
    path : Path
        OSError, EOFError or ValueError where it holds no such frames.

    Attributes
    ----------
    shape : (int, int, int)
        T, V and 3.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO = path.open("rb")
        try:
            version = npy.read_magic(self._stream)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran_order, dtype = read_header(self._stream)
            if len(shape) != 3 or shape[2] != 3 or dtype.kind != "f" or fortran_order:
                raise ValueError("it holds no frames (T, V, 3) of floats")
            self.shape: tuple[int, int, int] = shape
            self._dtype, self._begin = dtype, self._stream.tell()
            if path.stat().st_size < self._begin + dtype.itemsize * int(np.prod(shape, dtype=object)):
                raise ValueError("it ends before its last frame")
        except Exception:
            self._stream.close()
            raise

    @property
    def ndim(self) -> int:
        """Number of axes: 3."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self._rows(t, 0, self.shape[1]) for t in range(len(self)))

    def __getitem__(self, key: int | tuple[np.ndarray, ...]) -> np.ndarray:
        """A frame (V, 3), or what `np.ix_` of frames and vertices chooses: (T', V', 3)."""
        if not isinstance(key, tuple):
            return self._rows(int(key), 0, self.shape[1])
        times, vertices = (index.ravel() for index in key)
        order = np.argsort(vertices, kind="stable")
        found = np.empty((len(times), len(vertices), 3), self._dtype)
        for run in np.split(order, np.flatnonzero(np.diff(vertices[order]) > GAP) + 1):
            if not len(run):
                continue
            first, last = int(vertices[run[0]]), int(vertices[run[-1]])
            for i, t in enumerate(times):
                found[i, run] = self._rows(int(t), first, last + 1)[vertices[run] - first]
        return found

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _rows(self, time: int, begin: int, end: int) -> np.ndarray:
        row = 3 * self._dtype.itemsize
        byte_count = row * (end - begin)
        try:
            self._stream.seek(self._begin + row * (time * self.shape[1] + begin))
            content = self._stream.read(byte_count)
        except OSError as error:
            raise self._cut_off(f"could not be read: {error.strerror}") from error
        if len(content) < byte_count:
            raise self._cut_off("was cut off while it was read")
        return np.frombuffer(content, self._dtype).reshape(-1, 3)

    def _cut_off(self, what: str) -> ZoetropeError:
        return ZoetropeError(
            f"{self._path} {what}.",
            code="bad_request",
            remedy="Write it again, and leave it as it is until the answer has come.",
        )
