"""The parts of a binary glTF file: its buffer with views and accessors, and the container."""

import json
import struct
from typing import Any

import numpy as np

BYTE, SHORT, UNSIGNED_INT, FLOAT = 5120, 5122, 5125, 5126
"""glTF component types."""
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
"""Targets of buffer views: vertex attributes and indices."""


class Buffer:
    """The binary chunk of a GLB file with its buffer views and accessors."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: np.ndarray, element_type: str, component_type: int, **properties: Any) -> int:
        """Append an array (N,) or (N, C) as an accessor with the given glTF types; return its index."""
        self.accessors.append(
            {
                "bufferView": self.add_raw(array),
                "componentType": component_type,
                "count": len(array),
                "type": element_type,
                **properties,
            }
        )
        return len(self.accessors) - 1

    def add_raw(self, array: np.ndarray) -> int:
        """Append an array's bytes as a buffer view; return its index."""
        raw = np.ascontiguousarray(array).tobytes()
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data += raw + b"\0" * (-len(raw) % 4)
        return len(self.views) - 1

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


def pack(document: dict[str, Any], buffer: Buffer) -> bytes:
    """Return the bytes of a GLB file of a JSON document and its buffer."""
    document |= {"bufferViews": buffer.views, "accessors": buffer.accessors}
    return pack_glb(document, bytes(buffer.data))


def pack_glb(document: dict[str, Any], body: bytes) -> bytes:
    """Return the bytes of a GLB file of a JSON document and a binary chunk, a multiple of 4 bytes."""
    document["buffers"] = [{"byteLength": len(body)}]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return (
        struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(body))
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )
