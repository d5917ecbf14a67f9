"""A glTF file with a skeleton and animations added: everything that it held stays, byte for byte.

The binary data of the source is kept as it is and new data is appended: joints and weights of each primitive,
inverse bind matrices, keys. Meshes, materials, textures and texture coordinates are not touched.
"""

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import TO_Z_UP
from zoetrope.clips.gltf.nodes import nodes_in_scene
from zoetrope.engines.animate.gltf.document import FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT, GltfDocument
from zoetrope.engines.animate.gltf.source import GltfSource
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh
from zoetrope.geometry.mesh_properties import vertex_normals
from zoetrope.geometry.quaternions import continuous_quaternions
from zoetrope.rigs.correctives import Correctives
from zoetrope.rigs.skeleton import Skeleton

TO_Y_UP = TO_Z_UP.T


def animated_glb(
    source: GltfSource, result: AnimatedMesh, fps: float, correctives: Correctives | None = None
) -> bytes:
    """Return the source file as .glb, with the result's skeleton and one animation an action.

    Parameters
    ----------
    source : GltfSource
    result : AnimatedMesh
        Of the source's vertices.
    fps : float
        Timeline frames a second.
    correctives : Correctives, optional
        Of a new skeleton: morph targets that are keyed beside its joints.
    """
    writer = _Writer(source)
    if all(action.vertices is not None for action in result.actions):
        writer.animate_vertices(result, fps)
    elif result.weights is None:
        writer.animate_own(result, fps)
    else:
        writer.add_skeleton(result)
        if correctives is not None:
            writer.add_correctives(correctives)
        writer.animate(result, fps, correctives)
    writer.document.setdefault("asset", {})["generator"] = "Zoetrope"
    writer.document.setdefault("extras", {})["zoetrope"] = {
        "donor": result.donor.title,
        "author": result.donor.author,
        "licence": result.donor.licence,
        "seed": result.seed,
    }
    return writer.bytes()


class _Writer(GltfDocument):
    """A document that gets a skeleton or morph targets, and animations."""

    def add_skeleton(self, result: AnimatedMesh) -> None:
        """Add the joints as nodes, and a skin with weights to each mesh of the scene."""
        skeleton = result.skeleton
        rest = joint_matrices(skeleton, result.z_axes)
        for joint, name in enumerate(skeleton.names):
            parent = int(skeleton.parents[joint])
            local = rest[joint] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[joint]
            node: dict[str, Any] = {"name": name, **_trs(local)}
            children = np.flatnonzero(skeleton.parents == joint)
            if len(children):
                node["children"] = [self.first_joint + int(child) for child in children]
            self.nodes.append(node)
        self.into_scene(self.first_joint)
        used: set[int] = set()
        for index in self._mesh_nodes():
            self._skin_node(index, self.nodes[index], result, rest, used)

    def _skin_node(
        self, index: int, node: dict[str, Any], result: AnimatedMesh, rest: np.ndarray, used: set[int]
    ) -> None:
        placement = self._placement(index)
        self.own_mesh(node, used)
        binds = np.linalg.inv(rest) @ placement
        flat = binds.transpose(0, 2, 1).reshape(-1, 16).astype(np.float32)
        skins = self.document.setdefault("skins", [])
        joints = [self.first_joint + joint for joint in range(len(rest))]
        skins.append(
            {
                "inverseBindMatrices": self.accessor(flat, "MAT4", FLOAT),
                "joints": joints,
                "skeleton": self.first_joint,
            }
        )
        node["skin"] = len(skins) - 1
        assert result.weights is not None
        for primitive in self.document["meshes"][node["mesh"]]["primitives"]:
            attributes = primitive["attributes"]
            positions = self.source.file.accessor_of_shape(attributes["POSITION"], 3).astype(np.float64)
            at = self.source.of_points(positions @ placement[:3, :3].T + placement[:3, 3])
            _drop_influences(attributes)
            wide = len(rest) > 255
            joint_type, component = (np.uint16, UNSIGNED_SHORT) if wide else (np.uint8, UNSIGNED_BYTE)
            influences = result.weights.joints[at].astype(joint_type)
            attributes["JOINTS_0"] = self.accessor(influences, "VEC4", component, attribute=True)
            values = result.weights.values[at].astype(np.float32)
            attributes["WEIGHTS_0"] = self.accessor(values, "VEC4", FLOAT, attribute=True)

    def _placement(self, node: int) -> np.ndarray:
        """Matrix (4, 4) from a mesh node's own space to the world at rest, as the reader placed it."""
        asset = self.source.asset
        skin = self.source.file.items("nodes")[node].get("skin")
        if skin is None:
            return np.asarray(self.world[node])
        joints = self.source.file.items("skins")[skin]["joints"]
        raw = self.source.file.accessor(self.source.file.items("skins")[skin]["inverseBindMatrices"])
        bind = raw[0].reshape(4, 4).T.astype(np.float64)
        column = int(np.flatnonzero(asset.joints == joints[0])[0])
        return np.asarray(asset.joint_binds[column] @ bind)

    def add_correctives(self, correctives: Correctives) -> None:
        """Add morph targets, which act before the skin does, to each mesh of the scene."""
        shapes = self.source.vertices + correctives.offsets
        names = [f"corrective_{i:03d}" for i in range(len(shapes))]
        for index in self._mesh_nodes():
            self._add_targets(self.nodes[index], self._placement(index), shapes, names)

    def animate(self, result: AnimatedMesh, fps: float, correctives: Correctives | None = None) -> None:
        """Add one animation an action, on the joints that were added and on the correctives."""
        rest = joint_matrices(result.skeleton, result.z_axes)
        parents = result.skeleton.parents
        for i, action in enumerate(result.actions):
            world = _moved(rest, action)
            local = world.copy()
            for joint, parent in enumerate(parents):
                if parent >= 0:
                    local[:, joint] = np.linalg.inv(world[:, parent]) @ world[:, joint]
            channels = [(self.first_joint + joint, "rotation", joint) for joint in range(1, len(rest))]
            channels.append((self.first_joint + 1, "translation", 1))
            self._animation(action, fps, local, channels)
            if correctives is not None:
                samplers, entries = self._weights(action, fps, correctives.values[i], self._mesh_nodes())
                self.extend_animation(samplers, entries)

    def animate_own(self, result: AnimatedMesh, fps: float) -> None:
        """Add one animation an action, on the joints that the file has; its node tree stays."""
        asset = self.source.asset
        joints = list(dict.fromkeys(asset.joints.tolist()))
        depth = {int(node): rank for rank, node in enumerate(self.order)}
        joints.sort(key=depth.__getitem__)
        bind = np.stack([asset.joint_binds[int(np.flatnonzero(asset.joints == j)[0])] for j in joints])
        for action in result.actions:
            moved = _moved(bind, action)
            world = np.tile(self.world, (len(moved), 1, 1, 1))
            local = np.zeros((len(moved), len(joints), 4, 4))
            place = {node: bone for bone, node in enumerate(joints)}
            for node in self.order:
                parent = int(self.parents[node])
                above = np.eye(4) if parent < 0 else world[:, parent]
                if int(node) in place:
                    bone = place[int(node)]
                    world[:, node] = moved[:, bone]
                    local[:, bone] = np.linalg.inv(above) @ moved[:, bone]
                elif parent >= 0:
                    own = np.linalg.inv(self.world[parent]) @ self.world[node]
                    world[:, node] = above @ own
            channels = [(node, "rotation", bone) for bone, node in enumerate(joints)]
            channels += [(node, "translation", bone) for bone, node in enumerate(joints)]
            self._animation(action, fps, local, channels)

    def animate_vertices(self, result: AnimatedMesh, fps: float) -> None:
        """Add a morph target a frame to each mesh of the scene, and one animation an action."""
        frames = np.concatenate([action.vertices for action in result.actions if action.vertices is not None])
        names = [f"f{i:03d}" for i in range(len(frames))]
        moving = self._mesh_nodes()
        used: set[int] = set()
        for index in moving:
            node = self.nodes[index]
            self.own_mesh(node, used)
            self._add_targets(node, self._at_root(index, node), frames, names)
        first = 0
        for action in result.actions:
            count = len(action.rotations)
            weights = np.zeros((count, len(frames)), np.float32)
            weights[np.arange(count), first + np.arange(count)] = 1.0
            self.add_animation(action.name, *self._weights(action, fps, weights, moving))
            first += count

    def _mesh_nodes(self) -> list[int]:
        """The source's nodes that have a mesh in the scene."""
        inside = nodes_in_scene(self.source.file, self.parents, self.order)
        return [int(index) for index in np.flatnonzero(inside) if "mesh" in self.nodes[index]]

    def _at_root(self, index: int, node: dict[str, Any]) -> np.ndarray:
        """Make a mesh's node a root of the scene without a skin; returns its matrix (4, 4)."""
        placement = self._placement(index)
        node.pop("skin", None)  # the vertices are moved by the targets alone
        for name in ("translation", "rotation", "scale", "matrix"):
            node.pop(name, None)
        if not np.allclose(placement, np.eye(4), atol=1e-9):
            node["matrix"] = placement.T.ravel().tolist()
        self._to_scene_root(index)
        for primitive in self.document["meshes"][node["mesh"]]["primitives"]:
            _drop_influences(primitive["attributes"])
        return placement

    def _add_targets(
        self, node: dict[str, Any], placement: np.ndarray, frames: np.ndarray, names: list[str]
    ) -> None:
        """Add frames (T, V, 3) of the source's vertices as named morph targets."""
        mesh = self.document["meshes"][node["mesh"]]
        back = np.linalg.inv(placement)
        faces = self.source.faces
        rest_normals = vertex_normals(self.source.vertices, faces)
        for primitive in mesh["primitives"]:
            attributes = primitive["attributes"]
            positions = self.source.file.accessor_of_shape(attributes["POSITION"], 3).astype(np.float64)
            at = self.source.of_points(positions @ placement[:3, :3].T + placement[:3, 3])
            targets = primitive["targets"] = []
            for frame in frames.astype(np.float64):
                offset = (frame - self.source.vertices)[at] @ TO_Y_UP.T @ back[:3, :3].T
                target = {"POSITION": self.offsets(offset)}
                if "NORMAL" in attributes:
                    turned = (vertex_normals(frame, faces) - rest_normals)[at] @ TO_Y_UP.T @ placement[:3, :3]
                    scale = np.linalg.norm(placement[:3, 0])
                    target["NORMAL"] = self.offsets(turned / scale)
                targets.append(target)
        mesh["weights"] = [0.0] * len(frames)
        mesh.setdefault("extras", {})["targetNames"] = names

    def _to_scene_root(self, index: int) -> None:
        """Take a node out of its parent and put it into the scene: its matrix is that of the world."""
        for node in self.nodes:
            if index in node.get("children", []):
                node["children"].remove(index)
                if not node["children"]:
                    del node["children"]
                self.into_scene(index)

    def _weights(
        self, action: AnimatedAction, fps: float, weights: np.ndarray, nodes: list[int]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Samplers and channels of the weights (T, K) of morph targets; a loop gets a closing key."""
        if action.cyclic:
            weights = np.concatenate([weights, weights[:1]])
        times = (np.arange(len(weights)) / fps).astype(np.float32)
        limits = {"min": [0.0], "max": [float(times[-1])]}
        sampler = {
            "input": self.accessor(times, "SCALAR", FLOAT, **limits),
            "output": self.accessor(weights.ravel(), "SCALAR", FLOAT),
            "interpolation": "LINEAR",
        }
        return [sampler], [{"sampler": 0, "target": {"node": node, "path": "weights"}} for node in nodes]

    def _animation(
        self,
        action: AnimatedAction,
        fps: float,
        local: np.ndarray,
        channels: list[tuple[int, str, int]],
    ) -> None:
        """Add an animation of local matrices (T, J, 4, 4); a loop gets a closing key."""
        if action.cyclic:
            local = np.concatenate([local, local[:1]])
        times = (np.arange(len(local)) / fps).astype(np.float32)
        limits = {"min": [0.0], "max": [float(times[-1])]}
        key_times = self.accessor(times, "SCALAR", FLOAT, **limits)
        samplers: list[dict[str, Any]] = []
        entries = []
        for node, path, joint in channels:
            if path == "rotation":
                linear = local[:, joint, :3, :3]
                values = continuous_quaternions(linear / np.linalg.norm(linear, axis=1, keepdims=True))
                output = self.accessor(values, "VEC4", FLOAT)
            else:
                values = local[:, joint, :3, 3].astype(np.float32)
                output = self.accessor(values, "VEC3", FLOAT)
            entries.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
            samplers.append({"input": key_times, "output": output, "interpolation": "LINEAR"})
        self.add_animation(action.name, samplers, entries)


def _drop_influences(attributes: dict[str, int]) -> None:
    for name in [key for key in attributes if key.startswith(("JOINTS_", "WEIGHTS_"))]:
        del attributes[name]


def joint_matrices(skeleton: Skeleton, z_axes: np.ndarray) -> np.ndarray:
    """Return the world matrices (J, 4, 4) of joints at rest in glTF's axes: local Y along the bone."""
    along = skeleton.tails - skeleton.heads
    y = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    x = np.cross(y, z_axes)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    out = np.tile(np.eye(4), (len(along), 1, 1))
    out[:, :3, :3] = TO_Y_UP @ np.stack([x, y, np.cross(x, y)], axis=-1)
    out[:, :3, 3] = skeleton.heads @ TO_Y_UP.T
    return out


def _moved(rest: np.ndarray, action: AnimatedAction) -> np.ndarray:
    """World matrices (T, J, 4, 4) of joints with rest matrices (J, 4, 4), in glTF's axes."""
    turned = TO_Y_UP @ action.rotations @ TO_Y_UP.T
    out = np.tile(rest, (len(turned), 1, 1, 1))
    out[..., :3, :3] = turned @ rest[:, :3, :3]
    out[..., :3, 3] = rest[:, :3, 3] + action.translations @ TO_Y_UP.T
    return out


def _trs(matrix: np.ndarray) -> dict[str, list[float]]:
    quaternion = Rotation.from_matrix(matrix[:3, :3]).as_quat()
    return {"translation": matrix[:3, 3].tolist(), "rotation": quaternion.tolist()}
