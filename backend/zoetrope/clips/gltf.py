"""Reader of animated meshes in glTF and GLB files."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import AnimatedAsset, Pose, bind_matrix, global_matrices
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf_animation import Channel
from zoetrope.clips.gltf_file import GltfFile

WELD_DISTANCE = 1e-5
"""Share of the extent. Closer vertices with the same weights and morph offsets are merged."""


def read_gltf(path: Path | str, yaw: float = 0.0) -> AnimatedAsset:
    """Read a .glb or .gltf file.

    Supported: skins with any number of influences, morph targets, node animation, LINEAR, STEP and
    CUBICSPLINE interpolation, sparse and normalised accessors, several meshes, embedded and external buffers.
    Textures are not read.

    Parameters
    ----------
    yaw : float
        Rotation about Z, in degrees, that makes the creature face -Y.

    Raises
    ------
    ZoetropeError
        Code "bad_file": the file is damaged, holds no mesh or no animation, or is compressed.
    """
    return _Reader(GltfFile(Path(path))).asset(yaw)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Convert linear colours, as glTF stores them, to sRGB in 0..1."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )


class _Morph(NamedTuple):
    """A morph target of one primitive.

    Parameters
    ----------
    node, slot : int
        The node whose `weights` channel drives it, and its index in that channel.
    default : float
        Default weight.
    start : int
        Index of the primitive's first vertex.
    offsets : (V', 3) float64
        Of the primitive's vertices.
    """

    node: int
    slot: int
    default: float
    start: int
    offsets: np.ndarray


class _Reader:
    """Collects the meshes, skins and animations of a file into one asset."""

    def __init__(self, file: GltfFile) -> None:
        self.file, self.path = file, file.path
        self.nodes = file.items("nodes")
        self.joints: list[int] = []
        self.binds: list[np.ndarray] = []
        self.skin_start: dict[int, int] = {}
        self.vertices: list[np.ndarray] = []
        self.faces: list[np.ndarray] = []
        self.colours: list[np.ndarray] = []
        self.influences: list[tuple[np.ndarray, np.ndarray]] = []
        self.morphs: list[_Morph] = []
        self.count = 0

    def asset(self, yaw: float) -> AnimatedAsset:
        parents, order = self._node_tree()
        mesh_nodes = [i for i, node in enumerate(self.nodes) if "mesh" in node]
        for node in mesh_nodes:
            self._add_mesh(node)
        if not self.count or not any(len(f) for f in self.faces):
            raise bad_file(self.path, "it holds no mesh")
        default = self._default_pose()
        animations = self._animations()
        base, faces = np.concatenate(self.vertices), np.concatenate(self.faces)
        weights = self._weights()
        targets = np.zeros((len(self.morphs), self.count, 3))
        for k, morph in enumerate(self.morphs):
            targets[k, morph.start : morph.start + len(morph.offsets)] = morph.offsets
        first, vertex_map = self._weld(base, weights, targets)
        faces = vertex_map[faces]
        valid = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
        joints, binds = np.array(self.joints), np.stack(self.binds)
        nodes = global_matrices(default, parents, order)[0]
        return AnimatedAsset(
            self.path.name,
            faces[valid].astype(np.int32),
            base[first],
            np.concatenate(self.colours)[valid].astype(np.float32),
            weights[first],
            targets[:, first],
            np.array([m.default for m in self.morphs]),
            np.array([m.node for m in self.morphs], int),
            np.array([m.slot for m in self.morphs], int),
            parents,
            order,
            default,
            joints,
            binds,
            bind_matrix(nodes, joints, binds, mesh_nodes[0]),
            animations,
            yaw,
        )

    def _node_tree(self) -> tuple[np.ndarray, np.ndarray]:
        parents = np.full(len(self.nodes), -1)
        for i, node in enumerate(self.nodes):
            children = node.get("children", [])
            if not isinstance(children, list):
                raise bad_file(self.path, f"the children of node {i} are not a list")
            for child in children:
                self.file.item("nodes", child)
                if parents[child] >= 0:
                    raise bad_file(self.path, f"node {child} has two parents")
                parents[child] = i
        order: list[int] = [i for i in range(len(self.nodes)) if parents[i] < 0]
        for i in order:  # breadth first: the list grows during the loop
            order.extend(self.nodes[i].get("children", []))
        if len(order) != len(self.nodes):
            raise bad_file(self.path, "its nodes form a cycle")
        return parents, np.array(order, int)

    def _default_pose(self) -> Pose:
        count = len(self.nodes)
        t, r, s = np.zeros((1, count, 3)), np.zeros((1, count, 4)), np.ones((1, count, 3))
        r[..., 3] = 1.0
        for i, node in enumerate(self.nodes):
            if "matrix" in node:
                matrix = self.file.floats(node, "matrix", [0.0] * 16).reshape(4, 4).T
                size = np.linalg.norm(matrix[:3, :3], axis=0)
                if size.min() < 1e-12:
                    raise bad_file(self.path, f"the matrix of node {i} is singular")
                if np.linalg.det(matrix[:3, :3]) < 0:
                    size[0] = -size[0]
                t[0, i], s[0, i] = matrix[:3, 3], size
                r[0, i] = Rotation.from_matrix(matrix[:3, :3] / size).as_quat()
                continue
            t[0, i] = self.file.floats(node, "translation", [0.0, 0.0, 0.0])
            r[0, i] = self._unit_quaternions(self.file.floats(node, "rotation", [0.0, 0.0, 0.0, 1.0]), i)
            s[0, i] = self.file.floats(node, "scale", [1.0, 1.0, 1.0])
        return Pose(t, r, s)

    def _unit_quaternions(self, quaternions: np.ndarray, node: int) -> np.ndarray:
        length = np.linalg.norm(quaternions, axis=-1, keepdims=True)
        if length.min() < 1e-9:
            raise bad_file(self.path, f"a rotation of node {node} is zero")
        return quaternions / length

    def _add_skin(self, index: Any) -> int:
        """Add a skin's joints, once; return their start in the list of all joints."""
        if index in self.skin_start:
            return self.skin_start[index]
        skin = self.file.item("skins", index)
        joints = skin.get("joints", [])
        if not isinstance(joints, list) or not joints:
            raise bad_file(self.path, f"skin {index} has no joints")
        for joint in joints:
            self.file.item("nodes", joint)
        binds = np.tile(np.eye(4), (len(joints), 1, 1))
        if "inverseBindMatrices" in skin:
            raw = self.file.accessor(skin["inverseBindMatrices"])
            if raw.shape[0] < len(joints) or raw.shape[1] != 16:
                raise bad_file(self.path, f"skin {index} has too few inverse bind matrices")
            binds = raw[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        if np.abs(np.linalg.det(binds)).min() < 1e-30:
            raise bad_file(self.path, f"an inverse bind matrix of skin {index} is singular")
        self.skin_start[index] = len(self.joints)
        self.joints.extend(joints)
        self.binds.extend(binds)
        return self.skin_start[index]

    def _add_mesh(self, node: int) -> None:
        item = self.nodes[node]
        mesh = self.file.item("meshes", item["mesh"])
        start = self._add_skin(item["skin"]) if "skin" in item else None
        if start is None:
            start = len(self.joints)
            self.joints.append(node)
            self.binds.append(np.eye(4))
        primitives = mesh.get("primitives", [])
        if not isinstance(primitives, list) or not all(isinstance(p, dict) for p in primitives):
            raise bad_file(self.path, "a mesh's primitives are not a list of objects")
        weights = item.get("weights", mesh.get("weights", []))
        for primitive in primitives:
            if primitive.get("mode", 4) == 4:
                self._add_primitive(primitive, node, start, "skin" in item, weights)

    def _add_primitive(
        self, primitive: dict[str, Any], node: int, start: int, skinned: bool, weights: Any
    ) -> None:
        attributes = primitive.get("attributes", {})
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            raise bad_file(self.path, "a mesh has no positions")
        position = self._accessor_of_width(attributes["POSITION"], 3).astype(np.float64)
        count = len(position)
        if "indices" in primitive:
            index = self.file.accessor(primitive["indices"])
            if index.dtype.kind not in "iu" or index.shape[1] != 1:
                raise bad_file(self.path, "a mesh's indices are not integers")
            index = index[:, 0].astype(np.int64)
        else:
            index = np.arange(count)
        index = index[: len(index) // 3 * 3]
        if len(index) and (index.min() < 0 or index.max() >= count):
            raise bad_file(self.path, "a face refers to a vertex that does not exist")
        faces = index.reshape(-1, 3)
        self.faces.append(faces + self.count)
        self.colours.append(self._face_colours(primitive, attributes, faces, count))
        if skinned:
            self.influences.append(self._influences(attributes, start, count))
        else:
            self.influences.append((np.full((count, 1), start), np.ones((count, 1))))
        targets = primitive.get("targets", [])
        if not isinstance(targets, list):
            raise bad_file(self.path, "a mesh's morph targets are not a list")
        for slot, target in enumerate(targets):
            if isinstance(target, dict) and "POSITION" in target:
                offsets = self._accessor_of_width(target["POSITION"], 3, count).astype(np.float64)
                given = isinstance(weights, list) and slot < len(weights)
                default = float(weights[slot]) if given and isinstance(weights[slot], (int, float)) else 0.0
                self.morphs.append(_Morph(node, slot, default, self.count, offsets))
        self.vertices.append(position)
        self.count += count

    def _accessor_of_width(self, index: Any, width: int, count: int | None = None) -> np.ndarray:
        values = self.file.accessor(index)
        if values.shape[1] != width or (count is not None and len(values) != count):
            raise bad_file(self.path, f"accessor {index} has shape {values.shape}")
        return values

    def _influences(
        self, attributes: dict[str, Any], start: int, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        joints, weights, k = [], [], 0
        while f"JOINTS_{k}" in attributes and f"WEIGHTS_{k}" in attributes:
            joints.append(self._accessor_of_width(attributes[f"JOINTS_{k}"], 4, count).astype(np.int64))
            weights.append(self._accessor_of_width(attributes[f"WEIGHTS_{k}"], 4, count).astype(np.float64))
            k += 1
        if not joints:
            raise bad_file(self.path, "a skinned mesh has no joint weights")
        joint, weight = np.hstack(joints) + start, np.hstack(weights)
        used = weight != 0
        if used.any() and (joint[used].max() >= len(self.joints) or joint[used].min() < 0):
            raise bad_file(self.path, "a vertex refers to a joint that does not exist")
        total = weight.sum(axis=1, keepdims=True)
        if weight.min() < 0 or total.min() <= 1e-9:
            raise bad_file(self.path, "a vertex has no joint weights")
        return np.where(used, joint, start), weight / total

    def _face_colours(
        self, primitive: dict[str, Any], attributes: dict[str, Any], faces: np.ndarray, count: int
    ) -> np.ndarray:
        factor = np.ones(3)
        if "material" in primitive:
            material = self.file.item("materials", primitive["material"])
            pbr = material.get("pbrMetallicRoughness", {})
            if isinstance(pbr, dict):
                factor = self.file.floats(pbr, "baseColorFactor", [1.0] * 4)[:3]
        colours = np.tile(factor, (len(faces), 1))
        # Blender exports all colour layers; they are used only where the material's own colour is white
        if "COLOR_0" in attributes and np.allclose(factor, 1.0):
            vertex = self.file.accessor(attributes["COLOR_0"])
            if vertex.shape == (count, 3) or vertex.shape == (count, 4):
                colours = colours * vertex[:, :3].astype(np.float64)[faces].mean(axis=1)
        return linear_to_srgb(colours)

    def _weights(self) -> np.ndarray:
        out = np.zeros((self.count, len(self.joints)))
        start = 0
        for joint, weight in self.influences:
            rows = np.arange(start, start + len(joint))[:, None]
            np.add.at(out, (rows, joint), weight)
            start += len(joint)
        return out

    def _weld(
        self, base: np.ndarray, weights: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Merge vertices that coincide in every pose.

        Returns
        -------
        first : (V',) int
            The first old vertex of each new one.
        vertex_map : (V,) int
            The new vertex of each old one.
        """
        extent = float(np.ptp(base, axis=0).max()) or 1.0
        morphs = targets.transpose(1, 0, 2).reshape(len(base), -1)
        key = np.hstack([base / (extent * WELD_DISTANCE), weights * 1e3, morphs / (extent * WELD_DISTANCE)])
        key = np.round(np.clip(key, -1e15, 1e15)).astype(np.int64)
        _, first, vertex_map = np.unique(key, axis=0, return_index=True, return_inverse=True)
        return first, vertex_map.ravel()

    def _animations(self) -> dict[str, tuple[Channel, ...]]:
        out: dict[str, tuple[Channel, ...]] = {}
        for i, animation in enumerate(self.file.items("animations")):
            samplers, channels = animation.get("samplers", []), []
            channel_items = animation.get("channels", [])
            if not isinstance(samplers, list) or not isinstance(channel_items, list):
                raise bad_file(self.path, f"animation {i} is damaged")
            for channel in channel_items:
                parsed = self._channel(channel, samplers, i)
                if parsed is not None:
                    channels.append(parsed)
            if channels:
                out[str(animation.get("name", f"animation {i}"))] = tuple(channels)
        if not out:
            raise bad_file(self.path, "it holds no animation")
        return out

    def _channel(self, channel: Any, samplers: list[Any], animation: int) -> Channel | None:
        target = channel.get("target") if isinstance(channel, dict) else None
        if not isinstance(target, dict):
            raise bad_file(self.path, f"animation {animation} has a damaged channel")
        index, path = channel.get("sampler"), target.get("path")
        if (
            not isinstance(index, int)
            or not 0 <= index < len(samplers)
            or not isinstance(samplers[index], dict)
        ):
            raise bad_file(self.path, f"animation {animation} refers to a sampler that does not exist")
        if path not in ("translation", "rotation", "scale", "weights") or "node" not in target:
            return None  # target of an extension
        sampler = samplers[index]
        self.file.item("nodes", target["node"])
        times = self._accessor_of_width(sampler.get("input"), 1)[:, 0].astype(np.float64)
        values = self.file.accessor(sampler.get("output")).astype(np.float64)
        interpolation = sampler.get("interpolation", "LINEAR")
        if (
            interpolation not in ("LINEAR", "STEP", "CUBICSPLINE")
            or not len(times)
            or (np.diff(times) < 0).any()
        ):
            raise bad_file(self.path, f"animation {animation} has a damaged sampler")
        width = {"translation": 3, "rotation": 4, "scale": 3}.get(path)
        keys = len(times) * (3 if interpolation == "CUBICSPLINE" else 1)
        if values.size == 0 or values.size % keys or (width is not None and values.size != keys * width):
            raise bad_file(self.path, f"animation {animation} has the wrong number of values")
        values = (
            values.reshape(len(times), 3, -1)
            if interpolation == "CUBICSPLINE"
            else values.reshape(len(times), -1)
        )
        if path == "rotation" and interpolation != "CUBICSPLINE":
            values = self._unit_quaternions(values, target["node"])
        return Channel(target["node"], path, times, values, interpolation)
