"""Reader of OBJ sequences: a folder with one file per frame, all with the same faces."""

import itertools
import re
from pathlib import Path

import numpy as np

from zoetrope.clips.clip import Clip, bad_file
from zoetrope.clips.regular_file import read_regular_file

_LEVEL = re.compile(r"_LOD[1-9]$")


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3), or (V, 6) with colours, and triangles (F, 3); polygons become triangle fans."""
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    try:
        for line in read_regular_file(path).decode("utf-8", "replace").splitlines():
            words = line.split()
            if words[:1] == ["v"]:
                vertices.append([float(word) for word in words[1:]])
            elif words[:1] == ["f"]:
                corners = [int(word.split("/")[0]) for word in words[1:]]
                corners = [c - 1 if c > 0 else len(vertices) + c for c in corners]
                faces += [(corners[0], a, b) for a, b in itertools.pairwise(corners[1:])]
        points = np.array(vertices, np.float32)
    except OSError as error:
        raise bad_file(path, error.strerror or "it is not readable", "Check its name.") from error
    except ValueError as error:
        raise bad_file(path, f"it is damaged ({error})") from error
    if points.ndim != 2 or points.shape[1] < 3 or not faces or not np.isfinite(points).all():
        raise bad_file(path, "it holds no mesh")
    triangles = np.array(faces, np.int32)
    if triangles.min() < 0 or triangles.max() >= len(points):
        raise bad_file(path, "a face refers to a vertex that does not exist")
    return points, triangles


def read_obj_sequence(folder: Path | str, fps: float = 24.0) -> Clip:
    """Read the .obj files of a folder, sorted by name, as one clip.

    Their axes are taken for those that importers expect, Y up and facing +Z. Levels of detail
    (frame_0001_LOD1.obj) are passed over.

    Raises
    ------
    ZoetropeError
        Code "bad_file": there are no files, one is damaged, or the faces change between frames.
    """
    folder = Path(folder)
    paths = sorted(path for path in folder.glob("*.obj") if not _LEVEL.search(path.stem))
    if not paths:
        raise bad_file(folder, "it holds no .obj files", "Choose the folder of the sequence.")
    frames = []
    first, faces = _read_obj(paths[0])
    for path in paths:
        points, triangles = _read_obj(path)
        if points.shape != first.shape or not np.array_equal(triangles, faces):
            raise bad_file(
                path,
                "its faces differ from those of the first frame",
                "Export frames of the same topology; of engines that sample mesh frames, the tracked mesh.",
            )
        frames.append(points[:, :3])
    x, y, z = np.moveaxis(np.stack(frames), -1, 0)
    positions = np.stack([x, -z, y], axis=-1)
    return Clip(
        folder.name,
        faces,
        positions[0],
        positions,
        np.arange(len(positions)) / fps,
        first[:, 3:6] if first.shape[1] >= 6 else None,
        source=folder.name,
    )
