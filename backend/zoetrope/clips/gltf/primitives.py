"""One primitive of a glTF mesh: positions, triangles, colours, skin weights and morph targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.materials import BaseColours

TRIANGLES, STRIP, FAN = 4, 5, 6


@dataclass(frozen=True)
class Primitive:
    """A primitive in its mesh's own space.

    Parameters
    ----------
    positions : (V, 3) float64
    faces : (F, 3) int64
    face_colours : (F, 3), corner_colours : (F, 3, 3) float64
        sRGB in 0..1.
    joints : (V, K) int64, weights : (V, K) float64
        Influences: indices into the skin's joints, rows of sum 1. Without a skin joint 0 with weight 1.
    targets : list of (V, 3) float64 or None
        Offsets of the morph targets; None for a target without positions.
    """

    positions: np.ndarray
    faces: np.ndarray
    face_colours: np.ndarray
    corner_colours: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    targets: list[np.ndarray | None]


def read_primitive(
    file: GltfFile,
    colours: BaseColours,
    item: dict[str, Any],
    joint_count: int | None,
    on_note: Callable[[str], None],
) -> Primitive | None:
    """Read a primitive; None for points and lines.

    Parameters
    ----------
    joint_count : int or None
        Joints of the mesh's skin; None without one.
    """
    mode = item.get("mode", TRIANGLES)
    if mode not in (TRIANGLES, STRIP, FAN):
        on_note("points and lines are left out")
        return None
    attributes = file.mapping(item, "attributes")
    if "POSITION" not in attributes:
        raise bad_file(file.path, "a mesh has no positions")
    positions = file.accessor_of_shape(attributes["POSITION"], 3).astype(np.float64)
    count = len(positions)
    faces = _triangles(_indices(file, item, count), mode)
    face_colours, corner_colours = colours.of_primitive(item, faces, count)
    if joint_count is None:
        joints, weights = np.zeros((count, 1), np.int64), np.ones((count, 1))
    else:
        joints, weights = _influences(file, attributes, joint_count, count, on_note)
    targets: list[np.ndarray | None] = []
    for target in file.listing(item, "targets"):
        if not isinstance(target, dict):
            raise bad_file(file.path, "a morph target is not an object")
        given = "POSITION" in target
        offsets = file.accessor_of_shape(target["POSITION"], 3, count).astype(np.float64) if given else None
        targets.append(offsets)
    return Primitive(positions, faces, face_colours, corner_colours, joints, weights, targets)


def _indices(file: GltfFile, item: dict[str, Any], count: int) -> np.ndarray:
    """Return the vertex indices (I,) of a primitive, also of one without an index accessor."""
    if "indices" not in item:
        return np.arange(count)
    index = file.accessor(item["indices"])
    if index.dtype.kind not in "iu" or index.shape[1] != 1:
        raise bad_file(file.path, "a mesh's indices are not integers")
    index = index[:, 0].astype(np.int64)
    if len(index) and (index.min() < 0 or index.max() >= count):
        raise bad_file(file.path, "a face refers to a vertex that does not exist")
    return index


def _triangles(index: np.ndarray, mode: int) -> np.ndarray:
    """Return the triangles (F, 3) of a list, a strip or a fan (glTF 2.0, section 3.7.2.1)."""
    if mode == TRIANGLES:
        return index[: len(index) // 3 * 3].reshape(-1, 3)
    if len(index) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == FAN:
        return np.stack([index[1:-1], index[2:], np.full(len(index) - 2, index[0])], axis=1)
    odd = np.arange(len(index) - 2) % 2
    return np.stack(
        [index[:-2], index[1:-1] * (1 - odd) + index[2:] * odd, index[2:] * (1 - odd) + index[1:-1] * odd],
        axis=1,
    )


def _influences(
    file: GltfFile,
    attributes: dict[str, Any],
    joint_count: int,
    count: int,
    on_note: Callable[[str], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the joints (V, K) and weights (V, K) of all influence sets; rows of weights have the sum 1."""
    joints, weights, k = [], [], 0
    while f"JOINTS_{k}" in attributes and f"WEIGHTS_{k}" in attributes:
        joints.append(file.accessor_of_shape(attributes[f"JOINTS_{k}"], 4, count).astype(np.int64))
        weights.append(file.accessor_of_shape(attributes[f"WEIGHTS_{k}"], 4, count).astype(np.float64))
        k += 1
    if not joints:
        raise bad_file(file.path, "a skinned mesh has no joint weights")
    joint, weight = np.hstack(joints), np.hstack(weights)
    if (weight < 0).any():
        on_note("negative joint weights are taken as 0")
        weight = np.maximum(weight, 0.0)
    used = weight > 0
    if used.any() and (joint[used].max() >= joint_count or joint[used].min() < 0):
        raise bad_file(file.path, "a vertex refers to a joint that does not exist")
    joint = np.where(used, joint, 0)
    total = weight.sum(axis=1, keepdims=True)
    loose = total[:, 0] <= 1e-9
    if loose.any():
        on_note("vertices without joint weights follow the first joint of their skin")
        weight = np.where(loose[:, None], np.eye(weight.shape[1])[0], weight)
        total = np.where(loose[:, None], 1.0, total)
    return joint, weight / total
