"""Reading whole files, and only regular ones: a pipe would wait for its writer, a device never end."""

import errno
import stat
from pathlib import Path


def read_regular_file(path: Path) -> bytes:
    """Return the bytes of a file; raises OSError, also for a folder, pipe, socket or device."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return path.read_bytes()
