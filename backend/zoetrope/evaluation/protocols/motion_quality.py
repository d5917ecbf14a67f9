"""Quality of motion: distortion, jerk, loop closing, ground penetration and foot sliding.

No limit is set for any of these; each is reported beside its value for real clips.
"""

from dataclasses import dataclass

import numpy as np

from zoetrope.clips.guessed_labels import TRAVELLING_ACTIONS
from zoetrope.evaluation.protocols.quality_checks import closing_step
from zoetrope.geometry.ground_contact import contact_steps, estimate_travel_speed
from zoetrope.geometry.mesh_properties import signed_volumes, unique_edges


@dataclass(frozen=True)
class MotionQuality:
    """Measures of one moving mesh; heights and diagonals are of its rest pose.

    Parameters
    ----------
    edge_change : float
        Mean over edges and frames of |log(length / rest length)|.
    volume_change : float
        Mean over frames of |volume / rest volume - 1|.
    jerk : float
        Mean norm of the third derivative of the vertices, diagonals / s^3.
    closing : float or None
        Step from the last frame of a loop to its first, in median steps; None where it does not repeat.
    penetration : float
        Mean over frames of the depth of the lowest vertex below the ground, heights.
    sliding : float or None
        Mean speed over the ground of vertices in contact with it while the creature travels at the speed that
        fits them best, heights / s; None where nothing is in contact in two consecutive frames.
    """

    edge_change: float
    volume_change: float
    jerk: float
    closing: float | None
    penetration: float
    sliding: float | None


def measure(
    rest: np.ndarray, faces: np.ndarray, frames: np.ndarray, fps: float, cyclic: bool, action: str
) -> MotionQuality:
    """Measure a mesh in motion, generated or real.

    Parameters
    ----------
    rest : (V, 3) float
        Z up, facing -Y; the ground is at its lowest vertex.
    faces : (F, 3) int
    frames : (T, V, 3) float
        A loop's last frame does not repeat its first.
    action : str
        A creature that walks or runs is taken to travel.
    """
    rest, frames = rest.astype(np.float64), frames.astype(np.float64)
    size = np.ptp(rest, axis=0)
    below = np.maximum(rest[:, 2].min() - frames[..., 2].min(axis=1), 0.0)
    return MotionQuality(
        edge_change(rest, faces, frames),
        volume_change(rest, faces, frames),
        jerk(frames, fps, cyclic) / float(np.linalg.norm(size)),
        closing_step(frames) if cyclic else None,
        float(below.mean() / size[2]),
        sliding(frames, fps, cyclic, float(size[2]), action in TRAVELLING_ACTIONS),
    )


def edge_change(rest: np.ndarray, faces: np.ndarray, frames: np.ndarray) -> float:
    """Return the mean over edges and frames (T, V, 3) of |log(length / rest length)|."""
    a, b = unique_edges(faces).T
    lengths = np.linalg.norm(rest[a] - rest[b], axis=1)
    shortest = 1e-6 * float(np.linalg.norm(np.ptp(rest, axis=0)))
    kept = lengths > shortest
    a, b, lengths = a[kept], b[kept], lengths[kept]
    total = 0.0
    for frame in frames:
        now = np.linalg.norm(frame[a] - frame[b], axis=1)
        total += float(np.abs(np.log(np.maximum(now, shortest) / lengths)).mean())
    return total / len(frames)


def volume_change(rest: np.ndarray, faces: np.ndarray, frames: np.ndarray) -> float:
    """Return the mean over frames (T, V, 3) of |volume / rest volume - 1|; nan for a flat mesh."""
    volume = float(signed_volumes(rest, faces).sum())
    if abs(volume) < 1e-9 * float(np.linalg.norm(np.ptp(rest, axis=0))) ** 3:
        return float("nan")
    return float(np.mean([abs(signed_volumes(frame, faces).sum() / volume - 1) for frame in frames]))


def jerk(frames: np.ndarray, fps: float, cyclic: bool) -> float:
    """Return the mean norm of the third difference of (T, V, 3), units / s^3; 0 for under four frames."""
    if len(frames) < 4:
        return 0.0
    around = np.concatenate([frames, frames[:3]]) if cyclic else frames
    return float(np.linalg.norm(np.diff(around, n=3, axis=0), axis=-1).mean() * fps**3)


def sliding(frames: np.ndarray, fps: float, cyclic: bool, height: float, travels: bool) -> float | None:
    """Return the mean speed over the ground of vertices in contact, heights / s; None without contact.

    In contact: in two consecutive frames, see `contact_steps`.
    """
    if len(frames) < 2:
        return None
    steps = contact_steps(frames, cyclic, height)
    if not len(steps):
        return None
    seconds = (len(frames) if cyclic else len(frames) - 1) / fps
    speed = estimate_travel_speed(frames, seconds, cyclic, height) if travels else 0.0
    velocity = steps[:, :2] * fps - np.array([0.0, speed])
    return float(np.linalg.norm(velocity, axis=1).mean() / height)
