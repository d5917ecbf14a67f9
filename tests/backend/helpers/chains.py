"""A skinned chain of joints whose motion is known exactly."""

import numpy as np
from scipy.spatial.transform import Rotation
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights

NAMES = ("root", "hips", "spine_01", "head", "leg_upper.L", "leg_upper.R")


def skeleton() -> Skeleton:
    """A body along -Y with two legs."""
    heads = np.array(
        [[0, 0.5, 0], [0, 0.5, 1.0], [0, 0.0, 1.0], [0, -0.5, 1.1], [0.3, 0.5, 0.9], [-0.3, 0.5, 0.9]]
    )
    tails = np.array(
        [[0, 0.4, 0], [0, 0.0, 1.0], [0, -0.5, 1.1], [0, -0.9, 1.2], [0.3, 0.5, 0.0], [-0.3, 0.5, 0.0]]
    )
    return Skeleton(NAMES, np.array([-1, 0, 1, 2, 1, 1]), heads, tails)


def points(count: int = 600, seed: int = 0) -> tuple[np.ndarray, SkinWeights]:
    """Points around the bones, with weights that fall with the distance from each."""
    rng, bones = np.random.default_rng(seed), skeleton()
    bone = rng.integers(1, len(NAMES), count)
    along = rng.random((count, 1))
    rest = bones.heads[bone] * (1 - along) + bones.tails[bone] * along + rng.normal(0, 0.08, (count, 3))
    distance = np.stack(
        [_distance(rest, bones.heads[j], bones.tails[j]) for j in range(1, len(NAMES))], axis=1
    )
    dense = np.zeros((count, len(NAMES)))
    dense[:, 1:] = np.exp(-((distance / 0.12) ** 2))
    return rest, SkinWeights.from_dense(dense)


def motion(frames: int = 12, seed: int = 1, size: float = 0.6) -> SkeletonMotion:
    """A smooth loop of all joints but the root."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(frames) / frames
    axes, starts = rng.normal(size=(len(NAMES), 3)), rng.uniform(0, 6, len(NAMES))
    axes[0] = 0.0
    swing = size * np.sin(phase[:, None] + starts)[..., None] * axes / np.linalg.norm(axes[1:], axis=1).max()
    rotations = Rotation.from_rotvec(swing.reshape(-1, 3)).as_matrix().reshape(frames, -1, 3, 3)
    translation = 0.1 * np.stack([np.sin(phase), np.cos(phase), np.sin(2 * phase)], axis=1)
    return SkeletonMotion(rotations, translation)


def _distance(rest: np.ndarray, head: np.ndarray, tail: np.ndarray) -> np.ndarray:
    axis = tail - head
    along = np.clip((rest - head) @ axis / (axis @ axis), 0, 1)
    return np.linalg.norm(rest - head - along[:, None] * axis, axis=1)
