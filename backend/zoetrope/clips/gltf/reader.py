"""Reader of animated meshes in glTF and GLB files."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset, global_matrices
from zoetrope.clips.channel import Channel
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.materials import BaseColours
from zoetrope.clips.gltf.merge import MergedMesh, weld
from zoetrope.clips.gltf.nodes import nodes_in_scene, read_default_pose, read_node_tree, unit_quaternions
from zoetrope.clips.gltf.primitives import Primitive, read_primitive
from zoetrope.clips.rest_pose import MeshNode, place_meshes
from zoetrope.errors import ZoetropeError

log = logging.getLogger(__name__)

MAX_DENSE = 120_000_000
"""Vertices times joints, or times numbers of the morph targets: a gigabyte as float64."""
MAX_EXTENT = 1e9


def read_gltf(path: Path | str, yaw: float = 0.0, *, require_animation: bool = True) -> AnimatedAsset:
    """Read the default scene of a .glb or .gltf file.

    Supported: skins with any number of influences, morph targets, node animation, LINEAR, STEP and
    CUBICSPLINE interpolation, sparse and normalised accessors, triangle lists, strips and fans, several
    meshes, base colours from textures (PNG, JPEG, WebP), factors and vertex colours, embedded and external
    buffers. What was mended or left out is in the asset's `notes`.

    Parameters
    ----------
    yaw : float
        Rotation about Z, in degrees, that makes the creature face -Y.
    require_animation : bool
        Refuse a file without animations.

    Raises
    ------
    ZoetropeError
        Code "bad_file": the file is damaged, compressed or too large, or holds no mesh or no animation.
    """
    path = Path(path)
    try:
        with np.errstate(all="ignore"):
            return _Reader(GltfFile(path), require_animation).asset(yaw)
    except ZoetropeError:
        raise
    except MemoryError as error:
        raise bad_file(path, "there is not enough memory for it", "Export only the creature.") from error
    except Exception as error:
        log.warning("%s: unforeseen damage", path, exc_info=error)
        raise bad_file(path, f"it is damaged ({type(error).__name__})") from error


class _Reader:
    """Collects the meshes, skins and animations of a file into one asset."""

    def __init__(self, file: GltfFile, require_animation: bool) -> None:
        self.file, self.path, self.require_animation = file, file.path, require_animation
        self.nodes = file.items("nodes")
        self.notes: dict[str, None] = {}
        self.colours = BaseColours(file, self.note)

    def note(self, text: str) -> None:
        """Keep a sentence about what was mended or left out, once."""
        self.notes[text] = None

    def asset(self, yaw: float) -> AnimatedAsset:
        parents, order = read_node_tree(self.file)
        inside = nodes_in_scene(self.file, parents, order)
        carriers = [i for i, node in enumerate(self.nodes) if "mesh" in node and inside[i]]
        default = read_default_pose(self.file, self.note)
        world = global_matrices(default, parents, order)[0]
        skins = [self._skin(node) for node in carriers]
        primitives = [self._primitives(node, skin) for node, skin in zip(carriers, skins, strict=True)]
        if not any(len(one.faces) for own in primitives for one in own):
            raise bad_file(self.path, "it holds no mesh")
        meshes = [
            self._mesh_node(node, skin, own)
            for node, skin, own in zip(carriers, skins, primitives, strict=True)
        ]
        placements = place_meshes(world, parents, meshes)
        return self._assemble(yaw, parents, order, default, meshes, primitives, placements)

    def _skin(self, node: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the joints (J,) and inverse bind matrices (J, 4, 4) of a node's skin; None without one."""
        if "skin" not in self.nodes[node]:
            return None
        index = self.nodes[node]["skin"]
        skin = self.file.item("skins", index)
        joints = self.file.listing(skin, "joints")
        if not joints:
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
        return np.array(joints), binds

    def _primitives(self, node: int, skin: tuple[np.ndarray, np.ndarray] | None) -> list[Primitive]:
        mesh = self.file.item("meshes", self.nodes[node]["mesh"])
        found = []
        for item in self.file.listing(mesh, "primitives"):
            if not isinstance(item, dict):
                raise bad_file(self.path, "a mesh's primitive is not an object")
            joints = None if skin is None else len(skin[0])
            primitive = read_primitive(self.file, self.colours, item, joints, self.note)
            if primitive is not None:
                found.append(primitive)
        return found

    def _mesh_node(
        self, node: int, skin: tuple[np.ndarray, np.ndarray] | None, primitives: list[Primitive]
    ) -> MeshNode:
        if skin is None:
            return MeshNode(node)
        total = np.zeros(len(skin[0]))
        for one in primitives:
            np.add.at(total, one.joints, one.weights)
        return MeshNode(node, *skin, total)

    def _assemble(
        self,
        yaw: float,
        parents: np.ndarray,
        order: np.ndarray,
        default: Any,
        meshes: list[MeshNode],
        primitives: list[list[Primitive]],
        placements: list[np.ndarray],
    ) -> AnimatedAsset:
        """Put all meshes into one space, the world at rest, and weld them."""
        merged = MergedMesh()
        for mesh, own, placement in zip(meshes, primitives, placements, strict=True):
            if abs(np.linalg.det(placement[:3, :3])) < 1e-30:
                self.note("a mesh has no extent and is left out")
                continue
            count = max((len(one.targets) for one in own), default=0)
            merged.add(mesh, own, placement, self._default_weights(mesh.node, count))
        self._check_size(merged)
        base, weights, targets = (
            np.concatenate(merged.vertices),
            merged.dense_weights(),
            merged.dense_targets(),
        )
        if not (np.isfinite(base).all() and np.ptp(base, axis=0).max() < MAX_EXTENT):
            raise bad_file(self.path, "its vertices are out of range")
        first, vertex_map = weld(base, weights, targets)
        faces = vertex_map[np.concatenate(merged.faces)]
        valid = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
        return AnimatedAsset(
            source=self.path.name,
            faces=faces[valid].astype(np.int32),
            base=base[first],
            face_colours=np.concatenate(merged.face_colours)[valid].astype(np.float32),
            corner_colours=np.concatenate(merged.corner_colours)[valid].astype(np.float32),
            weights=weights[first],
            targets=targets[:, first],
            target_weights=np.array([m.default for m in merged.morphs]),
            target_nodes=np.array([m.node for m in merged.morphs], int),
            target_slots=np.array([m.slot for m in merged.morphs], int),
            parents=parents,
            order=order,
            default=default,
            joints=np.concatenate(merged.joints),
            inverse_bind=np.concatenate(merged.inverse_bind),
            animations=self._animations(),
            node_names=tuple(str(node.get("name", f"node {i}")) for i, node in enumerate(self.nodes)),
            notes=tuple(self.notes),
            yaw=yaw,
        )

    def _check_size(self, merged: MergedMesh) -> None:
        """Refuse a file without a mesh, or with more than fits into memory."""
        vertices, joints, morphs = merged.vertex_count, merged.joint_count, len(merged.morphs)
        if not vertices:
            raise bad_file(self.path, "it holds no mesh")
        if vertices * max(joints, 3 * morphs) > MAX_DENSE:
            raise bad_file(
                self.path,
                f"{vertices} vertices with {joints} joints and {morphs} morph targets are too many",
                "Export only the creature, with its meshes joined.",
            )

    def _default_weights(self, node: int, count: int) -> list[float]:
        """Return the default weights of a mesh node's morph targets; 0 where none are given."""
        item = self.nodes[node]
        given = item.get("weights", self.file.item("meshes", item["mesh"]).get("weights", []))
        numbers = [
            float(w) if isinstance(w, int | float) and abs(w) < MAX_EXTENT else 0.0
            for w in (given if isinstance(given, list) else [])
        ]
        return (numbers + [0.0] * count)[:count]

    def _animations(self) -> dict[str, tuple[Channel, ...]]:
        out: dict[str, tuple[Channel, ...]] = {}
        for i, animation in enumerate(self.file.items("animations")):
            samplers = self.file.listing(animation, "samplers")
            channels = []
            for channel in self.file.listing(animation, "channels"):
                parsed = self._channel(channel, samplers, i)
                if parsed is not None:
                    channels.append(parsed)
            if channels:
                name = str(animation.get("name", f"animation {i}"))
                out[_unique(name, out)] = tuple(channels)
        if not out and self.require_animation:
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
        times = self.file.accessor_of_shape(sampler.get("input"), 1)[:, 0].astype(np.float64)
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
            values = unit_quaternions(
                values, lambda: self.note(f"animation {animation} has a rotation of zero length")
            )
        return Channel(target["node"], path, times, values, interpolation)


def _unique(name: str, taken: dict[str, Any]) -> str:
    """Return a name that is not taken: itself, or with a number behind it as Blender does."""
    candidate, number = name, 0
    while candidate in taken:
        number += 1
        candidate = f"{name}.{number:03d}"
    return candidate
