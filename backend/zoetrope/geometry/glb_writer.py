"""Binary glTF of a mesh sequence: morph targets with positions and normals, and their animation."""

import json
import struct
from typing import Any

import numpy as np

from zoetrope.geometry.mesh_properties import vertex_normals
from zoetrope.geometry.mesh_sequence import MeshSequence

BYTE, SHORT, UNSIGNED_INT, FLOAT = 5120, 5122, 5125, 5126
"""glTF component types."""
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
"""Targets of buffer views: vertex attributes and indices."""


def srgb_to_linear(colours: np.ndarray) -> np.ndarray:
    """Convert sRGB colours in 0..1 to linear ones, as glTF's COLOR_0 requires."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def to_y_up(vectors: np.ndarray) -> np.ndarray:
    """Convert vectors from Blender's axes (Z up, facing -Y) to glTF's (Y up, facing +Z)."""
    return np.stack([vectors[..., 0], vectors[..., 2], -vectors[..., 1]], axis=-1).astype(np.float32)


def unit_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return vertex normals (V, 3) of length 1 in glTF's axes; a vertex without a normal points up."""
    normals = to_y_up(vertex_normals(vertices.astype(np.float64), faces))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0], np.float32)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-12), up).astype(np.float32)


class _Buffer:
    """The binary chunk of a GLB file with its buffer views and accessors."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: np.ndarray, element_type: str, component_type: int, **properties: Any) -> int:
        """Append an array (N,) or (N, C) as an accessor with the given glTF types; return its index."""
        raw = np.ascontiguousarray(array).tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data += raw + b"\0" * (-len(raw) % 4)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component_type,
                "count": len(array),
                "type": element_type,
                **properties,
            }
        )
        return len(self.accessors) - 1

    def add_attribute(self, vectors: np.ndarray, component_type: int = FLOAT, bounds: bool = False) -> int:
        """Append vectors (V, 3) as a vertex attribute; of integers, normalised, every row 4-byte aligned."""
        limits = {"min": vectors.min(0).tolist(), "max": vectors.max(0).tolist()} if bounds else {}
        if component_type == FLOAT:
            index = self.add(vectors.astype(np.float32), "VEC3", FLOAT, **limits)
        else:
            rows = np.zeros((len(vectors), 4), vectors.dtype)
            rows[:, :3] = vectors
            index = self.add(rows, "VEC3", component_type, normalized=True, **limits)
            self.views[-1]["byteStride"] = rows.itemsize * 4
        self.views[-1]["target"] = ARRAY_BUFFER
        return index


def glb_bytes(sequence: MeshSequence, compact: bool = False) -> bytes:
    """Return a binary glTF: the rest pose, one morph target a frame, and an animation of their weights.

    Every target has weight 1 at its frame and 0 at all others, with linear interpolation between keys. A loop
    gets a closing key equal to its first, so its duration is frames / fps and it repeats without a pause.
    Targets hold normals as well as positions, or a player would light every frame like the rest pose.

    Parameters
    ----------
    compact : bool
        Store the offsets of the targets as 16-bit positions and, where they fit, 8-bit normals
        (KHR_mesh_quantization): half the size.
    """
    faces, rest = sequence.faces, to_y_up(sequence.rest)
    count = len(sequence.vertices)
    normals = unit_normals(sequence.rest, faces)
    offsets = to_y_up(sequence.vertices) - rest
    scale = max(float(np.abs(offsets).max()), 1e-6) if compact else 1.0
    buffer = _Buffer()
    attributes = {
        "POSITION": buffer.add_attribute(rest / np.float32(scale), bounds=True),
        "NORMAL": buffer.add_attribute(normals),
        "COLOR_0": buffer.add_attribute(srgb_to_linear(sequence.colours)),
    }
    indices = buffer.add(faces.astype(np.uint32).ravel(), "SCALAR", UNSIGNED_INT)
    buffer.views[-1]["target"] = ELEMENT_ARRAY_BUFFER
    targets = [
        _target(buffer, offset, unit_normals(frame, faces) - normals, scale if compact else None)
        for offset, frame in zip(offsets, sequence.vertices, strict=True)
    ]
    times, weights = sequence.seconds.astype(np.float32), np.eye(count, dtype=np.float32)
    if sequence.cyclic:
        times = np.append(times, np.float32(times[-1] + 1 / sequence.fps))
        weights = np.vstack([weights, weights[:1]])
    span = {"min": [float(times[0])], "max": [float(times[-1])]}
    key_times = buffer.add(times, "SCALAR", FLOAT, **span)
    key_weights = buffer.add(weights.ravel(), "SCALAR", FLOAT)
    name = f"{sequence.category or 'creature'}_{sequence.action or 'motion'}"
    node: dict[str, Any] = {"mesh": 0, "name": name}
    if compact:
        node["scale"] = [scale] * 3
    primitive = {"attributes": attributes, "indices": indices, "material": 0, "targets": targets}
    document = {
        "asset": {"version": "2.0", "generator": "Zoetrope"},
        **(
            {key: ["KHR_mesh_quantization"] for key in ("extensionsUsed", "extensionsRequired")}
            if compact
            else {}
        ),
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [
            {
                "name": name,
                "primitives": [primitive],
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
    return _pack(document, bytes(buffer.data))


def _target(buffer: _Buffer, offsets: np.ndarray, normals: np.ndarray, scale: float | None) -> dict[str, int]:
    """Append a morph target: offsets of positions (V, 3) and of normals (V, 3); quantised with a scale."""
    if scale is None:
        return {
            "POSITION": buffer.add_attribute(offsets, bounds=True),
            "NORMAL": buffer.add_attribute(normals),
        }
    positions = np.round(offsets / scale * 32767).astype(np.int16)
    fits = np.abs(normals).max() <= 1.0  # normals that turn further have offsets up to 2
    return {
        "POSITION": buffer.add_attribute(positions, SHORT, bounds=True),
        "NORMAL": buffer.add_attribute(np.round(normals * 127).astype(np.int8), BYTE)
        if fits
        else buffer.add_attribute(normals),
    }


def _pack(document: dict[str, Any], body: bytes) -> bytes:
    """Return the bytes of a GLB file of a JSON document and a binary chunk."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return (
        struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(body))
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )
