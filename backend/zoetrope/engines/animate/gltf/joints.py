"""Joints in a glTF document: a new skeleton with its skins, and keys on new or existing joints."""

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import compose_matrices
from zoetrope.clips.gltf.skins import MIN_SCALE
from zoetrope.engines.animate.gltf.document import (
    FLOAT,
    TO_Y_UP,
    UNSIGNED_BYTE,
    UNSIGNED_SHORT,
    GltfDocument,
    drop_influences,
)
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh
from zoetrope.geometry.quaternions import continuous_quaternions
from zoetrope.rigs.skeleton import Skeleton


def add_skeleton(document: GltfDocument, result: AnimatedMesh) -> None:
    """Add the joints as nodes, and a skin with weights to each mesh of the scene."""
    skeleton = result.skeleton
    rest = joint_matrices(skeleton, result.z_axes)
    for joint, name in enumerate(skeleton.names):
        parent = int(skeleton.parents[joint])
        local = rest[joint] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[joint]
        node: dict[str, Any] = {"name": name, **_trs(local)}
        children = np.flatnonzero(skeleton.parents == joint)
        if len(children):
            node["children"] = [document.first_joint + int(child) for child in children]
        document.nodes.append(node)
    document.add_root(document.first_joint)
    document.own_meshes()
    nodes = document.mesh_nodes()
    name = _armature_name(document, nodes)
    for index in nodes:
        _add_skin(document, index, result, rest, name)


def _armature_name(document: GltfDocument, nodes: list[int]) -> str:
    """The skin's name, after the mesh with most vertices: Blender's importer gives it to the armature."""

    def size(index: int) -> int:
        accessors = document.document["accessors"]
        return sum(
            accessors[one["attributes"]["POSITION"]]["count"]
            for one in document.primitives(document.nodes[index])
        )

    largest = document.nodes[max(nodes, key=size)]
    mesh = document.document["meshes"][largest["mesh"]]
    return f"{largest.get('name') or mesh.get('name') or 'Creature'} Armature"


def _add_skin(
    document: GltfDocument,
    index: int,
    result: AnimatedMesh,
    rest: np.ndarray,
    name: str,
) -> None:
    node, placement = document.nodes[index], document.placement(index)
    binds = np.linalg.inv(rest) @ placement
    flat = binds.transpose(0, 2, 1).reshape(-1, 16).astype(np.float32)
    skins = document.document.setdefault("skins", [])
    skins.append(
        {
            "name": name,
            "inverseBindMatrices": document.accessor(flat, "MAT4", FLOAT),
            "joints": [document.first_joint + joint for joint in range(len(rest))],
            "skeleton": document.first_joint,
        }
    )
    node["skin"] = len(skins) - 1
    assert result.weights is not None
    for primitive in document.primitives(node):
        attributes = primitive["attributes"]
        at = document.source_vertices(primitive, placement)
        drop_influences(attributes)
        wide = len(rest) > 255
        joint_type, component = (np.uint16, UNSIGNED_SHORT) if wide else (np.uint8, UNSIGNED_BYTE)
        influences = result.weights.joints[at].astype(joint_type)
        attributes["JOINTS_0"] = document.accessor(influences, "VEC4", component, attribute=True)
        values = result.weights.values[at].astype(np.float32)
        attributes["WEIGHTS_0"] = document.accessor(values, "VEC4", FLOAT, attribute=True)


def animate_skeleton(document: GltfDocument, result: AnimatedMesh, fps: float) -> None:
    """Add one animation an action, on the joints that `add_skeleton` added."""
    rest = joint_matrices(result.skeleton, result.z_axes)
    for action in result.actions:
        world = _moved(rest, action)
        local = world.copy()
        for joint, parent in enumerate(result.skeleton.parents):
            if parent >= 0:
                local[:, joint] = np.linalg.inv(world[:, parent]) @ world[:, joint]
        channels = [(document.first_joint + joint, "rotation", joint) for joint in range(1, len(rest))]
        located = range(1, len(rest) if result.all_joints_move else 2)
        channels += [(document.first_joint + joint, "translation", joint) for joint in located]
        _add_keys(document, action, fps, local, channels)


def animate_own_joints(document: GltfDocument, result: AnimatedMesh, fps: float) -> None:
    """Add one animation an action, on the joints that the file has; its node tree stays."""
    asset = document.source.asset
    joints = list(dict.fromkeys(asset.joints.tolist()))
    depth = {int(node): rank for rank, node in enumerate(document.order)}
    joints.sort(key=depth.__getitem__)
    place = {node: bone for bone, node in enumerate(joints)}
    pose = document.pose
    at_rest = compose_matrices(pose.translation, pose.rotation, pose.scale)[0]
    bind = np.stack([asset.joint_binds[int(np.flatnonzero(asset.joints == j)[0])] for j in joints])
    for action in result.actions:
        moved = _moved(bind, action)
        world = np.zeros((len(moved), len(document.order), 4, 4))
        local = np.zeros((len(moved), len(joints), 4, 4))
        for node in document.order:
            parent = int(document.parents[node])
            above = np.eye(4) if parent < 0 else world[:, parent]
            if int(node) in place:
                bone = place[int(node)]
                world[:, node] = moved[:, bone]
                local[:, bone] = np.linalg.inv(above) @ moved[:, bone]
            else:
                world[:, node] = above @ at_rest[node]
        signs, scaled = _signs_of_scale(local[0], pose.scale[0, joints])
        channels = [(node, "rotation", bone) for bone, node in enumerate(joints)]
        channels += [(node, "translation", bone) for bone, node in enumerate(joints)]
        channels += [(node, "scale", bone) for bone, node in enumerate(joints) if scaled[bone]]
        _add_keys(document, action, fps, local, channels, signs)
    for node in joints:
        if "matrix" in document.nodes[node]:  # which keys cannot move
            rotation = Rotation.from_quat(pose.rotation[0, node]).as_matrix()
            document.place(node, pose.translation[0, node], rotation, pose.scale[0, node])


def _signs_of_scale(local: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs (J, 3) of the scales in local matrices (J, 4, 4), and which joints (J,) need keys.

    Keys of scale, where the nodes' (J, 3) differ: hidden joints have an extent at rest, or are mirrored.
    """
    hidden = np.abs(scale).min(axis=1) < MIN_SCALE
    signs = np.where(hidden[:, None], 1.0, np.sign(scale))
    mirrored = np.linalg.det(local[:, :3, :3]) * signs.prod(axis=1) < 0.0
    signs[mirrored, 0] *= -1.0
    return signs, hidden | mirrored


def _add_keys(
    document: GltfDocument,
    action: AnimatedAction,
    fps: float,
    local: np.ndarray,
    channels: list[tuple[int, str, int]],
    signs: np.ndarray | None = None,
) -> None:
    """Add an animation of local matrices (T, J, 4, 4); a loop gets a closing key.

    `signs` (J, 3) are those of the scales in the matrices, all positive by default.
    """
    signs = np.ones((local.shape[1], 3)) if signs is None else signs
    if action.cyclic:
        local = np.concatenate([local, local[:1]])
    key_times = document.key_times(len(local), fps)
    samplers: list[dict[str, Any]] = []
    entries = []
    for node, path, joint in channels:
        if path == "rotation":
            linear = local[:, joint, :3, :3] * signs[joint]
            values = continuous_quaternions(linear / np.linalg.norm(linear, axis=1, keepdims=True))
            output = document.accessor(values, "VEC4", FLOAT)
        elif path == "scale":
            values = (np.linalg.norm(local[:, joint, :3, :3], axis=1) * signs[joint]).astype(np.float32)
            output = document.accessor(values, "VEC3", FLOAT)
        else:
            values = local[:, joint, :3, 3].astype(np.float32)
            output = document.accessor(values, "VEC3", FLOAT)
        entries.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append({"input": key_times, "output": output, "interpolation": "LINEAR"})
    document.add_animation(action.name, samplers, entries)


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
