"""Reader of animated meshes in glTF and GLB files."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset, global_matrices
from zoetrope.clips.channel import Channel
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.animations import read_animations
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.instances import copies, instance_matrices
from zoetrope.clips.gltf.materials import BaseColours
from zoetrope.clips.gltf.merge import MergedMesh, weld
from zoetrope.clips.gltf.nodes import nodes_in_scene, read_default_pose, read_node_tree
from zoetrope.clips.gltf.primitives import Primitive, read_primitive
from zoetrope.clips.gltf.skins import Skin, read_skin, with_extent, without_unusable_joints
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
        self.notes: dict[str, None] = dict.fromkeys(file.notes)
        self.colours = BaseColours(file, self.note)

    def note(self, text: str) -> None:
        """Keep a sentence about what was mended or left out, once."""
        self.notes[text] = None

    def asset(self, yaw: float) -> AnimatedAsset:
        parents, order = read_node_tree(self.file)
        inside = nodes_in_scene(self.file, parents, order, self.note)
        mesh_nodes = [i for i, node in enumerate(self.nodes) if "mesh" in node and inside[i]]
        default = read_default_pose(self.file, self.note)
        skins: list[Skin | None] = []
        primitives: list[list[Primitive]] = []
        for node in mesh_nodes:
            skin = read_skin(self.file, self.nodes[node])
            own = self._primitives(node, skin)
            if skin is not None:
                skin, own = without_unusable_joints(self.file, skin, own, self.note)
            skins.append(skin)
            primitives.append(own)
        if not any(len(one.faces) for own in primitives for one in own):
            raise bad_file(self.path, "it holds no mesh")
        meshes = [
            self._mesh_node(node, skin, own)
            for node, skin, own in zip(mesh_nodes, skins, primitives, strict=True)
        ]
        animations = read_animations(self.file, self.require_animation, self.note)
        channels = (channel for each in animations.values() for channel in each)
        placing = with_extent(default, parents, skins, channels, self.note)
        world = global_matrices(placing, parents, order)[0]
        placements = place_meshes(world, parents, meshes, self.note)
        return self._assemble(yaw, parents, order, default, meshes, primitives, placements, animations)

    def _primitives(self, node: int, skin: Skin | None) -> list[Primitive]:
        mesh = self.file.item("meshes", self.nodes[node]["mesh"])
        found = []
        for item in self.file.listing(mesh, "primitives"):
            if not isinstance(item, dict):
                raise bad_file(self.path, "a mesh's primitive is not an object")
            joints = None if skin is None else len(skin.joints)
            primitive = read_primitive(self.file, self.colours, item, joints, self.note)
            if primitive is not None:
                found.append(primitive)
        matrices = instance_matrices(self.file, self.nodes[node])
        if matrices is None:
            return found
        if skin is not None:
            self.note("copies of a skinned mesh are left out")
            return found
        return copies(self.file, found, matrices)

    def _mesh_node(self, node: int, skin: Skin | None, primitives: list[Primitive]) -> MeshNode:
        if skin is None:
            return MeshNode(node)
        total = np.zeros(len(skin.joints))
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
        animations: dict[str, tuple[Channel, ...]],
    ) -> AnimatedAsset:
        """Put all meshes into one space, the world at rest, and weld them."""
        merged, placed = MergedMesh(), {}
        for mesh, own, placement in zip(meshes, primitives, placements, strict=True):
            if abs(np.linalg.det(placement[:3, :3])) < 1e-30:
                self.note("a mesh has no extent and is left out")
                continue
            count = max((len(one.targets) for one in own), default=0)
            merged.add(mesh, own, placement, self._default_weights(mesh.node, count))
            placed[mesh.node] = placement
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
            animations=animations,
            node_names=tuple(str(node.get("name", f"node {i}")) for i, node in enumerate(self.nodes)),
            placements=placed,
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
