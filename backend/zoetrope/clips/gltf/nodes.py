"""The node tree of a glTF file: parents, order, the default pose, and what the default scene holds."""

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import Pose
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile


def read_node_tree(file: GltfFile) -> tuple[np.ndarray, np.ndarray]:
    """Return the parent of each node (N,), -1 for a root, and the nodes with parents before children (N,)."""
    nodes = file.items("nodes")
    parents = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        for child in file.listing(node, "children"):
            file.item("nodes", child)
            if parents[child] >= 0:
                raise bad_file(file.path, f"node {child} has two parents")
            parents[child] = i
    order: list[int] = [i for i in range(len(nodes)) if parents[i] < 0]
    for i in order:  # breadth first: the list grows during the loop
        order.extend(nodes[i].get("children", []))
    if len(order) != len(nodes):
        raise bad_file(file.path, "its nodes form a cycle")
    return parents, np.array(order, int)


def nodes_in_scene(file: GltfFile, parents: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return which nodes (N,) bool the default scene holds; all of them in a file without scenes."""
    if not file.items("scenes"):
        return np.ones(len(parents), dtype=bool)
    scene = file.item("scenes", file.document.get("scene", 0))
    inside = np.zeros(len(parents), dtype=bool)
    for root in file.listing(scene, "nodes"):
        file.item("nodes", root)
        inside[root] = True
    for i in order:
        inside[i] |= parents[i] >= 0 and inside[parents[i]]
    return inside


def read_default_pose(file: GltfFile, on_note: Callable[[str], None]) -> Pose:
    """Return the local transforms of all nodes as the file stores them (T = 1)."""
    nodes = file.items("nodes")
    count = len(nodes)
    t, r, s = np.zeros((1, count, 3)), np.zeros((1, count, 4)), np.ones((1, count, 3))
    r[..., 3] = 1.0
    for i, node in enumerate(nodes):
        if "matrix" in node:
            matrix = file.floats(node, "matrix", [0.0] * 16).reshape(4, 4).T
            size = np.linalg.norm(matrix[:3, :3], axis=0)
            if size.min() < 1e-12:
                raise bad_file(file.path, f"the matrix of node {i} is singular")
            if np.linalg.det(matrix[:3, :3] / size) < 0:
                size[0] = -size[0]
            t[0, i], s[0, i] = matrix[:3, 3], size
            r[0, i] = Rotation.from_matrix(matrix[:3, :3] / size).as_quat()
            continue
        t[0, i] = file.floats(node, "translation", [0.0, 0.0, 0.0])
        rotation = file.floats(node, "rotation", [0.0, 0.0, 0.0, 1.0])
        r[0, i] = unit_quaternions(rotation[None], lambda: on_note(f"the rotation of node {i} is zero"))[0]  # noqa: B023
        s[0, i] = file.floats(node, "scale", [1.0, 1.0, 1.0])
    return Pose(t, r, s)


def unit_quaternions(quaternions: np.ndarray, on_zero: Callable[[], None]) -> np.ndarray:
    """Return quaternions (N, 4) with length 1; a zero one becomes the one before it, or no rotation."""
    length = np.linalg.norm(quaternions, axis=-1)
    zero = length < 1e-9
    if not zero.any():
        return np.asarray(quaternions / length[:, None])
    on_zero()
    before = np.maximum.accumulate(np.where(zero, -1, np.arange(len(quaternions))))
    unit = quaternions / np.maximum(length, 1e-9)[:, None]
    return np.where((before < 0)[:, None], [0.0, 0.0, 0.0, 1.0], unit[before])
