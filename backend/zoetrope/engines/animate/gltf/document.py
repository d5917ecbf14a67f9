"""A glTF document to which data, nodes and animations are added; what it held stays, byte for byte."""

import copy
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import TO_Z_UP
from zoetrope.clips.gltf.animations import animated_property
from zoetrope.clips.gltf.nodes import read_default_pose, read_node_tree
from zoetrope.engines.animate.gltf.source import GltfSource
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_buffer import pack_glb

UNSIGNED_BYTE, UNSIGNED_SHORT, FLOAT = 5121, 5123, 5126
ARRAY_BUFFER = 34962
ORTHOGONAL = 1e-6
"""Largest number in R'R - 1 of a matrix that counts as a rotation."""
TRANSFORM = ("translation", "rotation", "scale")
TO_Y_UP = TO_Z_UP.T
"""Rotation (3, 3) from Blender's axes to glTF's."""


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
        self.first_joint = len(self.nodes)
        self._scene = self._shown_scene()

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

    def _shown_scene(self) -> dict[str, Any]:
        """Return the scene that the reader shows; a new one where it shows all nodes (`nodes_in_scene`)."""
        scenes: list[dict[str, Any]] = self.document.setdefault("scenes", [])
        if scenes:
            scene = scenes[self.document.get("scene", 0)]
            if self._below(scene).issuperset(self.source.asset.placements):
                self.document.setdefault("scene", 0)
                return scene
        scenes.append({"nodes": np.flatnonzero(self.parents < 0).tolist()})
        self.document["scene"] = len(scenes) - 1
        return scenes[-1]

    def _below(self, scene: dict[str, Any]) -> set[int]:
        """Return the source's nodes of a scene."""
        below = set(scene.get("nodes", []))
        for node in self.order.tolist():
            if int(self.parents[node]) in below:
                below.add(node)
        return below

    def add_root(self, node: int) -> None:
        """Make a new node a root of the scene, and of others that show a mesh of it."""
        for scene in self.document["scenes"]:
            if scene is self._scene or not self._below(scene).isdisjoint(self.source.asset.placements):
                scene.setdefault("nodes", []).append(node)

    def make_root(self, index: int, placement: np.ndarray) -> None:
        """Make a node without children a root of the scene, placed by a matrix (4, 4).

        A node's translation, rotation and scale hold no shear: with one, it gets a parent for a part of it.
        """
        for parent in self.nodes:
            if index in parent.get("children", []):
                parent["children"].remove(index)
                if not parent["children"]:
                    del parent["children"]
        roots = self._scene.setdefault("nodes", [])
        if index in roots:
            roots.remove(index)
        self.drop_transform_keys(index)
        translation, linear = placement[:3, 3], placement[:3, :3]
        scale = np.linalg.norm(linear, axis=0)
        turn = linear / scale
        if np.linalg.det(turn) < 0.0:
            turn[:, 0], scale[0] = -turn[:, 0], -scale[0]
        if np.abs(turn.T @ turn - np.eye(3)).max() < ORTHOGONAL:
            self.place(index, translation, turn, scale)
            roots.append(index)
            return
        left, scale, right = np.linalg.svd(linear)
        for rotation, axis in ((left, np.s_[:, 2]), (right, np.s_[2])):
            if np.linalg.det(rotation) < 0.0:
                rotation[axis] *= -1.0
                scale[2] *= -1.0
        self.place(index, np.zeros(3), right, np.ones(3))
        self.nodes.append({"children": [index]})
        self.place(len(self.nodes) - 1, translation, left, scale)
        roots.append(len(self.nodes) - 1)

    def place(self, index: int, translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> None:
        """Give a node a translation (3,), a rotation matrix (3, 3) and a scale (3,)."""
        node = self.nodes[index]
        node.pop("matrix", None)
        quaternion = Rotation.from_matrix(rotation).as_quat()
        values = {"translation": translation, "rotation": quaternion, "scale": scale}
        neutral = {
            "translation": np.zeros(3),
            "rotation": np.array([0.0, 0.0, 0.0, 1.0]),
            "scale": np.ones(3),
        }
        for name, value in values.items():
            node.pop(name, None)
            if not np.allclose(value, neutral[name], rtol=0.0, atol=1e-9):
                node[name] = value.tolist()

    def mesh_without_children(self, index: int) -> int:
        """Move a node's mesh to a new node where it has children, which stay; returns the mesh's node."""
        node = self.nodes[index]
        if not node.get("children"):
            return index
        moved: dict[str, Any] = {name: node.pop(name) for name in ("mesh", "skin", "weights") if name in node}
        self.nodes.append(moved | ({"name": node["name"]} if "name" in node else {}))
        for _, channel in self._weight_channels(index):
            channel["target"] = {"node": len(self.nodes) - 1, "path": "weights"}
        return len(self.nodes) - 1

    def _weight_channels(self, node: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the channels on the weights of a node's mesh, each after its animation."""
        found: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for animation in self.document.get("animations", []):
            channels = animation.get("channels")
            if isinstance(channels, list):  # else damaged, which the reader leaves out
                found += [(animation, one) for one in channels if _animates(one, node, ("weights",))]
        return found

    def mesh_nodes(self) -> list[int]:
        """Return the source's nodes that have a mesh in the scene; those without an extent are left out."""
        return [node for node in sorted(self.source.asset.placements) if self.primitives(self.nodes[node])]

    def primitives(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the primitives of a node's mesh that have positions."""
        primitives = self.document["meshes"][node["mesh"]]["primitives"]
        return [one for one in primitives if "POSITION" in one.get("attributes", {})]

    def placement(self, node: int) -> np.ndarray:
        """Return the matrix (4, 4) from a mesh node's own space to the world at rest."""
        return self.source.asset.placements[node]

    def source_vertices(self, primitive: dict[str, Any], placement: np.ndarray) -> np.ndarray:
        """Return the index (P,) of the source's vertex at each position of a primitive."""
        position = primitive["attributes"]["POSITION"]
        positions = self.source.file.accessor_of_shape(position, 3).astype(np.float64)
        return self.source.of_points(positions @ placement[:3, :3].T + placement[:3, 3])

    def key_times(self, count: int, fps: float) -> int:
        """Append the times of keys on every timeline frame as an accessor; returns its index."""
        times = (np.arange(count) / fps).astype(np.float32)
        return self.accessor(times, "SCALAR", FLOAT, min=[0.0], max=[float(times[-1])])

    def own_meshes(self) -> None:
        """Give each of `mesh_nodes` a mesh that no other node has."""
        animated = self.mesh_nodes()
        used = {node.get("mesh") for i, node in enumerate(self.nodes) if i not in animated}
        for node in (self.nodes[index] for index in animated):
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

    def extend_animation(
        self, index: int, samplers: list[dict[str, Any]], channels: list[dict[str, Any]]
    ) -> None:
        """Add samplers, and channels that use them by their index from 0, to an animation that was added."""
        animation = self.document["animations"][index]
        begin = len(animation["samplers"])
        animation["samplers"] += samplers
        animation["channels"] += [{**one, "sampler": begin + one["sampler"]} for one in channels]

    def drop_transform_keys(self, node: int) -> None:
        """Remove the file's keys on a node's transform, and the animations that have no others."""
        for animation in list(self.document.get("animations", [])):
            channels = animation.get("channels")
            if not isinstance(channels, list):
                continue  # damaged, which the reader leaves out
            kept = [one for one in channels if not _animates(one, node, TRANSFORM)]
            if channels and not kept:
                self.document["animations"].remove(animation)
            animation["channels"] = kept

    def own_targets(self, node: int) -> list[float]:
        """Return the default weights of the morph targets that a node's mesh has."""
        count = max((len(one.get("targets", [])) for one in self.primitives(self.nodes[node])), default=0)
        weights, asset = [0.0] * count, self.source.asset
        for i in np.flatnonzero(asset.target_nodes == node).tolist():
            weights[int(asset.target_slots[i])] = float(asset.target_weights[i])
        return weights

    def extend_weight_keys(self, node: int, own: int, added: int) -> None:
        """Make the file's keys on the weights of a node's `own` morph targets cover `added` ones, at 0."""
        for animation, channel in self._weight_channels(node):
            try:
                sampler = animation["samplers"][channel["sampler"]]
                values = self.source.file.accessor(sampler["output"]).astype(np.float32).reshape(-1, own)
            except (ZoetropeError, LookupError, TypeError, ValueError):
                continue  # damaged, which the reader leaves out
            extended = np.concatenate([values, np.zeros((len(values), added), np.float32)], axis=1)
            channel["sampler"] = len(animation["samplers"])
            output = self.accessor(extended.ravel(), "SCALAR", FLOAT)
            animation["samplers"].append({**sampler, "output": output})

    def bytes(self) -> bytes:
        """Return the .glb file."""
        return pack_glb(self.document, bytes(self.data))


def _animates(channel: Any, node: int, paths: tuple[str, ...]) -> bool:
    """Whether a channel has keys on one of these properties of a node."""
    target = channel.get("target") if isinstance(channel, dict) else None
    if not isinstance(target, dict):
        return False
    try:
        found = animated_property(target)
    except (AttributeError, KeyError, TypeError):  # damaged
        return False
    return found is not None and found[0] == node and found[1] in paths


def drop_influences(attributes: dict[str, int]) -> None:
    """Remove the joints and weights of a primitive."""
    for name in [key for key in attributes if key.startswith(("JOINTS_", "WEIGHTS_"))]:
        del attributes[name]
