"""The backend's own Python environment, which Set Up Backend makes."""

import hashlib
import shutil
import sys
from functools import lru_cache
from pathlib import Path

SENTINEL = "complete"
"""File in the environment with the checksum of the wheel that it was made from; written last."""


class ManagedEnvironment:
    """A virtual environment in a folder that the add-on may remove and make again.

    Parameters
    ----------
    folder : Path
        It need not be there.
    wheel : Path or None
        The backend's wheel that came with the add-on; a source checkout has none.
    """

    def __init__(self, folder, wheel):
        self.folder, self.wheel = Path(folder), wheel

    @property
    def python(self):
        """Path of its interpreter."""
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def state(self):
        """State: "absent" (also when half made), "outdated" (made from another wheel) or "ready"."""
        sentinel = self.folder / SENTINEL
        if not sentinel.is_file() or not self.python.exists():
            return "absent"
        made_from = sentinel.read_text(encoding="utf-8", errors="replace").strip()
        return "outdated" if self.wheel is not None and made_from != checksum(self.wheel) else "ready"

    def remove(self):
        """Remove it; interrupted half-way it counts as absent."""
        (self.folder / SENTINEL).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def mark_complete(self):
        """Record that every step of making it has succeeded."""
        (self.folder / SENTINEL).write_text(f"{checksum(self.wheel)}\n", encoding="utf-8")


def checksum(path):
    """SHA-256 of a file, computed once for each of its versions: panels need it at every redraw."""
    status = path.stat()
    return _checksum(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _checksum(path, _time, _size):
    return hashlib.sha256(path.read_bytes()).hexdigest()
