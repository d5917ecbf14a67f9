"""Reading an animation frame by frame: the part of a job that Blender does itself."""

import contextlib
import shutil
import time
from pathlib import Path

from ..errors import GenerationError
from .frames_file import FramesFile, size

FRAMES = "frames.npy"
SLICE = 0.2
"""Seconds of reading between two looks at the interface."""
ROOM = 1.1
"""Free space that is needed, in sizes of the file."""


class Reading:
    """Reads the frames of a source into a file. In the session's place of a `Job`, which it looks like.

    Parameters
    ----------
    source : object
        With `frames` (list of int), `count` (vertices), and `read(frame)`, which returns points (V, 3) in
        metres; it may raise GenerationError.
    folder : str
        For the file; removed by `remove_folder`.
    clock : callable
        Returns rising seconds.
    """

    stage, hello, answer = "read", None, None

    def __init__(self, source, folder, clock=time.monotonic):
        self.folder, self.finished, self.cancelling = folder, False, False
        self._source, self._clock, self._done = source, clock, 0
        self._began = clock()
        self._file = None

    @property
    def fraction(self):
        """Share of the frames that were read."""
        return self._done / len(self._source.frames)

    @property
    def text(self):
        """Text on the progress bar."""
        return "Cancelling" if self.cancelling else "Reading the frames"

    @property
    def elapsed(self):
        """Seconds since the start."""
        return self._clock() - self._began

    @property
    def path(self):
        """Of the file."""
        return Path(self.folder) / FRAMES

    def cancel(self):
        """The next `step` raises."""
        self.cancelling = True

    def step(self):
        """Read for a moment; True when all is read, GenerationError when nothing will come."""
        if self.cancelling:
            raise GenerationError("cancelled", "Cancelled.")
        try:
            if self._file is None:
                self._open()
            until = self._clock() + SLICE
            while self._done < len(self._source.frames):
                self._file.add(self._source.read(self._source.frames[self._done]))
                self._done += 1
                if self._clock() > until:
                    break
            if self._done == len(self._source.frames):
                self._file.close()
                self.finished = True
        except OSError as error:
            raise GenerationError(
                "disk_full",
                f"The frames could not be written: {error.strerror or error}.",
                "Free some space on the disk, or choose fewer frames.",
            ) from error
        return self.finished

    def remove_folder(self):
        """Remove the file, also where the disk is full: closing it writes what is left in the buffer."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self):
        frames = len(self._source.frames)
        needed, free = size(frames, self._source.count), shutil.disk_usage(self.folder).free
        if ROOM * needed > free:
            raise GenerationError(
                "disk_full",
                f"{frames:,} frames take {needed / 1e9:.1f} GB on the disk, which has {free / 1e9:.1f} free.",
                "Choose fewer frames, free some space, or set another Temporary Files folder.",
            )
        self._file = FramesFile(self.path, frames, self._source.count)
