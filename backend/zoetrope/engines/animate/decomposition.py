"""Bones for a vertex animation from a file: its checks, and the result file (docs/protocol.md)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.bodies.mesh_checks import bad_mesh, check_triangles, without_degenerate_faces
from zoetrope.engines.animate.result_file import quaternions
from zoetrope.engines.progress import OnProgress
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.npz_file import write_npz
from zoetrope.memory import available_memory, out_of_memory
from zoetrope.rigs.decomposition.decompose import MAX_BONES, Decomposition, decompose
from zoetrope.rigs.decomposition.frames_file import FramesFile

MAX_VERTICES = 2_000_000
MAX_FRAMES = 10_000
FARTHEST = 1e9
"""Largest coordinate, in metres."""
STILL = 1e-6
"""Movement, as a share of the diagonal, below which nothing is animated."""
FARTHEST_MOVEMENT = 100_000
"""Distance from the rest pose, as a multiple of the diagonal, from which float32 leaves no shape to fit."""
FIXED_BYTES = 150_000_000
BYTES_PER_VERTEX = 3_000
BYTES_PER_FRAME = 300_000
"""The coarse mesh's vertices, and the transforms of the bones."""


@dataclass(frozen=True)
class VertexAnimation:
    """A mesh that moves.

    Parameters
    ----------
    rest : (V, 3) float64
        Pose that the bones are bound in; Z up, in metres.
    faces : (F, 3) int
    frames : (T, V, 3) float
        An array, or a file.
    """

    rest: np.ndarray
    faces: np.ndarray
    frames: np.ndarray | FramesFile


def check(animation: VertexAnimation) -> None:
    """Refuse what has no bones to find, and what the memory cannot hold.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh" or "out_of_memory".
    """
    rest, faces, frames = animation.rest, animation.faces, animation.frames
    count = len(rest)
    if count < 4 or not len(faces):
        raise bad_mesh(
            f"The mesh has {count} vertices and {len(faces)} faces.", "Give it at least four vertices."
        )
    check_triangles(
        rest,
        faces,
        MAX_VERTICES,
        "Use a decimated copy, and move its weights over by Object > Link/Transfer Data.",
    )
    if not len(without_degenerate_faces(faces)):
        raise bad_mesh(
            "All faces of the mesh are lines or single points.",
            "Use Mesh > Clean Up > Degenerate Dissolve on it.",
        )
    if frames.ndim != 3 or frames.shape[1:] != (count, 3):
        raise bad_mesh(
            "The number of vertices changes between the frames.", "Turn off what adds or removes some."
        )
    if not 2 <= len(frames) <= MAX_FRAMES:
        raise bad_mesh(f"The animation has {len(frames):,} frames.", f"Choose 2 to {MAX_FRAMES:,} frames.")
    _check_memory(count, len(frames))
    lowest, highest = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    for frame in frames:
        if not np.abs(frame).max() < FARTHEST:  # false for a number that is none
            raise bad_mesh(
                "The animation has vertices whose position is not a number, or far too large.",
                "Look for them on the timeline, and choose a range without them.",
            )
        lowest, highest = np.minimum(lowest, frame), np.maximum(highest, frame)
    diagonal = float(np.linalg.norm(np.ptp(rest, axis=0)))
    if not np.abs(rest).max() < FARTHEST or diagonal < 1e-9:
        raise bad_mesh("All vertices are in one place, or not numbers.", "Check the scale of the mesh.")
    if float(max((highest - rest).max(), (rest - lowest).max())) > FARTHEST_MOVEMENT * diagonal:
        raise bad_mesh(
            f"The animation moves the mesh by more than {FARTHEST_MOVEMENT:,} times its size.",
            "Choose frames in which it stays nearer, or make the mesh larger.",
        )
    if float((highest - lowest).max()) < STILL * diagonal:
        raise bad_mesh("Nothing moves in this range of frames.", "Choose the frames of the animation.")


def find_bones(
    animation: VertexAnimation, bones: int | None, tolerance: float | None, on_progress: OnProgress
) -> Decomposition:
    """Check an animation and find its bones; parameters as for `decompose`, lengths in metres.

    Raises
    ------
    ZoetropeError
        Codes of `check`, and "bad_option": neither a number of bones nor a tolerance, or both.
    """
    if (bones is None) == (tolerance is None):
        raise ZoetropeError(
            "Bones are found for their number or for a tolerance.",
            code="bad_option",
            remedy=f"Send one of bones, 1 to {MAX_BONES}, and tolerance.",
        )
    on_progress("intake", 0, 3)
    check(animation)
    return decompose(
        animation.rest,
        animation.faces,
        animation.frames,
        bones=bones,
        tolerance=tolerance,
        on_step=on_progress,
    )


def save_bones(path: Path, found: Decomposition, name: str, fps: float) -> None:
    """Write the result file, atomically; name: of its one action; fps: frames per second."""
    tree, error = found.tree, found.error
    skeleton = tree.skeleton
    meta = {
        "kind": "decomposition",
        "joint_names": list(skeleton.names),
        "error": {"mean": error.mean, "p99": error.p99, "largest": error.largest},
        "diagonal": found.diagonal,
        "reached": found.reached,
        "actions": [{"name": name, "cyclic": False, "fps": fps}],
    }
    arrays = {
        "joint_parents": skeleton.parents.astype(np.int32),
        "joint_heads": skeleton.heads.astype(np.float32),
        "joint_tails": skeleton.tails.astype(np.float32),
        "joint_z_axes": skeleton.z_axes().astype(np.float32),
        "weight_joints": tree.weights.joints.astype(np.int32),
        "weight_values": tree.weights.values.astype(np.float32),
        "action_0_rotations": quaternions(tree.rotations),
        "action_0_translations": tree.displacements.astype(np.float32),
    }
    write_npz(path, meta, arrays)


def required_memory(vertices: int, frames: int) -> int:
    """Return the bytes that finding bones takes at its most, whatever their number."""
    return FIXED_BYTES + BYTES_PER_VERTEX * vertices + BYTES_PER_FRAME * frames


def _check_memory(vertices: int, frames: int) -> None:
    available, needed = available_memory(), required_memory(vertices, frames)
    if available is not None and needed > available:
        raise out_of_memory(
            f"{vertices:,} vertices and {frames:,} frames take about {needed / 1e9:.1f} GB of memory, and "
            f"{available / 1e9:.1f} GB are available.",
            "Choose fewer frames, use a decimated copy, or close other programs.",
        )
