"""Writers of mesh sequences: .glb, .npz, .anime, or a folder of .obj files."""

import errno
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write, make_folder, replace_file, write_error
from zoetrope.geometry.glb_levels import add_levels
from zoetrope.geometry.glb_writer import glb_bytes, to_y_up, unit_normals
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.output_path import check_output
from zoetrope.geometry.texture_vertices import texture_vertices

OBJ_MATERIAL = "creature.mtl"


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
            _write_bytes(path, add_levels(glb_bytes([sequence], compact), sequence))
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
    """Write one OBJ file per frame, frame_0001.obj ..., with vertex colours after the positions, and normals.

    The axes are glTF's, Y up and facing +Z, which importers expect of an OBJ file. Levels of detail are
    further files, frame_0001_LOD1.obj ..., with the normals that their vertices have in the mesh.

    With textures, creature.mtl and the textures lie beside them, and the vertices have no colours.

    The folder must be new or empty, see `new_folder`.
    """
    with new_folder(folder) as part:
        for name, data in _obj_material(sequence).items():
            (part / name).write_bytes(data)
        _write_obj_frames(sequence, part)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files become those of `folder`, which must be new or empty.

    A new one appears when all files are written; an existing one, which may be a link or have permissions of
    its own, stays and gets its files then.
    """
    existing = folder.is_dir()
    part = Path(tempfile.mkdtemp(prefix=".frames.", dir=folder if existing else folder.parent))
    try:
        yield part
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


def _write_obj_frames(sequence: MeshSequence, folder: Path) -> None:
    everything = np.arange(len(sequence.rest))
    levels = [("", everything, _obj_faces(sequence))]
    for number, level in enumerate(sequence.levels, 1):
        levels.append((f"_LOD{number}", level.vertices, _obj_faces(sequence.at_level(number))))
    for i, frame in enumerate(sequence.vertices):
        columns = (
            [to_y_up(frame)] if "base_colour" in sequence.textures else [to_y_up(frame), sequence.colours]
        )
        positions = obj_lines("v", np.hstack(columns))
        normals = obj_lines("vn", unit_normals(frame, sequence.faces))
        for suffix, at, (head, faces) in levels:
            lines = [head, *(positions[v] for v in at), *(normals[v] for v in at), faces]
            (folder / f"frame_{i + 1:04d}{suffix}.obj").write_text("".join(lines), encoding="ascii")


def obj_lines(keyword: str, rows: np.ndarray) -> list[str]:
    """Return an OBJ file's lines of vectors; colours, after the third number, have four decimals."""
    line = " ".join([keyword, *(["{:.6f}"] * 3), *(["{:.4f}"] * (rows.shape[1] - 3))]) + "\n"
    return [line.format(*row) for row in rows.tolist()]


def _obj_faces(sequence: MeshSequence) -> tuple[str, str]:
    """Return an OBJ file's lines before its vertices, and those after: texture coordinates and faces."""
    if sequence.uvs is None:
        faces = (sequence.faces + 1).tolist()
        return "", "".join(f"f {a}//{a} {b}//{b} {c}//{c}\n" for a, b, c in faces)
    corners, _, coordinates = texture_vertices(sequence.faces, sequence.uvs)
    head = f"mtllib {OBJ_MATERIAL}\nusemtl creature\n" if sequence.textures else ""
    lines = "".join(f"vt {u:.6f} {v:.6f}\n" for u, v in coordinates.tolist())
    rows = (np.stack([sequence.faces, corners], axis=-1).reshape(-1, 6) + 1).tolist()
    return head, lines + "".join(f"f {a}/{i}/{a} {b}/{j}/{b} {c}/{k}/{c}\n" for a, i, b, j, c, k in rows)


def _obj_material(sequence: MeshSequence) -> dict[str, bytes]:
    """Return the files of the material by name: creature.mtl and its textures; none without textures."""
    if not sequence.textures:
        return {}
    maps = {"base_colour": "map_Kd {}", "normal_map": "norm {}"}
    lines = "".join(f"{maps[name].format(f'{name}.png')}\n" for name in sequence.material_textures)
    material = f"newmtl creature\nKd 1 1 1\nKs 0 0 0\nPr 0.8\nPm 0\n{lines}"
    return {
        OBJ_MATERIAL: material.encode("ascii"),
        **{f"{name}.png": png.tobytes() for name, png in sequence.material_textures.items()},
    }


def _umask() -> int:
    """Return the process's umask, which temporary folders do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
