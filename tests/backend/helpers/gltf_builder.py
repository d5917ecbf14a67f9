"""Builder of minimal glTF documents in memory."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
from zoetrope.geometry.frame_writers import write_frames
from zoetrope.geometry.mesh_frames import MeshFrames

TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
COMPONENT_TYPES = {
    "float32": 5126,
    "uint16": 5123,
    "uint8": 5121,
    "uint32": 5125,
    "int16": 5122,
    "int8": 5120,
}
TRIANGLES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.uint16)
TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)


class Builder:
    """A glTF document; `glb` and `gltf` write it to a file."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.json: dict = {
            "asset": {"version": "2.0"},
            "nodes": [],
            "meshes": [],
            "accessors": [],
            "bufferViews": [],
            "animations": [],
            "skins": [],
        }

    def view(self, array: np.ndarray) -> int:
        raw = np.ascontiguousarray(array).tobytes()
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
        self.data += raw + b"\0" * (-len(raw) % 4)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, **more: object) -> int:
        array = np.asarray(array)
        rows = array.reshape(len(array), -1)
        self.json["accessors"].append(
            {
                "bufferView": self.view(array),
                "componentType": COMPONENT_TYPES[array.dtype.name],
                "count": len(rows),
                "type": TYPES[rows.shape[1]],
                **more,
            }
        )
        return len(self.json["accessors"]) - 1

    def mesh(self, positions: np.ndarray = TETRAHEDRON, **primitive: object) -> int:
        attributes = {"POSITION": self.accessor(positions), **primitive.pop("attributes", {})}
        indices = self.accessor(TRIANGLES.ravel())
        self.json["meshes"].append(
            {"primitives": [{"attributes": attributes, "indices": indices, **primitive}]}
        )
        return len(self.json["meshes"]) - 1

    def node(self, **item: object) -> int:
        self.json["nodes"].append(item)
        return len(self.json["nodes"]) - 1

    def animate(
        self, node: int, path: str, times: list[float], values: np.ndarray, interpolation: str = "LINEAR"
    ) -> None:
        sampler = {
            "input": self.accessor(np.array(times, np.float32)),
            "output": values if isinstance(values, int) else self.accessor(np.asarray(values, np.float32)),
            "interpolation": interpolation,
        }
        self.json["animations"].append(
            {
                "name": f"clip{len(self.json['animations'])}",
                "samplers": [sampler],
                "channels": [{"sampler": 0, "target": {"node": node, "path": path}}],
            }
        )

    def glb(self, path: Path) -> Path:
        self.json["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        body = bytes(self.data)
        total = 12 + 8 + len(text) + 8 + len(body)
        path.write_bytes(
            struct.pack("<4sII", b"glTF", 2, total)
            + struct.pack("<I4s", len(text), b"JSON")
            + text
            + struct.pack("<I4s", len(body), b"BIN\0")
            + body
        )
        return path

    def gltf(self, path: Path, embedded: bool) -> Path:
        uri = "data:application/octet-stream;base64," + base64.b64encode(self.data).decode()
        if not embedded:
            path.with_name("side file.bin").write_bytes(self.data)
            uri = "side%20file.bin"
        self.json["buffers"] = [{"byteLength": len(self.data), "uri": uri}]
        path.write_text(json.dumps(self.json))
        return path


def moving(builder: Builder | None = None, **node: object) -> Builder:
    """A tetrahedron translated by (2, 4, 6) in one second."""
    builder = builder or Builder()
    at = builder.node(mesh=builder.mesh(), **node)
    builder.animate(at, "translation", [0, 1], np.array([[0, 0, 0], [2, 4, 6]]))
    return builder


def skinned_document(weights: np.ndarray) -> Builder:
    """A tetrahedron on two joints with the given weights (4, 4); the second joint moves."""
    builder = Builder()
    joints = np.tile(np.array([0, 1, 0, 1], np.uint8), (4, 1))
    attributes = {"JOINTS_0": builder.accessor(joints), "WEIGHTS_0": builder.accessor(weights)}
    mesh = builder.mesh(attributes=attributes)
    first, second = builder.node(), builder.node()
    binds = builder.accessor(np.tile(np.eye(4, dtype=np.float32).ravel(), (2, 1)))
    builder.json["skins"].append({"joints": [first, second], "inverseBindMatrices": binds})
    builder.node(mesh=mesh, skin=0)
    builder.animate(second, "translation", [0, 1], np.array([[0, 0, 0], [0, 1, 0]]))
    return builder


def mesh_frames(path: Path) -> Path:
    """Write three tetrahedra that are shown one at a time, as mesh frames, into a .glb file."""
    meshes = tuple((TETRAHEDRON * size, TRIANGLES.astype(np.int32)) for size in (1.0, 1.2, 1.4))
    write_frames(MeshFrames(meshes, np.float32([0, 0.1, 0.2]), True, "blob", "walk"), path)
    return path
