"""Skins of a glTF file: joints and their inverse bind matrices, without what cannot be used."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from zoetrope.clips.animated_asset import Pose
from zoetrope.clips.channel import Channel
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.primitives import Primitive

MIN_DETERMINANT = 1e-30
MIN_SCALE = 1e-9


class Skin(NamedTuple):
    """Joints (J,) int, as nodes, and their inverse bind matrices (J, 4, 4)."""

    joints: np.ndarray
    inverse_bind: np.ndarray


def read_skin(file: GltfFile, node: dict[str, Any]) -> Skin | None:
    """Return the skin of a mesh's node; None without one."""
    if "skin" not in node:
        return None
    index = node["skin"]
    skin = file.item("skins", index)
    joints = file.listing(skin, "joints")
    if not joints:
        raise bad_file(file.path, f"skin {index} has no joints")
    for joint in joints:
        file.item("nodes", joint)
    binds = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in skin:
        raw = file.accessor(skin["inverseBindMatrices"])
        if raw.shape[0] < len(joints) or raw.shape[1] != 16:
            raise bad_file(file.path, f"skin {index} has too few inverse bind matrices")
        binds = raw[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
    return Skin(np.array(joints), binds)


def without_unusable_joints(
    file: GltfFile, skin: Skin, primitives: list[Primitive], on_note: Callable[[str], None]
) -> tuple[Skin, list[Primitive]]:
    """Return a skin without the joints whose inverse bind matrix is singular, and its primitives.

    Raises
    ------
    ZoetropeError
        Code "bad_file": vertices follow such a joint.
    """
    usable = np.abs(np.linalg.det(skin.inverse_bind)) >= MIN_DETERMINANT
    if usable.all():
        return skin, primitives
    if any((one.weights[~usable[one.joints]] > 0).any() for one in primitives) or not usable.any():
        raise bad_file(file.path, "the inverse bind matrix of a joint is singular")
    on_note("joints without vertices whose inverse bind matrices are singular are left out")
    new_index = np.maximum(np.cumsum(usable) - 1, 0)
    return (
        Skin(skin.joints[usable], skin.inverse_bind[usable]),
        [replace(one, joints=new_index[one.joints]) for one in primitives],
    )


def with_extent(
    pose: Pose,
    parents: np.ndarray,
    skins: Iterable[Skin | None],
    channels: Iterable[Channel],
    on_note: Callable[[str], None],
) -> Pose:
    """Return the pose (T = 1) of the node tree in which the rest pose is sought: no joint has scale 0.

    Animators hide parts of a creature by scale 0. A joint's inverse bind matrix is proof that it has an
    extent in the bind pose, as are keys that enlarge a node.
    """
    zero = np.abs(pose.scale[0]) < MIN_SCALE
    if not zero.any():
        return pose
    grows = np.zeros(len(parents), dtype=bool)
    for channel in channels:
        if channel.path == "scale" and (np.abs(channel.values) > MIN_SCALE).any():
            grows[channel.node] = True
    visited = np.zeros(len(parents), dtype=bool)
    for skin in skins:
        for joint in [] if skin is None else skin.joints.tolist():
            node = joint
            while node >= 0 and not visited[node]:
                visited[node] = True
                node = int(parents[node])
    changed = zero & (grows | visited)[:, None]
    if changed.any():
        on_note("parts of scale 0 have their full size in the rest pose")
    return replace(pose, scale=np.where(changed, 1.0, pose.scale[0])[None])
