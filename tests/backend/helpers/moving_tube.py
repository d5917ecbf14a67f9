"""A skinned tube whose bones and motion are known."""

from dataclasses import dataclass

import numpy as np
from procedural_rig import JOINTS, tube
from scipy.spatial.transform import Rotation


@dataclass(frozen=True)
class MovingTube:
    """rest (V, 3), faces (F, 3), frames (T, V, 3), weights (V, JOINTS), transforms (T, JOINTS, 3, 4)."""

    rest: np.ndarray
    faces: np.ndarray
    frames: np.ndarray
    weights: np.ndarray
    transforms: np.ndarray


def moving_tube(frames: int = 24) -> MovingTube:
    """Bend the tube at all its joints, twist it a little and carry it along."""
    rest, faces, weights = tube()
    phase = 2 * np.pi * np.arange(frames) / frames
    transforms = np.zeros((frames, JOINTS, 3, 4))
    for t, angle in enumerate(phase):
        pose = np.eye(4)
        pose[:3, 3] = [0.2 * np.sin(angle), 0.0, 0.1 * np.cos(2 * angle)]
        for joint in range(JOINTS):
            turn = np.eye(4)
            turn[2, 3] = 1.0 if joint else 0.0
            angles = [
                0.5 * np.sin(angle + joint),
                0.3 * np.cos(2 * angle + joint),
                0.1 * np.sin(3 * angle + joint),
            ]
            turn[:3, :3] = Rotation.from_euler("xyz", angles).as_matrix()
            pose = pose @ turn
            transforms[t, joint] = pose[:3]
            transforms[t, joint, :, 3] -= pose[:3, 2] * joint
    points = np.column_stack([rest, np.ones(len(rest))])
    moved = np.einsum("vj,tjab,vb->tva", weights, transforms, points, optimize=True)
    return MovingTube(rest, faces, moved, weights, transforms)


def skinned(tree, rest):
    """Vertices (T, V, 3) of a rest pose that a `BoneTree` moves, from its joints' keys alone."""
    heads = tree.skeleton.heads
    joints, values = tree.weights.joints, tree.weights.values
    away = rest[:, None] - heads[joints]
    turned = np.einsum("tvkab,vkb->tvka", tree.rotations[:, joints], away, optimize=True)
    return ((turned + (heads + tree.displacements)[:, joints]) * values[None, :, :, None]).sum(axis=2)
