"""The stand-in's answer to `decompose`: one bone that carries the mesh along as its mean vertex goes."""

import numpy as np


def result(rest, frames, params):
    """Arrays and header of a result file; rest (V, 3), frames (T, V, 3)."""
    count, times = len(rest), len(frames)
    moved = frames.mean(axis=1) - rest.mean(axis=0)
    middle = rest.mean(axis=0)
    top = middle + [0.0, 0.0, float(np.ptp(rest[:, 2])) + 0.1]
    rotations = np.zeros((times, 2, 4), np.float32)
    rotations[..., 0] = 1.0
    displacements = np.zeros((times, 2, 3), np.float32)
    displacements[:, 1] = moved
    distance = np.linalg.norm(rest + moved[:, None] - frames, axis=-1)
    joints, values = np.zeros((count, 4), np.int32), np.zeros((count, 4), np.float32)
    joints[:, 0], values[:, 0] = 1, 1.0
    arrays = {
        "joint_parents": np.array([-1, 0], np.int32),
        "joint_heads": np.array([[0, 0, 0], middle], np.float32),
        "joint_tails": np.array([[0, -0.2, 0], top], np.float32),
        "joint_z_axes": np.array([[0, 0, 1], [0, 1, 0]], np.float32),
        "weight_joints": joints,
        "weight_values": values,
        "action_0_rotations": rotations,
        "action_0_translations": displacements,
    }
    error = {"mean": distance.mean(), "p99": np.quantile(distance, 0.99), "largest": distance.max()}
    meta = {
        "kind": "decomposition",
        "joint_names": ["root", "bone_001"],
        "error": {name: float(value) for name, value in error.items()},
        "diagonal": float(np.linalg.norm(np.ptp(rest, axis=0))),
        "reached": params["tolerance"] is None or bool(distance.max() <= params["tolerance"]),
        "actions": [{"name": params["name"], "cyclic": False, "fps": params["fps"]}],
    }
    return arrays, meta
