"""A skeleton: joints with names, parents, heads and tails; and linear blend skinning with it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

MAX_INFLUENCES = 4
"""Joints that move one vertex at most, as game engines allow."""
ROOT_LENGTH = 0.1
"""Of the root's bone, which points forward on the ground, as a share of a mesh's longest side."""


@dataclass(frozen=True)
class Skeleton:
    """Joints in their rest pose, parents before children; joint 0 is the root.

    Joint 0, `root`, lies on the ground and moves nothing by itself. Joint 1, its only child, is the first
    that deforms (the hips); it has the translation of a motion, all others only rotate.

    Parameters
    ----------
    names : tuple of str
        Unique; mirrored joints end in .L (the creature's left, +X) and .R.
    parents : (J,) int
        -1 for the root.
    heads, tails : (J, 3) float64
        Ends of each bone. A joint rotates about its head.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    heads: np.ndarray
    tails: np.ndarray

    def z_axes(self) -> np.ndarray:
        """Return the direction (J, 3) that each bone's local Z axis points in; local Y runs along the bone.

        Local X is the world's X where the bone allows it, so that bending a leg, the spine or the tail is a
        rotation about X; bones that run sideways (wings, arms in T-pose) have Z up. Mirrored bones have
        mirrored axes.
        """
        along = self.tails - self.heads
        along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
        sideways = np.abs(along[:, 0]) > 0.8
        z = np.cross([1.0, 0.0, 0.0], along)
        up = np.array([0.0, 0.0, 1.0]) - along[:, 2:] * along
        z = np.where(sideways[:, None], up, z)
        return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True)
class SkinWeights:
    """The joints that move each vertex.

    Parameters
    ----------
    joints : (V, 4) int
    values : (V, 4) float
        Rows of sum 1; unused entries are 0.
    """

    joints: np.ndarray
    values: np.ndarray

    @classmethod
    def from_dense(cls, weights: np.ndarray) -> "SkinWeights":
        """Keep the four largest weights of each row of (V, J), normalised."""
        count = min(MAX_INFLUENCES, weights.shape[1])
        top = np.argsort(-weights, axis=1, kind="stable")[:, :count]
        values = np.take_along_axis(weights, top, axis=1)
        values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
        joints = np.zeros((len(weights), MAX_INFLUENCES), np.int32)
        padded = np.zeros((len(weights), MAX_INFLUENCES), np.float64)
        joints[:, :count], padded[:, :count] = top, values
        joints[padded == 0] = 0
        return cls(joints, padded)

    def dense(self, joint_count: int) -> np.ndarray:
        """Return the weights as (V, J) float64."""
        out = np.zeros((len(self.joints), joint_count))
        rows = np.arange(len(self.joints))[:, None]
        np.add.at(out, (rows, self.joints), self.values)
        return out


@dataclass(frozen=True)
class SkeletonMotion:
    """Poses of a skeleton over time, in its own coordinates.

    Parameters
    ----------
    rotations : (T, J, 3, 3) float64
        World-space rotation of each joint relative to the rest pose; of the root the identity.
    translation : (T, 3) float64
        Displacement of the head of joint 1.
    """

    rotations: np.ndarray
    translation: np.ndarray

    def joint_translations(self, skeleton: Skeleton) -> np.ndarray:
        """Return t (T, J, 3) such that joint j moves a point x of the rest pose to R_j x + t_j.

        Forward kinematics: the head of each joint stays where its parent moves it.
        """
        out = np.zeros((*self.rotations.shape[:2], 3))
        for joint, parent in enumerate(skeleton.parents):
            head = skeleton.heads[joint]
            if parent < 0:
                continue
            moved = self.rotations[:, parent] @ head + out[:, parent]
            if joint == 1:
                moved = moved + self.translation
            out[:, joint] = moved - self.rotations[:, joint] @ head
        return out

    def head_displacements(self, skeleton: Skeleton) -> np.ndarray:
        """Return the displacement (T, J, 3) of the head of each joint."""
        turned = (self.rotations @ skeleton.heads[..., None])[..., 0]
        return np.asarray(turned + self.joint_translations(skeleton) - skeleton.heads)


@dataclass(frozen=True)
class JointMotion:
    """Poses of joints that each have a location of their own, as those found in a motion.

    Parameters
    ----------
    rotations : (T, J, 3, 3) float64
        World-space rotation of each joint relative to the rest pose.
    displacements : (T, J, 3) float64
        Of the joints' heads.
    """

    rotations: np.ndarray
    displacements: np.ndarray

    def joint_translations(self, skeleton: Skeleton) -> np.ndarray:
        """As `SkeletonMotion.joint_translations`."""
        turned = (self.rotations @ skeleton.heads[..., None])[..., 0]
        return np.asarray(skeleton.heads + self.displacements - turned)


def skin(
    rest: np.ndarray, weights: SkinWeights, skeleton: Skeleton, motion: SkeletonMotion | JointMotion
) -> np.ndarray:
    """Move the vertices of a rest pose (V, 3) by linear blend skinning: (T, V, 3) float32."""
    points = np.column_stack([rest, np.ones(len(rest))]).astype(np.float32)
    out = np.empty((len(motion.rotations), len(rest), 3), np.float32)
    for frame, blended in enumerate(blended_transforms(weights, skeleton, motion)):
        out[frame] = np.einsum("vab,vb->va", blended, points)
    return out


def blended_transforms(
    weights: SkinWeights, skeleton: Skeleton, motion: SkeletonMotion | JointMotion
) -> Iterator[np.ndarray]:
    """Yield each frame's blend of the joints' transforms for all vertices: (V, 3, 4) float32."""
    translations = motion.joint_translations(skeleton)
    affine = np.concatenate([motion.rotations, translations[..., None]], axis=-1).astype(np.float32)
    blend = _blend_matrix(weights, affine.shape[1])
    for matrices in affine:
        yield (blend @ matrices.reshape(len(matrices), 12)).reshape(-1, 3, 4)


def _blend_matrix(weights: SkinWeights, joint_count: int) -> sp.csr_array:
    rows = np.repeat(np.arange(len(weights.joints)), weights.joints.shape[1])
    entries = weights.values.ravel().astype(np.float32), (rows, weights.joints.ravel())
    return sp.csr_array(entries, shape=(len(weights.joints), joint_count))
