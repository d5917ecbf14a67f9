"""A glTF document to which data, nodes and animations are added; what it held stays, byte for byte."""

import copy
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import global_matrices
from zoetrope.clips.gltf.nodes import read_default_pose, read_node_tree
from zoetrope.engines.animate.gltf.source import GltfSource
from zoetrope.geometry.glb_writer import pack_glb

UNSIGNED_BYTE, UNSIGNED_SHORT, FLOAT = 5121, 5123, 5126
ARRAY_BUFFER = 34962


class GltfDocument:
    """The document of a file and its binary data, to which more is appended."""

    def __init__(self, source: GltfSource) -> None:
        self.source, file = source, source.file
        self.document: dict[str, Any] = copy.deepcopy(file.document)
        self.added_animations = 0
        self.data = bytearray()
        starts = []
        for index in range(len(file.items("buffers"))):
            starts.append(len(self.data))
            raw = file.buffer(index)
            self.data += raw + b"\0" * (-len(raw) % 4)
        for view in self.document.get("bufferViews", []):
            view["byteOffset"] = view.get("byteOffset", 0) + starts[view["buffer"]]
            view["buffer"] = 0
        self._embed_images()
        self.nodes: list[dict[str, Any]] = self.document.setdefault("nodes", [])
        self.parents, self.order = read_node_tree(file)
        self.pose = read_default_pose(file, lambda _: None)
        self.world = global_matrices(self.pose, self.parents, self.order)[0]
        self.first_joint = len(self.nodes)

    def _embed_images(self) -> None:
        for image in self.document.get("images", []):
            uri = image.get("uri")
            if not isinstance(uri, str) or uri.startswith("data:"):
                continue
            path = self.source.file.neighbour(uri)
            if path is None or not path.is_file():
                continue
            view = self.view(path.read_bytes())
            del image["uri"]
            image["bufferView"] = view
            image["mimeType"] = "image/jpeg" if path.suffix.lower() in (".jpg", ".jpeg") else "image/png"

    def view(self, raw: bytes, **properties: Any) -> int:
        """Append data as a buffer view; returns its index."""
        views = self.document.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw), **properties})
        self.data += raw + b"\0" * (-len(raw) % 4)
        return len(views) - 1

    def accessor(self, array: np.ndarray, element: str, component: int, **properties: Any) -> int:
        """Append an array (N, ...) as an accessor; returns its index.

        Parameters
        ----------
        element, component : str, int
            glTF's element type and component type.
        attribute : bool, optional
            Whether it is of vertices.
        """
        target = {"target": ARRAY_BUFFER} if properties.pop("attribute", False) else {}
        view = self.view(np.ascontiguousarray(array).tobytes(), **target)
        accessors = self.document.setdefault("accessors", [])
        accessors.append(
            {
                "bufferView": view,
                "componentType": component,
                "count": len(array),
                "type": element,
                **properties,
            }
        )
        return len(accessors) - 1

    def into_scene(self, node: int) -> None:
        """Make a node a root of the scene."""
        scenes = self.document.setdefault("scenes", [{"nodes": []}])
        scene = scenes[self.document.setdefault("scene", 0)]
        scene.setdefault("nodes", []).append(node)

    def own_mesh(self, node: dict[str, Any], used: set[int]) -> None:
        """Give an instance of a mesh a mesh of its own."""
        if node["mesh"] in used:
            self.document["meshes"].append(copy.deepcopy(self.document["meshes"][node["mesh"]]))
            node["mesh"] = len(self.document["meshes"]) - 1
        used.add(node["mesh"])

    def offsets(self, vectors: np.ndarray) -> int:
        """Append the vectors (V, 3) of a morph target as an accessor; returns its index."""
        values = vectors.astype(np.float32)
        limits = {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        return self.accessor(values, "VEC3", FLOAT, attribute=True, **limits)

    def add_animation(
        self, name: str, samplers: list[dict[str, Any]], channels: list[dict[str, Any]]
    ) -> None:
        """Add an animation under a name of its own, before those of the file: readers play the first one."""
        animations = self.document.setdefault("animations", [])
        taken = {animation.get("name") for animation in animations}
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}.{number:03d}"
        animations.insert(self.added_animations, {"name": unique, "samplers": samplers, "channels": channels})
        self.added_animations += 1

    def extend_animation(self, samplers: list[dict[str, Any]], channels: list[dict[str, Any]]) -> None:
        """Add samplers, and channels that use them by their index from 0, to the animation added last."""
        last = self.document["animations"][self.added_animations - 1]
        begin = len(last["samplers"])
        last["samplers"] += samplers
        last["channels"] += [{**one, "sampler": begin + one["sampler"]} for one in channels]

    def bytes(self) -> bytes:
        """Return the .glb file."""
        return pack_glb(self.document, bytes(self.data))
