"""Writers of mesh sequences: .glb, .npz, .anime, or a folder of .obj files."""

import json
import os
import shutil
import struct
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_properties import vertex_normals
from zoetrope.geometry.mesh_sequence import MeshSequence

SUFFIXES = (".glb", ".npz", ".anime")
FLOAT, UNSIGNED_INT = 5126, 5125
"""glTF component types."""


def check_suffix(path: Path) -> None:
    """Raise a ZoetropeError for an unknown file name suffix; no suffix means a folder for an OBJ sequence."""
    if path.suffix and path.suffix.lower() not in SUFFIXES:
        raise ZoetropeError(
            f"{path.name}: there is no format {path.suffix!r}.",
            code="bad_option",
            remedy=f"Choose {', '.join(SUFFIXES)}, or a folder for an OBJ sequence.",
        )


def write_sequence(sequence: MeshSequence, path: Path) -> None:
    """Write a sequence atomically, in the format given by the suffix of `path`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": unknown suffix; "disk_full": the file could not be written.
    """
    check_suffix(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".npz":
            sequence.save_npz(path)
        elif path.suffix.lower() == ".glb":
            _write_bytes(path, glb_bytes(sequence))
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


def srgb_to_linear(colours: np.ndarray) -> np.ndarray:
    """Convert sRGB colours in 0..1 to linear ones, as glTF's COLOR_0 requires."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def to_y_up(vectors: np.ndarray) -> np.ndarray:
    """Convert vectors from Blender's axes (Z up, facing -Y) to glTF's (Y up, facing +Z)."""
    return np.stack([vectors[..., 0], vectors[..., 2], -vectors[..., 1]], axis=-1).astype(np.float32)


class _Buffer:
    """The binary chunk of a GLB file with its buffer views and accessors."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, object]] = []

    def add(self, array: np.ndarray, element_type: str, component_type: int, bounds: bool = False) -> int:
        """Append an array (N,) or (N, C) as an accessor with the given glTF types; return its index."""
        raw = np.ascontiguousarray(array).tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data += raw + b"\0" * (-len(raw) % 4)
        accessor: dict[str, object] = {
            "bufferView": len(self.views) - 1,
            "componentType": component_type,
            "count": len(array),
            "type": element_type,
        }
        if bounds:
            flat = array.reshape(len(array), -1)
            accessor["min"] = flat.min(0).astype(float).tolist()
            accessor["max"] = flat.max(0).astype(float).tolist()
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def glb_bytes(sequence: MeshSequence) -> bytes:
    """Return a binary glTF: the rest pose, one morph target per frame, and an animation of their weights.

    Every target has weight 1 at its frame and 0 at all others, with linear interpolation between keys. A loop
    gets a closing key equal to its first, so that a player repeats it without a jump.
    """
    faces, rest = sequence.faces, sequence.rest
    count = len(sequence.vertices)
    buffer = _Buffer()
    attributes = {
        "POSITION": buffer.add(to_y_up(rest), "VEC3", FLOAT, bounds=True),
        "NORMAL": buffer.add(to_y_up(vertex_normals(rest, faces)), "VEC3", FLOAT),
        "COLOR_0": buffer.add(srgb_to_linear(sequence.colours).astype(np.float32), "VEC3", FLOAT),
    }
    indices = buffer.add(faces.astype(np.uint32).ravel(), "SCALAR", UNSIGNED_INT)
    targets = [
        {"POSITION": buffer.add(to_y_up(frame - rest), "VEC3", FLOAT, bounds=True)}
        for frame in sequence.vertices
    ]
    times, weights = sequence.seconds.astype(np.float32), np.eye(count, dtype=np.float32)
    if sequence.cyclic:
        times = np.append(times, np.float32(times[-1] + 1 / sequence.fps))
        weights = np.vstack([weights, weights[:1]])
    key_times = buffer.add(times, "SCALAR", FLOAT, bounds=True)
    key_weights = buffer.add(weights.ravel(), "SCALAR", FLOAT)
    name = f"{sequence.category or 'creature'}_{sequence.action or 'motion'}"
    document = {
        "asset": {"version": "2.0", "generator": "Zoetrope"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [
            {
                "name": name,
                "primitives": [
                    {"attributes": attributes, "indices": indices, "material": 0, "targets": targets}
                ],
                "weights": [1.0] + [0.0] * (count - 1),
                "extras": {"targetNames": [f"f{i:03d}" for i in range(count)]},
            }
        ],
        "materials": [
            {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}}
        ],
        "animations": [
            {
                "name": f"{name}_{sequence.meta.get('seed', 0)}",
                "samplers": [{"input": key_times, "output": key_weights, "interpolation": "LINEAR"}],
                "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
            }
        ],
        "buffers": [{"byteLength": len(buffer.data)}],
        "bufferViews": buffer.views,
        "accessors": buffer.accessors,
        "extras": {"zoetrope": dict(sequence.meta)},
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = bytes(buffer.data)
    total = 12 + 8 + len(text) + 8 + len(body)
    return (
        struct.pack("<4sII", b"glTF", 2, total)
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )


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
    """Write one OBJ file per frame, frame_0001.obj ..., with vertex colours after the positions."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    faces = "".join(f"f {a} {b} {c}\n" for a, b, c in (sequence.faces + 1).tolist())
    try:
        for i, frame in enumerate(sequence.vertices):
            rows = np.hstack([frame, sequence.colours]).tolist()
            lines = "".join(
                f"v {x:.6f} {y:.6f} {z:.6f} {r:.4f} {g:.4f} {b:.4f}\n" for x, y, z, r, g, b in rows
            )
            (part / f"frame_{i + 1:04d}.obj").write_text(lines + faces, encoding="ascii")
        if folder.exists():
            for old in folder.glob("frame_*.obj"):
                old.unlink()
            for new in part.iterdir():
                os.replace(new, folder / new.name)
        else:
            os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
