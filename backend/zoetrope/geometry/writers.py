"""Writers of mesh sequences: .glb, .npz, .anime, or a folder of .obj files."""

import errno
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write, make_folder, replace_file, write_error
from zoetrope.geometry.glb_writer import glb_bytes
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.output_path import check_output


def write_sequence(sequence: MeshSequence, path: Path, *, compact: bool = False) -> None:
    """Write a sequence atomically, in the format given by the suffix of `path`.

    Parameters
    ----------
    compact : bool
        Quantised morph targets in .glb, see `glb_bytes`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": see `check_output`; "disk_full" or "cannot_write".
    """
    check_output(path)
    try:
        make_folder(path.parent)
        if path.suffix.lower() == ".npz":
            sequence.save_npz(path)
        elif path.suffix.lower() == ".glb":
            _write_bytes(path, glb_bytes([sequence], compact))
        elif path.suffix.lower() == ".anime":
            _write_bytes(path, anime_bytes(sequence))
        else:
            write_obj_sequence(sequence, path)
    except OSError as error:
        raise write_error(path, error) from error


def write_glb(path: Path, data: bytes) -> None:
    """Write the bytes of a .glb file atomically; raises ZoetropeError as `write_sequence`."""
    check_output(path)
    try:
        make_folder(path.parent)
        _write_bytes(path, data)
    except OSError as error:
        raise write_error(path, error) from error


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

    The folder must be new or empty. A new one appears when all frames are written; an existing one, which
    may be a link or have permissions of its own, stays and gets its frames then.
    """
    existing = folder.is_dir()
    part = Path(tempfile.mkdtemp(prefix=".frames.", dir=folder if existing else folder.parent))
    faces = "".join(f"f {a} {b} {c}\n" for a, b, c in (sequence.faces + 1).tolist())
    try:
        for i, frame in enumerate(sequence.vertices):
            rows = np.hstack([frame, sequence.colours]).tolist()
            lines = "".join(
                f"v {x:.6f} {y:.6f} {z:.6f} {r:.4f} {g:.4f} {b:.4f}\n" for x, y, z, r, g, b in rows
            )
            (part / f"frame_{i + 1:04d}.obj").write_text(lines + faces, encoding="ascii")
        if not existing:
            part.chmod(0o777 & ~_umask())
            replace_file(part, folder)  # fails when somebody has made such a folder with files meanwhile
            return
        if any(path != part for path in folder.iterdir()):
            raise FileExistsError(errno.EEXIST, "somebody has put a file there")
        for path in sorted(part.iterdir()):
            replace_file(path, folder / path.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    """Return the process's umask, which temporary folders do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
