"""Where the meshes of a glTF file stand in its rest pose.

glTF stores a joint's inverse bind matrix, but not the space that a skinned mesh is bound in: if x is a
vertex in the mesh's own space, its rest position is P x, and joint j is bound at P inverse(IBM_j). Only the
placement P is unknown. It is the same for all joints, so where the node tree is in the bind pose
P = world_j IBM_j for every j. Otherwise (converters leave the first frame of a clip in the node tree) P is
estimated from all joints.

Exporters that quantise positions fold the scale into the inverse bind matrices, so an estimate must not take
the scale from the matrix of the mesh's node.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

AGREEMENT = 1e-2
"""Largest difference between the placements of all joints, as a share of their size, in the bind pose."""
MAX_POSE_ROTATION = 60.0
"""Degrees. If the joints are turned further than this against the mesh's node, on average, the matrix of that
node is not the bind pose (the mesh was moved to another parent): the rotation of the root joint is taken."""


MAX_STRETCH = 0.02
"""How far a joint's scale may differ from that of the rest pose, along any axis, before a note says so."""
STRETCHED = "its node tree holds a stretched pose, not the bind pose: the size of the rest pose is estimated"
TURNED = "its node tree holds a turned pose, not the bind pose: the direction of the rest pose is estimated"


@dataclass(frozen=True)
class MeshNode:
    """A node that has a mesh.

    Parameters
    ----------
    node : int
    joints : (J,) int or None
        Nodes of its skin's joints; None without a skin.
    inverse_bind : (J, 4, 4) float64 or None
    joint_weight : (J,) float64 or None
        Sum of the skin weights of each joint.
    """

    node: int
    joints: np.ndarray | None = None
    inverse_bind: np.ndarray | None = None
    joint_weight: np.ndarray | None = None


def place_meshes(
    world: np.ndarray, parents: np.ndarray, meshes: list[MeshNode], on_note: Callable[[str], None]
) -> list[np.ndarray]:
    """Return the matrix (4, 4) from each mesh's own space to its rest position in the world.

    Skins that share joints, and meshes without a skin below a joint, are placed relative to one another.

    Parameters
    ----------
    world : (N, 4, 4) float64
        World matrices of all nodes as the file stores them.
    parents : (N,) int
        Parent of each node; -1 for a root.
    on_note : callable
        Called with a sentence where the rest pose is estimated.
    """
    placed: dict[int, np.ndarray] = {}
    found: dict[int, np.ndarray] = {}
    for index in sorted(range(len(meshes)), key=lambda i: -_total(meshes[i])):
        mesh = meshes[index]
        if mesh.joints is None or mesh.inverse_bind is None or mesh.joint_weight is None:
            continue
        placement = _from_placed_joints(mesh, world, parents, placed)
        if placement is None:
            placement = _estimate(mesh, world, parents, on_note)
        found[index] = placement
        for joint, inverse in zip(mesh.joints.tolist(), mesh.inverse_bind, strict=True):
            placed.setdefault(joint, placement @ np.linalg.inv(inverse))
    for index, mesh in enumerate(meshes):
        if index not in found:
            found[index] = _rigidly_attached(mesh.node, world, parents, placed)
    return [found[i] for i in range(len(meshes))]


def _total(mesh: MeshNode) -> float:
    return 0.0 if mesh.joint_weight is None else float(mesh.joint_weight.sum())


def _from_placed_joints(
    mesh: MeshNode, world: np.ndarray, parents: np.ndarray, placed: dict[int, np.ndarray]
) -> np.ndarray | None:
    """Return the placement of a skin with joints, or ancestors of joints, that another skin has placed."""
    assert mesh.joints is not None
    assert mesh.inverse_bind is not None
    assert mesh.joint_weight is not None
    for k in np.argsort(-mesh.joint_weight, kind="stable"):
        joint = int(mesh.joints[k])
        if joint in placed:
            return np.asarray(placed[joint] @ mesh.inverse_bind[k])
    for k in np.argsort(-mesh.joint_weight, kind="stable"):
        joint = int(mesh.joints[k])
        if _placed_ancestor(joint, parents, placed) is not None:
            return np.asarray(_rigidly_attached(joint, world, parents, placed) @ mesh.inverse_bind[k])
    return None


def _placed_ancestor(node: int, parents: np.ndarray, placed: dict[int, np.ndarray]) -> int | None:
    while node >= 0 and node not in placed:
        node = int(parents[node])
    return node if node >= 0 else None


def _rigidly_attached(
    node: int, world: np.ndarray, parents: np.ndarray, placed: dict[int, np.ndarray]
) -> np.ndarray:
    """Return the bind matrix of a node that keeps its place relative to its nearest placed ancestor."""
    ancestor = _placed_ancestor(node, parents, placed)
    if ancestor is None or abs(np.linalg.det(world[ancestor][:3, :3])) < 1e-18:
        return np.asarray(world[node])
    return np.asarray(placed[ancestor] @ np.linalg.inv(world[ancestor]) @ world[node])


def _estimate(
    mesh: MeshNode, world: np.ndarray, parents: np.ndarray, on_note: Callable[[str], None]
) -> np.ndarray:
    """Return the placement of a skin from its own joints."""
    assert mesh.joints is not None
    assert mesh.inverse_bind is not None
    assert mesh.joint_weight is not None
    per_joint = world[mesh.joints] @ mesh.inverse_bind
    if np.abs(per_joint - per_joint[:1]).max() < AGREEMENT * np.abs(per_joint).max():
        return np.asarray(per_joint[0])
    reference = world[mesh.node][:3, :3]
    if abs(np.linalg.det(reference)) < 1e-18:
        reference = np.eye(3)
    # how the pose and the mesh's own scale change directions, joint by joint: (rotation of the pose) x scale
    relative = np.linalg.inv(reference) @ per_joint[:, :3, :3]
    determinants = np.linalg.det(relative)
    used = (mesh.joint_weight > 0) & (np.abs(determinants) > 1e-18)
    if not used.any():
        return np.asarray(world[mesh.node])
    sizes = np.linalg.svd(relative, compute_uv=False)
    even = used & (sizes[:, 0] < (1 + MAX_STRETCH) * sizes[:, 2])
    # squash and stretch scales some joints unevenly; those that it leaves alone tell the scale
    median = float(np.median(determinants[even if even.any() else used]))
    if np.abs(sizes[used] / np.cbrt(np.abs(median)) - 1).max() > MAX_STRETCH:
        on_note(STRETCHED)
    linear = reference * np.cbrt(median)
    u, _, vt = np.linalg.svd(relative * np.sign(median))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    rotations = Rotation.from_matrix(u @ vt)
    root = _root_joint(mesh, parents)
    if np.degrees(rotations[used].mean(mesh.joint_weight[used]).magnitude()) > MAX_POSE_ROTATION:
        on_note(TURNED)
        linear = linear @ rotations[root].as_matrix()
    bound = np.linalg.inv(mesh.inverse_bind[root])[:3, 3]
    out = np.eye(4)
    out[:3, :3] = linear
    out[:3, 3] = world[mesh.joints[root]][:3, 3] - linear @ bound
    return out


def _root_joint(mesh: MeshNode, parents: np.ndarray) -> int:
    """Return the index of the joint with no joint above it and the most skin weight at and below it."""
    assert mesh.joints is not None
    assert mesh.joint_weight is not None
    index = {int(node): k for k, node in enumerate(mesh.joints)}
    below = np.zeros(len(mesh.joints))
    roots = np.ones(len(mesh.joints), dtype=bool)
    for k, node in enumerate(mesh.joints.tolist()):
        top, above = k, int(parents[node])
        while above >= 0:
            if above in index:
                top = index[above]
                roots[k] = False
            above = int(parents[above])
        below[top] += mesh.joint_weight[k]
    return int(np.where(roots, below, -1.0).argmax())
