"""The result file of an animated mesh: arrays and a header, no pickles (docs/protocol.md)."""

import json
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.atomic_write import atomic_write
from zoetrope.engines.animate.request import AnimatedMesh


def save_animation(path: Path, result: AnimatedMesh, fps: float, weights: str) -> None:
    """Write a result file, atomically.

    Parameters
    ----------
    path : Path
    result : AnimatedMesh
    fps : float
        Timeline frames per second.
    weights : str
        Checksum of the weights.
    """
    skeleton, donor = result.skeleton, result.donor
    arrays = {
        "joint_parents": skeleton.parents.astype(np.int32),
        "joint_heads": skeleton.heads.astype(np.float32),
        "joint_tails": skeleton.tails.astype(np.float32),
        "joint_z_axes": result.z_axes.astype(np.float32),
    }
    if result.weights is not None:
        arrays["weight_joints"] = result.weights.joints.astype(np.int32)
        arrays["weight_values"] = result.weights.values.astype(np.float32)
    for i, action in enumerate(result.actions):
        arrays[f"action_{i}_rotations"] = quaternions(action.rotations)
        if result.weights is not None:
            arrays[f"action_{i}_translation"] = action.translations[:, 1].astype(np.float32)
        else:
            arrays[f"action_{i}_translations"] = action.translations.astype(np.float32)
        if action.vertices is not None:
            arrays[f"action_{i}_vertices"] = action.vertices
    meta = {
        "kind": "animated_mesh",
        "joint_names": list(skeleton.names),
        "category": donor.category,
        "donor": {
            "name": donor.name,
            "title": donor.title,
            "author": donor.author,
            "licence": donor.licence,
        },
        "facing": result.facing,
        "confidence": result.confidence,
        "seed": result.seed,
        "cost": donor.cost,
        "distortion": donor.distortion,
        "warnings": list(result.warnings),
        "weights": weights,
        "actions": [
            {
                "name": action.name,
                "cyclic": action.cyclic,
                "returns_to_start": action.returns_to_start,
                "fps": fps,
                "travel_speed": action.travel_speed,
            }
            for action in result.actions
        ],
    }
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays)


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """Return rotations (T, J, 3, 3) as quaternions w, x, y, z (T, J, 4) float32, continuous in time."""
    flat = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_quat(scalar_first=True)
    out = flat.reshape(*rotations.shape[:2], 4)
    for frame in range(1, len(out)):
        flipped = (out[frame] * out[frame - 1]).sum(axis=-1) < 0
        out[frame, flipped] *= -1.0
    return out.astype(np.float32)
