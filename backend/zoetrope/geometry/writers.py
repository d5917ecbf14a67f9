"""Writers of mesh sequences: .glb, .npz, .anime, or a folder of .obj files."""

import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write, replace_file
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_writer import glb_bytes
from zoetrope.geometry.mesh_sequence import MeshSequence

SUFFIXES = (".glb", ".npz", ".anime")


def check_output(path: Path) -> None:
    """Refuse a path that could not be written to, or where something would be lost, before any work is done.

    A path without a suffix is a folder for an OBJ sequence: it must be new, or empty.

    Raises
    ------
    ZoetropeError
        Code "bad_option", or "disk_full" for a place that cannot be written to.
    """
    if not path.name:
        raise ZoetropeError(
            f"{str(path)!r} names no file.",
            code="bad_option",
            remedy="Give the name of a file, or of a new folder.",
        )
    if path.suffix and path.suffix.lower() not in SUFFIXES:
        raise ZoetropeError(
            f"{path.name}: there is no format {path.suffix!r}.",
            code="bad_option",
            remedy=f"Choose {', '.join(SUFFIXES)}, or a folder for an OBJ sequence.",
        )
    if path.suffix and path.is_dir():
        raise ZoetropeError(f"{path} is a folder.", code="bad_option", remedy="Give the name of a file.")
    if not path.suffix and path.exists():
        if not path.is_dir():
            raise ZoetropeError(
                f"{path} is a file.",
                code="bad_option",
                remedy="Give a new folder, or a name that ends in .glb.",
            )
        if any(path.iterdir()):
            raise ZoetropeError(
                f"The folder {path} is not empty.",
                code="bad_option",
                remedy="Give a new folder: nothing in it is overwritten.",
            )
    existing = path.absolute().parent
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise ZoetropeError(
            f"{existing} is a file, not a folder.", code="bad_option", remedy="Choose another folder."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ZoetropeError(
            f"{existing} cannot be written to.", code="disk_full", remedy="Choose another folder."
        )


def write_sequence(sequence: MeshSequence, path: Path, *, compact: bool = False) -> None:
    """Write a sequence atomically, in the format given by the suffix of `path`.

    Parameters
    ----------
    compact : bool
        Quantised morph targets in .glb, see `glb_bytes`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": see `check_output`; "disk_full": the file could not be written.
    """
    check_output(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".npz":
            sequence.save_npz(path)
        elif path.suffix.lower() == ".glb":
            _write_bytes(path, glb_bytes(sequence, compact))
        elif path.suffix.lower() == ".anime":
            _write_bytes(path, anime_bytes(sequence))
        else:
            write_obj_sequence(sequence, path)
    except OSError as error:
        raise ZoetropeError(
            f"{path} could not be written: {error.strerror}.",
            code="disk_full",
            remedy="Free some space or choose another folder.",
        ) from error


def _write_bytes(path: Path, data: bytes) -> None:
    with atomic_write(path) as part:
        part.write_bytes(data)


def anime_bytes(sequence: MeshSequence) -> bytes:
    """Return the DeformingThings4D .anime format: counts, first frame, triangles, offsets from the first."""
    frames = sequence.vertices.astype("<f4")
    count, vertices, _ = frames.shape
    return b"".join(
        [
            struct.pack("<3i", count, vertices, len(sequence.faces)),
            frames[0].tobytes(),
            sequence.faces.astype("<i4").tobytes(),
            (frames[1:] - frames[0]).astype("<f4").tobytes(),
        ]
    )


def write_obj_sequence(sequence: MeshSequence, folder: Path) -> None:
    """Write one OBJ file per frame, frame_0001.obj ..., with vertex colours after the positions.

    The folder must be new or empty; it appears when all frames are written.
    """
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    faces = "".join(f"f {a} {b} {c}\n" for a, b, c in (sequence.faces + 1).tolist())
    try:
        for i, frame in enumerate(sequence.vertices):
            rows = np.hstack([frame, sequence.colours]).tolist()
            lines = "".join(
                f"v {x:.6f} {y:.6f} {z:.6f} {r:.4f} {g:.4f} {b:.4f}\n" for x, y, z, r, g, b in rows
            )
            (part / f"frame_{i + 1:04d}.obj").write_text(lines + faces, encoding="ascii")
        part.chmod(0o777 & ~_umask())
        if folder.exists():
            folder.rmdir()  # fails when somebody has put a file there meanwhile
        replace_file(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    """Return the process's umask, which temporary folders do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
