"""A skinned tube on a chain of joints, written in ways that exporters have and that must read the same."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gltf_builder import Builder
from scipy.spatial.transform import Rotation

JOINTS, RINGS, SIDES = 5, 21, 12


@dataclass(frozen=True)
class Writing:
    """How the rig is written.

    Parameters
    ----------
    posed : bool
        The node tree holds another pose than the bind pose, as converters leave it.
    quantised : float
        Half the size of the mesh that is mapped to 1 and folded into the inverse bind matrices; 0: not.
    shuffled : bool
        Nodes, joints and vertices in another order.
    parts : int
        Meshes of their own, each with a skin of its own, that the tube is cut into.
    rerooted : bool
        The mesh's node lies at the root of the scene and lacks the armature's transform.
    """

    posed: bool = False
    quantised: float = 0.0
    shuffled: bool = False
    parts: int = 1
    rerooted: bool = False


def tube() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices (V, 3), faces (F, 3) and joint weights (V, JOINTS) of a closed tube along z."""
    along = np.linspace(0, JOINTS - 1, RINGS)
    around = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    radius = 0.4 + 0.1 * np.sin(along)
    rings = np.stack(
        [
            radius[:, None] * np.cos(around),
            0.6 * radius[:, None] * np.sin(around),
            np.broadcast_to(along[:, None], (RINGS, SIDES)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    vertices = np.concatenate([rings, [[0, 0, -0.2], [0, 0, JOINTS - 0.8]]])
    i, j = np.meshgrid(np.arange(RINGS - 1), np.arange(SIDES), indexing="ij")
    a, b = (i * SIDES + j).ravel(), (i * SIDES + (j + 1) % SIDES).ravel()
    faces = np.concatenate([np.stack([a, b, b + SIDES], 1), np.stack([a, b + SIDES, a + SIDES], 1)])
    ring, after = np.arange(SIDES), (np.arange(SIDES) + 1) % SIDES
    last = (RINGS - 1) * SIDES
    caps = [np.stack([after, ring, np.full(SIDES, len(rings))], 1)]
    caps.append(np.stack([last + ring, last + after, np.full(SIDES, len(rings) + 1)], 1))
    distance = np.abs(vertices[:, 2:] - np.arange(JOINTS))
    weights = np.maximum(1.2 - distance, 0.0)
    return vertices, np.concatenate([faces, *caps]), weights / weights.sum(axis=1, keepdims=True)


def write(path: Path, way: Writing) -> Path:
    """Write the rig with one clip in which every joint but the root bends."""
    vertices, faces, weights = tube()
    rng = np.random.default_rng(0)
    # as converters from FBX leave it: an armature with a scale and a rotation, the mesh in its space
    armature = np.eye(4)
    armature[:3, :3] = 0.5 * Rotation.from_euler("x", -90, degrees=True).as_matrix()
    armature[:3, 3] = [0.3, 0.1, -0.2]
    binds = np.tile(np.eye(4), (JOINTS, 1, 1))
    binds[:, 2, 3] = np.arange(JOINTS)
    inverse = np.linalg.inv(binds)
    if way.quantised:
        middle = 0.5 * (vertices.min(0) + vertices.max(0))
        fold = np.eye(4)
        fold[:3, :3] *= way.quantised
        fold[:3, 3] = middle
        vertices = (vertices - middle) / way.quantised
        inverse = inverse @ fold
    joint_order = rng.permutation(JOINTS) if way.shuffled else np.arange(JOINTS)
    builder = Builder()
    joints = [builder.node() for _ in range(JOINTS)]
    if way.shuffled:
        joints = [joints[i] for i in rng.permutation(JOINTS)]
    for k, node in enumerate(joints):
        item = builder.json["nodes"][node]
        item["translation"] = [0, 0, 1.0 if k else 0.0]
        if way.posed and k:
            turned = Rotation.from_euler("xy", [25 * (-1) ** k, 10], degrees=True)
            item["rotation"] = turned.as_quat().tolist()
        if k + 1 < JOINTS:
            item["children"] = [joints[k + 1]]
    children = [joints[0]]
    roots = [builder.node(matrix=armature.T.ravel().tolist(), children=children)]
    for part in np.array_split(faces[rng.permutation(len(faces))], way.parts) if way.parts > 1 else [faces]:
        used, local = np.unique(part, return_inverse=True)
        if way.shuffled:
            order = rng.permutation(len(used))
            used, local = used[order], np.argsort(order)[local]
        skin = {
            "joints": [joints[j] for j in joint_order],
            "inverseBindMatrices": builder.accessor(
                inverse[joint_order].transpose(0, 2, 1).reshape(-1, 16).astype(np.float32)
            ),
        }
        builder.json["skins"].append(skin)
        own = weights[used][:, joint_order]
        top = np.argsort(-own, axis=1)[:, :4]
        attributes = {
            "POSITION": builder.accessor(vertices[used].astype(np.float32)),
            "JOINTS_0": builder.accessor(top.astype(np.uint8)),
            "WEIGHTS_0": builder.accessor(np.take_along_axis(own, top, 1).astype(np.float32)),
        }
        indices = builder.accessor(local.reshape(-1).astype(np.uint16))
        builder.json["meshes"].append({"primitives": [{"attributes": attributes, "indices": indices}]})
        node = builder.node(mesh=len(builder.json["meshes"]) - 1, skin=len(builder.json["skins"]) - 1)
        (roots if way.rerooted else children).append(node)
    builder.json["scenes"], builder.json["scene"] = [{"nodes": roots}], 0
    times = np.linspace(0, 1, 5)
    samplers, channels = [], []
    for k, joint in enumerate(joints[1:], start=1):
        angles = 30 * np.sin(2 * np.pi * times + k)
        bend = Rotation.from_euler("x", angles[:, None], degrees=True).as_quat()
        samplers.append(
            {
                "input": builder.accessor(times.astype(np.float32)),
                "output": builder.accessor(bend.astype(np.float32)),
            }
        )
        channels.append({"sampler": k - 1, "target": {"node": joint, "path": "rotation"}})
    builder.json["animations"].append({"name": "bend", "samplers": samplers, "channels": channels})
    return builder.glb(path)
