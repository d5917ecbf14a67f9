"""The result files of animated meshes and of generated creatures: arrays and a header (docs/protocol.md)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoetrope.engines.animate.request import AnimatedMesh
from zoetrope.geometry.npz_file import write_npz
from zoetrope.geometry.quaternions import continuous_quaternions
from zoetrope.geometry.timeline import cycle_length

OF_ONE_CLIP = ("model_seconds", "begins")
"""Entries of a sequence's header that are about its clip, not its body."""

if TYPE_CHECKING:
    from zoetrope.engines.animate.creature import AnimatedCreature


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
    meta = {
        **animation_meta(result, fps),
        "kind": "animated_mesh",
        "category": result.donor.category,
        "facing": result.facing,
        "confidence": result.confidence,
        "seed": result.seed,
        "output": result.output,
        "warnings": list(result.warnings),
        "weights": weights,
    }
    write_npz(path, meta, animation_arrays(result))


def save_creature(path: Path, creature: "AnimatedCreature", weights: str) -> None:
    """Write the result file of a generated creature, atomically.

    Parameters
    ----------
    path : Path
    creature : AnimatedCreature
    weights : str
        Checksum of the weights.
    """
    first = creature.clips[0]
    arrays = first.mesh_arrays()
    if "shape" in first.tokens:
        arrays["token_shape"] = np.asarray(first.tokens["shape"])
    fps, rig, found = first.fps, creature.rig, creature.correctives
    meta: dict[str, Any] = {} if rig is None else animation_meta(rig, fps)
    if rig is not None:
        arrays |= animation_arrays(rig)
    if found is not None:
        arrays["correctives"] = found.offsets
    actions = []
    for i, clip in enumerate(creature.clips):
        cycle = clip.vertices[: cycle_length(clip.vertices) if clip.cyclic else len(clip.vertices)]
        boxes = np.stack([cycle.min(axis=1), cycle.max(axis=1)], axis=1)
        arrays[f"action_{i}_boxes"] = boxes.astype(np.float32)
        if creature.shape_keys:
            arrays[f"action_{i}_vertices"] = cycle
        if found is not None:
            arrays[f"action_{i}_values"] = found.values[i]
        if "motion" in clip.tokens:
            arrays[f"token_motion_{i}"] = np.asarray(clip.tokens["motion"])
        actions.append(
            {
                "name": clip.action,
                "cyclic": clip.cyclic,
                "returns_to_start": clip.returns_to_start,
                "fps": fps,
                "frames": len(clip.vertices),
                "travel_speed": clip.travel_speed,
                "model_seconds": clip.meta.get("model_seconds"),
            }
        )
    kept = {key: value for key, value in first.meta.items() if key not in OF_ONE_CLIP}
    meta |= {**kept, "kind": "creature", "category": first.category, "actions": actions}
    meta |= {"notes": list(creature.notes), "weights": weights}
    write_npz(path, meta, arrays)


def animation_arrays(result: AnimatedMesh) -> dict[str, np.ndarray]:
    """Return a skeleton, its weights and the poses of its actions as the arrays of a result file."""
    skeleton = result.skeleton
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
        if result.weights is not None and not result.all_joints_move:
            arrays[f"action_{i}_translation"] = action.translations[:, 1].astype(np.float32)
        else:
            arrays[f"action_{i}_translations"] = action.translations.astype(np.float32)
        if action.vertices is not None:
            arrays[f"action_{i}_vertices"] = action.vertices
    return arrays


def animation_meta(result: AnimatedMesh, fps: float) -> dict[str, Any]:
    """Return the header's entries about a skeleton, its donor and its actions."""
    donor = result.donor
    return {
        "joint_names": list(result.skeleton.names),
        "donor": {
            "name": donor.name,
            "title": donor.title,
            "author": donor.author,
            "licence": donor.licence,
        },
        "cost": donor.cost,
        "distortion": donor.distortion,
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


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """Return rotations (T, J, 3, 3) as quaternions w, x, y, z (T, J, 4) float32, continuous in time."""
    return np.roll(continuous_quaternions(rotations), 1, axis=-1)
