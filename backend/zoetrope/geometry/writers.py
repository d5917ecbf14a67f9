"""Writers of mesh sequences: .glb, .npz, .anime, or a folder of .obj files."""

import errno
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write, make_folder, replace_file, write_error
from zoetrope.geometry.glb_levels import add_levels
from zoetrope.geometry.glb_writer import glb_bytes
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
    """Write one OBJ file per frame, frame_0001.obj ..., with vertex colours after the positions.

    Levels of detail are further files, frame_0001_LOD1.obj ...

    With textures, creature.mtl and the textures lie beside them, and the vertices have no colours.

    The folder must be new or empty. A new one appears when all frames are written; an existing one, which
    may be a link or have permissions of its own, stays and gets its frames then.
    """
    existing = folder.is_dir()
    part = Path(tempfile.mkdtemp(prefix=".frames.", dir=folder if existing else folder.parent))
    try:
        for name, data in _obj_material(sequence).items():
            (part / name).write_bytes(data)
        for number in range(1 + len(sequence.levels)):
            _write_obj_frames(sequence.at_level(number), part, f"_LOD{number}" if number else "")
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


def _write_obj_frames(sequence: MeshSequence, folder: Path, suffix: str) -> None:
    head, faces = _obj_faces(sequence)
    for i, frame in enumerate(sequence.vertices):
        if "base_colour" in sequence.textures:
            lines = "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in frame.tolist())
        else:
            rows = np.hstack([frame, sequence.colours]).tolist()
            lines = "".join(
                f"v {x:.6f} {y:.6f} {z:.6f} {r:.4f} {g:.4f} {b:.4f}\n" for x, y, z, r, g, b in rows
            )
        (folder / f"frame_{i + 1:04d}{suffix}.obj").write_text(head + lines + faces, encoding="ascii")


def _obj_faces(sequence: MeshSequence) -> tuple[str, str]:
    """Return an OBJ file's lines before its vertices, and those after: texture coordinates and faces."""
    if sequence.uvs is None:
        return "", "".join(f"f {a} {b} {c}\n" for a, b, c in (sequence.faces + 1).tolist())
    corners, _, coordinates = texture_vertices(sequence.faces, sequence.uvs)
    head = f"mtllib {OBJ_MATERIAL}\nusemtl creature\n" if sequence.textures else ""
    lines = "".join(f"vt {u:.6f} {v:.6f}\n" for u, v in coordinates.tolist())
    rows = np.stack([sequence.faces, corners], axis=-1).reshape(-1, 6) + 1
    return head, lines + "".join(f"f {a}/{i} {b}/{j} {c}/{k}\n" for a, i, b, j, c, k in rows.tolist())


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
