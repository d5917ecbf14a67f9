"""Levels of detail in a .glb file: further meshes of some of its vertices, moved as the mesh itself is.

Vertices of a level are vertices of level 0, so attributes, morph targets, joints and weights of skin are
taken by index from what the file holds. Nodes are named `<name>_LOD1`, `<name>_LOD2`; the extension MSFT_lod
tells viewers that they stand for the same thing.
"""

import copy
import json
import struct
from typing import Any

import numpy as np

from zoetrope.geometry.glb_buffer import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, UNSIGNED_INT, pack_glb
from zoetrope.geometry.mesh_level import stored_corners
from zoetrope.geometry.mesh_sequence import MeshSequence

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
EXTENSION = "MSFT_lod"


def add_levels(data: bytes, sequence: MeshSequence) -> bytes:
    """Return a .glb file of a sequence's mesh with its further levels of detail; as it is without any.

    Parameters
    ----------
    data : bytes
        One mesh with one primitive, whose vertices are those of the sequence, once a chart.
    """
    if not sequence.levels:
        return data
    file = _File(data)
    (index,) = (i for i, node in enumerate(file.document["nodes"]) if "mesh" in node)
    ids = []
    for number, level in enumerate(sequence.levels, start=1):
        corners = stored_corners(level, sequence.faces, sequence.uvs)
        ids.append(file.add_level(index, corners, f"_LOD{number}"))
    file.document["nodes"][index].setdefault("extensions", {})[EXTENSION] = {"ids": ids}
    file.document.setdefault("extensionsUsed", []).append(EXTENSION)
    return pack_glb(file.document, bytes(file.body))


class _File:
    """A .glb file whose JSON and binary chunk are added to."""

    def __init__(self, data: bytes) -> None:
        (size,) = struct.unpack_from("<I", data, 12)
        self.document: dict[str, Any] = json.loads(data[20 : 20 + size])
        self.body = bytearray(data[28 + size :])

    def add_level(self, node_index: int, corners: np.ndarray, suffix: str) -> int:
        """Add a node with a mesh of some stored vertices, corners (G, 3), beside a node; return its index."""
        document = self.document
        node = copy.deepcopy(document["nodes"][node_index])
        mesh = copy.deepcopy(document["meshes"][node["mesh"]])
        node.pop("extensions", None)
        node.pop("children", None)
        (primitive,) = mesh["primitives"]
        used, faces = np.unique(corners, return_inverse=True)
        for attributes in (primitive["attributes"], *primitive.get("targets", ())):
            attributes |= {name: self._rows(accessor, used) for name, accessor in attributes.items()}
        primitive["indices"] = self._append(
            faces.astype("<u4").tobytes(),
            {"componentType": UNSIGNED_INT, "count": faces.size, "type": "SCALAR"},
            {"target": ELEMENT_ARRAY_BUFFER},
        )
        name = mesh["name"]
        mesh["name"] = name + suffix
        node["name"] = node["name"].replace(name, mesh["name"], 1)
        document["meshes"].append(mesh)
        node["mesh"] = len(document["meshes"]) - 1
        document["nodes"].append(node)
        index = len(document["nodes"]) - 1
        parents = [one["children"] for one in document["nodes"] if node_index in one.get("children", ())]
        for siblings in (*parents, *(scene["nodes"] for scene in document["scenes"])):
            if node_index in siblings:
                siblings.append(index)
        for animation in document.get("animations", ()):
            animation["channels"] += [
                {**channel, "target": {**channel["target"], "node": index}}
                for channel in animation["channels"]
                if channel["target"].get("node") == node_index
            ]
        return index

    def _rows(self, index: int, rows: np.ndarray) -> int:
        """Append some rows of a vertex attribute as an accessor; return its index."""
        accessor = self.document["accessors"][index]
        view = self.document["bufferViews"][accessor["bufferView"]]
        dtype, columns = np.dtype(COMPONENTS[accessor["componentType"]]), COLUMNS[accessor["type"]]
        stride = view.get("byteStride", dtype.itemsize * columns)
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        values = np.ndarray((accessor["count"], columns), dtype, self.body, start, (stride, dtype.itemsize))[
            rows
        ]
        out = np.zeros((len(rows), stride // dtype.itemsize), dtype)
        out[:, :columns] = values
        kept = {key: accessor[key] for key in ("componentType", "type", "normalized") if key in accessor}
        if "min" in accessor:
            kept |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        properties = {"byteStride": stride} if "byteStride" in view else {}
        del values
        return self._append(
            out.tobytes(), {**kept, "count": len(rows)}, {"target": ARRAY_BUFFER, **properties}
        )

    def _append(self, raw: bytes, accessor: dict[str, Any], view: dict[str, Any]) -> int:
        views, accessors = self.document["bufferViews"], self.document["accessors"]
        views.append({"buffer": 0, "byteOffset": len(self.body), "byteLength": len(raw), **view})
        accessors.append({"bufferView": len(views) - 1, **accessor})
        self.body += raw + b"\0" * (-len(raw) % 4)
        return len(accessors) - 1
