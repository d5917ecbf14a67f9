"""Reader of .anime files (DeformingThings4D).

Layout: int32 counts of frames, vertices and triangles; float32 first frame; int32 triangles; float32 offsets
of the other frames from the first.
"""

import struct
from pathlib import Path

import numpy as np

from zoetrope.clips.clip import Clip, bad_file
from zoetrope.clips.regular_file import read_regular_file


def read_anime(path: Path | str, fps: float = 25.0) -> Clip:
    """Read one clip. The format has no rest pose; the first frame takes its place.

    Parameters
    ----------
    fps : float
        Frames a second; the format does not store it.

    Raises
    ------
    ZoetropeError
        Code "bad_file": the file is truncated, has wrong counts or indices, or values that are not finite.
    """
    path = Path(path)
    try:
        data = read_regular_file(path)
    except OSError as error:
        raise bad_file(path, error.strerror or "it is not readable", "Check its name.") from error
    if len(data) < 12:
        raise bad_file(path, "it is truncated")
    frames, vertices, triangles = struct.unpack_from("<3i", data)
    if frames < 1 or vertices < 3 or triangles < 1:
        raise bad_file(path, f"it claims {frames} frames, {vertices} vertices and {triangles} triangles")
    expected = 12 + 12 * vertices + 12 * triangles + 12 * (frames - 1) * vertices
    if expected != len(data):
        raise bad_file(path, f"it should have {expected} bytes and has {len(data)}")
    first = np.frombuffer(data, "<f4", 3 * vertices, 12).reshape(vertices, 3)
    faces = np.frombuffer(data, "<i4", 3 * triangles, 12 + 12 * vertices).reshape(triangles, 3)
    offsets = np.frombuffer(data, "<f4", 3 * vertices * (frames - 1), 12 + 12 * (vertices + triangles))
    if faces.min() < 0 or faces.max() >= vertices:
        raise bad_file(path, "a face refers to a vertex that does not exist")
    with np.errstate(all="ignore"):
        positions = np.concatenate([first[None], first + offsets.reshape(frames - 1, vertices, 3)])
    if not np.isfinite(positions).all():
        raise bad_file(path, "it holds numbers that are not finite")
    return Clip(
        path.stem,
        faces.astype(np.int32),
        first.copy(),
        positions,
        np.arange(frames) / fps,
        source=path.name,
    )
