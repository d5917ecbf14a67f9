"""What an animator's eye catches, in numbers: stretching, swelling, jerks, seams, sinking and sliding feet.

None of them means much alone: each is shown beside its value for real clips.
"""

from dataclasses import asdict, dataclass

import numpy as np

from zoetrope.evaluation.protocols.clean_bodies import closing_step
from zoetrope.geometry.ground_contact import CONTACT_HEIGHT, estimate_travel_speed

TRAVELLING = ("walk", "run")


@dataclass(frozen=True)
class MovingMesh:
    """One mesh through time, generated or real.

    Parameters
    ----------
    rest : (V, 3) float
        Z up, facing -Y; the ground is its lowest vertex.
    faces : (F, 3) int
    frames : (T, V, 3) float
        A loop's last frame does not repeat its first.
    fps : float
    cyclic : bool
    action : str
    """

    rest: np.ndarray
    faces: np.ndarray
    frames: np.ndarray
    fps: float
    cyclic: bool
    action: str


@dataclass(frozen=True)
class MotionQuality:
    """How well one mesh moves; heights and diagonals are of its rest pose.

    Parameters
    ----------
    edge_change : float
        Mean over edges and frames of |log(length / rest length)|.
    volume_change : float
        Mean over frames of |volume / rest volume - 1|.
    jerk : float
        Mean size of the third derivative of the vertices, diagonals a second cubed.
    closing : float or None
        Of a loop: its last step to the first frame, in median steps.
    penetration : float
        Mean over frames of how far the lowest vertex lies below the ground, heights.
    sliding : float or None
        Mean speed over the ground of vertices in contact with it, the creature travelling at the speed that
        suits them best, heights a second; None where nothing touches the ground in two frames on end.
    """

    edge_change: float
    volume_change: float
    jerk: float
    closing: float | None
    penetration: float
    sliding: float | None

    def to_dict(self) -> dict[str, float | None]:
        """JSON-able."""
        return asdict(self)


def measure(mesh: MovingMesh) -> MotionQuality:
    """Measure a moving mesh."""
    rest, frames = mesh.rest.astype(np.float64), mesh.frames.astype(np.float64)
    size = np.ptp(rest, axis=0)
    below = np.maximum(rest[:, 2].min() - frames[..., 2].min(axis=1), 0.0)
    return MotionQuality(
        edge_change(rest, mesh.faces, frames),
        volume_change(rest, mesh.faces, frames),
        jerk(frames, mesh.fps, mesh.cyclic) / float(np.linalg.norm(size)),
        closing_step(frames) if mesh.cyclic else None,
        float(below.mean() / size[2]),
        sliding(frames, mesh.fps, mesh.cyclic, float(size[2]), mesh.action in TRAVELLING),
    )


def edge_change(rest: np.ndarray, faces: np.ndarray, frames: np.ndarray) -> float:
    """Mean over edges and frames (T, V, 3) of |log(length / rest length)|."""
    edges = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    lengths = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1)
    shortest = 1e-6 * float(np.linalg.norm(np.ptp(rest, axis=0)))
    edges, lengths = edges[lengths > shortest], lengths[lengths > shortest]
    total = 0.0
    for frame in frames:
        now = np.linalg.norm(frame[edges[:, 0]] - frame[edges[:, 1]], axis=1)
        total += float(np.abs(np.log(np.maximum(now, shortest) / lengths)).mean())
    return total / len(frames)


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Signed volume of a mesh (V, 3), (F, 3); taken about its centre, so that small holes matter little."""
    a, b, c = (vertices - vertices.mean(axis=0))[faces].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def volume_change(rest: np.ndarray, faces: np.ndarray, frames: np.ndarray) -> float:
    """Mean over frames (T, V, 3) of |volume / rest volume - 1|; nan for a flat mesh."""
    at_rest = volume(rest, faces)
    if abs(at_rest) < 1e-9 * float(np.linalg.norm(np.ptp(rest, axis=0))) ** 3:
        return float("nan")
    return float(np.mean([abs(volume(frame, faces) / at_rest - 1) for frame in frames]))


def jerk(frames: np.ndarray, fps: float, cyclic: bool) -> float:
    """Mean size of the third difference of (T, V, 3), in its unit a second cubed; 0 for under four frames."""
    if len(frames) < 4:
        return 0.0
    around = np.concatenate([frames, frames[:3]]) if cyclic else frames
    return float(np.linalg.norm(np.diff(around, n=3, axis=0), axis=-1).mean() * fps**3)


def sliding(frames: np.ndarray, fps: float, cyclic: bool, height: float, travels: bool) -> float | None:
    """Mean speed over the ground of what touches it, heights a second; None where nothing does.

    Contact is what `travel_speed` takes for it: the lowest band of the clip, in two frames on end.
    """
    if len(frames) < 2:
        return None
    before = frames if cyclic else frames[:-1]
    after = np.roll(frames, -1, axis=0) if cyclic else frames[1:]
    ground = frames[..., 2].min() + CONTACT_HEIGHT * height
    touching = (before[..., 2] < ground) & (after[..., 2] < ground)
    if not touching.any():
        return None
    seconds = (len(frames) if cyclic else len(frames) - 1) / fps
    best = estimate_travel_speed(frames, seconds, cyclic, height) if travels else 0.0
    velocity = (after - before)[touching][:, :2] * fps - np.array([0.0, best])
    return float(np.linalg.norm(velocity, axis=1).mean() / height)
