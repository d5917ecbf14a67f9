"""An animated asset: a mesh with skin and morph targets, a node tree, and animations of the nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.clips.channel import Channel
from zoetrope.clips.clip import Clip
from zoetrope.clips.frame_times import frame_times
from zoetrope.errors import ZoetropeError

TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation from glTF's axes (Y up, facing +Z) to Blender's (Z up, facing -Y)."""


@dataclass(frozen=True)
class Pose:
    """Local transforms of all nodes over time.

    Parameters
    ----------
    translation : (T, N, 3) float64
    rotation : (T, N, 4) float64
        Unit quaternions x, y, z, w.
    scale : (T, N, 3) float64
    """

    translation: np.ndarray
    rotation: np.ndarray
    scale: np.ndarray


def compose_matrices(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return matrices (..., 4, 4) of translations (..., 3), unit quaternions (..., 4) and scales (..., 3)."""
    out = np.zeros((*translation.shape[:-1], 4, 4))
    rotations = Rotation.from_quat(rotation.reshape(-1, 4)).as_matrix().reshape(*rotation.shape[:-1], 3, 3)
    out[..., :3, :3] = rotations * scale[..., None, :]
    out[..., :3, 3] = translation
    out[..., 3, 3] = 1.0
    return out


def global_matrices(pose: Pose, parents: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the world matrices (T, N, 4, 4) of all nodes; `order` lists parents before children."""
    local = compose_matrices(pose.translation, pose.rotation, pose.scale)
    out = np.zeros_like(local)
    for i in order:
        parent = parents[i]
        out[:, i] = local[:, i] if parent < 0 else out[:, parent] @ local[:, i]
    return out


@dataclass(frozen=True)
class AnimatedAsset:
    """A rigged mesh with its animations, welded, in the file's axes; `rest` and `evaluate` return Blender's.

    Parameters
    ----------
    faces : (F, 3) int32
    base : (V, 3) float64
        Rest pose in the file's axes, without morph targets.
    face_colours : (F, 3) float32
        Mean over each face, sRGB in 0..1.
    weights : (V, J) float64
        Skin weights, rows of sum 1. A mesh without a skin has its node as the only joint.
    targets : (K, V, 3) float64
        Morph targets of all meshes, as offsets.
    target_weights : (K,) float64
        Default weights of the morph targets.
    target_nodes, target_slots : (K,) int
        Node whose `weights` channel drives each morph target, and its index in that channel.
    parents : (N,) int
        Parent of each node; -1 for a root.
    order : (N,) int
        Nodes, parents before children.
    default : Pose
        Pose of the node tree in the file; T = 1.
    joints : (J,) int
        Node of each joint.
    inverse_bind : (J, 4, 4) float64
        From the rest pose in world space to each joint's own space.
    animations : mapping of str to tuple of Channel
        By clip name.
    yaw : float
        Rotation about Z, in degrees, that makes the creature face -Y.
    corner_colours : (F, 3, 3) float32, optional
        Of the corners of each face; those of a palette texture differ from face to face.
    node_names : tuple of str
    placements : mapping of int to (4, 4) float64
        Matrix of each mesh's node that was read, from the mesh's own space to the world at rest; invertible.
    notes : tuple of str
        What was mended or left out in reading.
    """

    source: str
    faces: np.ndarray
    base: np.ndarray
    face_colours: np.ndarray
    weights: np.ndarray
    targets: np.ndarray
    target_weights: np.ndarray
    target_nodes: np.ndarray
    target_slots: np.ndarray
    parents: np.ndarray
    order: np.ndarray
    default: Pose
    joints: np.ndarray
    inverse_bind: np.ndarray
    animations: Mapping[str, tuple[Channel, ...]]
    yaw: float = 0.0
    corner_colours: np.ndarray | None = None
    node_names: tuple[str, ...] = ()
    placements: Mapping[int, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def clip_names(self) -> list[str]:
        """Names of the animations."""
        return list(self.animations)

    @property
    def to_world(self) -> np.ndarray:
        """Rotation (3, 3) from the file's axes to Blender's, with the creature facing -Y."""
        a = np.radians(self.yaw)
        rotation = np.array([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
        return rotation @ TO_Z_UP

    def node_matrices(self, pose: Pose) -> np.ndarray:
        """Return the world matrices (T, N, 4, 4) of all nodes in a pose."""
        return global_matrices(pose, self.parents, self.order)

    @cached_property
    def rest(self) -> np.ndarray:
        """Rest pose (V, 3) float32: the bind pose with default morph weights, in Blender's axes."""
        base = self.base + np.tensordot(self.target_weights, self.targets, 1)
        return (base @ self.to_world.T).astype(np.float32)

    @cached_property
    def joint_binds(self) -> np.ndarray:
        """World matrices (J, 4, 4) of the joints in the bind pose, in the file's axes."""
        return np.linalg.inv(self.inverse_bind)

    @property
    def colours(self) -> np.ndarray:
        """Vertex colours (V, 3): the mean of the faces around."""
        total = np.zeros((len(self.base), 3), np.float32)
        count = np.zeros((len(self.base), 1), np.float32)
        for corner in range(3):
            np.add.at(total, self.faces[:, corner], self.face_colours)
            np.add.at(count, self.faces[:, corner], 1.0)
        return total / np.maximum(count, 1.0)

    def span(self, name: str) -> tuple[float, float]:
        """Return the times of the first and the last key of an animation in seconds."""
        channels = self._channels(name)
        return min(float(c.times[0]) for c in channels), max(float(c.times[-1]) for c in channels)

    def duration(self, name: str) -> float:
        """Return the duration of an animation in seconds."""
        first, last = self.span(name)
        return last - first

    def _channels(self, name: str) -> tuple[Channel, ...]:
        if name not in self.animations:
            raise ZoetropeError(
                f"{self.source} has no animation {name!r}.",
                code="bad_option",
                remedy=f"It has {', '.join(self.animations)}.",
            )
        return self.animations[name]

    def pose(self, name: str, times: np.ndarray) -> Pose:
        """Return the local transforms of all nodes at times (T,) in the file's seconds."""
        repeat = (len(times), 1, 1)
        pose = Pose(
            np.tile(self.default.translation, repeat),
            np.tile(self.default.rotation, repeat),
            np.tile(self.default.scale, repeat),
        )
        for channel in self._channels(name):
            if channel.path != "weights":
                getattr(pose, channel.path)[:, channel.node] = channel.at(times)
        return pose

    def apply_morphs(self, name: str, times: np.ndarray) -> np.ndarray:
        """Return local vertices (T, V, 3) with morph targets applied; (1, V, 3) without morph targets."""
        if not len(self.targets):
            return self.base[None]
        weights = np.tile(self.target_weights, (len(times), 1))
        for channel in self._channels(name):
            if channel.path == "weights":
                values = channel.at(times)
                driven = (self.target_nodes == channel.node) & (self.target_slots < values.shape[1])
                weights[:, driven] = values[:, self.target_slots[driven]]
        return self.base + np.tensordot(weights, self.targets, 1)

    def apply_skin(self, pose: Pose, vertices: np.ndarray) -> np.ndarray:
        """Apply linear blend skinning to local vertices (T or 1, V, 3): (T, V, 3) in Blender's axes."""
        matrices = self.node_matrices(pose)[:, self.joints] @ self.inverse_bind  # (frame, joint, 4, 4)
        count = len(matrices)
        blended = (self.weights @ matrices.reshape(count, len(self.joints), 16)).reshape(count, -1, 4, 4)
        out = np.einsum(
            "tvab,tvb->tva", blended[..., :3, :3], np.broadcast_to(vertices, (count, *vertices.shape[1:]))
        )
        return ((out + blended[..., :3, 3]) @ self.to_world.T).astype(np.float32)

    def evaluate(self, name: str, times: np.ndarray) -> np.ndarray:
        """Return vertices (T, V, 3) float32 at times (T,), in Blender's axes."""
        return self.apply_skin(self.pose(name, times), self.apply_morphs(name, times))

    def clip(self, name: str, frames: int, *, cyclic: bool = False) -> Clip:
        """Sample one animation at evenly spaced frames; a loop's last frame does not repeat its first."""
        times = frame_times(self.span(name), frames, cyclic)
        return Clip(
            name,
            self.faces,
            self.rest,
            self.evaluate(name, times),
            times - times[0],
            self.colours,
            cyclic=cyclic,
            source=self.source,
        )
