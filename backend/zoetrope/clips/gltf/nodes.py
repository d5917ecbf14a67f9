"""The node tree of a glTF file: parents, order, the default pose, and what the default scene holds."""

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.animated_asset import Pose
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile

MIN_SCALE = 1e-12
MAX_SHEAR = 1e-3
"""Largest cosine between two axes of a node's matrix, which should be perpendicular (glTF 2.0, 3.5.3)."""


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


def ignore_note(text: str) -> None:
    """Drop a note, for callers that read a file again."""


def nodes_in_scene(
    file: GltfFile, parents: np.ndarray, order: np.ndarray, on_note: Callable[[str], None] = ignore_note
) -> np.ndarray:
    """Return which nodes (N,) bool are shown: those of the default scene, without hidden ones.

    A file without scenes shows all its nodes, as does one that names no default scene and whose first scene
    holds no mesh. A node hides those below it (KHR_node_visibility).
    """
    nodes = file.items("nodes")
    inside = np.ones(len(parents), dtype=bool)
    if file.items("scenes"):
        inside = _below_scene(file, file.document.get("scene", 0), parents, order)
        if "scene" not in file.document and not any("mesh" in nodes[i] for i in np.flatnonzero(inside)):
            on_note("it names no default scene and the first holds no mesh; all nodes are read")
            inside[:] = True
    hidden = np.zeros(len(parents), dtype=bool)
    for i in order:
        visibility = file.mapping(file.mapping(nodes[i], "extensions"), "KHR_node_visibility")
        hidden[i] = visibility.get("visible", True) is False or (parents[i] >= 0 and hidden[parents[i]])
    if any("mesh" in nodes[i] for i in np.flatnonzero(hidden & inside)):
        on_note("hidden meshes are left out")
    return inside & ~hidden


def _below_scene(file: GltfFile, index: object, parents: np.ndarray, order: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(parents), dtype=bool)
    for root in file.listing(file.item("scenes", index), "nodes"):
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
            t[0, i] = matrix[:3, 3]
            r[0, i], s[0, i] = _rotation_and_scale(matrix[:3, :3], lambda text: on_note(f"node {i} {text}"))  # noqa: B023
            continue
        t[0, i] = file.floats(node, "translation", [0.0, 0.0, 0.0])
        rotation = file.floats(node, "rotation", [0.0, 0.0, 0.0, 1.0])
        r[0, i] = unit_quaternions(rotation[None], lambda: on_note(f"the rotation of node {i} is zero"))[0]  # noqa: B023
        s[0, i] = file.floats(node, "scale", [1.0, 1.0, 1.0])
    return Pose(t, r, s)


def _rotation_and_scale(linear: np.ndarray, on_note: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit quaternion (4,) and the scale (3,) of a matrix (3, 3), which must be their product."""
    scale = np.linalg.norm(linear, axis=0)
    axes = linear / np.maximum(scale, MIN_SCALE)
    flat = scale < MIN_SCALE
    if flat.any():
        on_note("has a matrix without extent")
        scale[flat] = 0.0
        if flat.sum() == 1:
            k = int(flat.argmax())
            axes[:, k] = np.cross(axes[:, (k + 1) % 3], axes[:, (k + 2) % 3])
        else:
            axes = np.eye(3)
    if np.abs(axes.T @ axes - np.eye(3)).max() > MAX_SHEAR:
        on_note("has a matrix with shear, which is left out")
    if np.linalg.det(axes) < 0:
        scale[0] = -scale[0]
        axes[:, 0] = -axes[:, 0]
    return Rotation.from_matrix(axes).as_quat(), scale


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
