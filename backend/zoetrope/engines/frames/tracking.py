"""One mesh through frames of unrelated topology: registration of each frame's mesh onto the next one.

From each frame to the next the mesh is warped by embedded deformation (`bodies.registration`); then it is
pulled onto the field's surface, while its edges stay as rigid as possible against those of the first frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import igl
import numpy as np

from zoetrope.bodies.registration import RESEMBLING, register
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.arap_smoothing import ArapSmoother
from zoetrope.geometry.mesh_properties import MeshArrays

FieldOfFrame = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Frame, points (N, 3) -> signed distance near the surface (N,), its gradient of length 1 (N, 3)."""

PULLS = 4
"""Turns of pulling onto the surface and smoothing."""
MAX_PULL = 0.03
"""Box units that one turn moves a vertex at most: further away the field is no distance."""
MAX_MEAN, MAX_P99 = 0.015, 0.12
"""Shares of the first frame's diagonal. Worse residuals, of the mean and of a hundredth of the surface, are
no track: three fitted clips have 0.002 to 0.006 and 0.03 to 0.07, where feet of some frames float loose."""


@dataclass(frozen=True)
class Tracked:
    """A mesh through all frames.

    Parameters
    ----------
    vertices : list of (V, 3) float64
        Of each frame, box coordinates.
    mean, p99 : float
        Distance between tracked mesh and frames' surfaces, both ways: mean, and mean of the frames' 99th
        percentiles; shares of the first frame's diagonal.
    """

    vertices: list[np.ndarray]
    mean: float
    p99: float


def track(
    mesh: MeshArrays,
    frames: Sequence[MeshArrays],
    field: FieldOfFrame,
    cyclic: bool,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> Tracked:
    """Track a mesh of the first frame through all.

    Parameters
    ----------
    mesh : ((V, 3) float, (F, 3) int)
        The first frame's surface, reduced or not, box coordinates.
    frames : sequence of ((W, 3) float, (G, 3) int)
    field : callable
    cyclic : bool
        Track a loop forwards and backwards to its middle, and share the drift out between the two halves.

    Raises
    ------
    ZoetropeError
        Code "untrackable": the residual is above `MAX_MEAN` or `MAX_P99`.
    """
    first = mesh[0].astype(np.float64)
    smooth = ArapSmoother(first, mesh[1])
    count, done = len(frames), 0
    total = 2 * count - 1  # each frame but the first is followed, and every one measured

    def advance() -> None:
        nonlocal done
        done += 1
        on_frame(min(done, total), total)

    def follow(order: Sequence[int]) -> list[np.ndarray]:
        found = [first]
        for frame in order:

            def on_step(_: int, __: int) -> None:
                on_frame(min(done, total), total)  # may cancel

            warp = register(
                (found[-1], mesh[1]), frames[frame], RESEMBLING, on_step=on_step, in_place=True
            ).warp
            found.append(_pull(warp(found[-1]), frame, field, smooth))
            advance()
        return found[1:]

    if cyclic and count > 2:
        middle = count // 2
        forward = [first, *follow(range(1, middle + 1))]
        backward = [first, *follow(range(count - 1, middle - 1, -1))]
        vertices = _closed(forward, backward, field, smooth)
    else:
        vertices = [first, *follow(range(1, count))]
    return _measured(vertices, mesh[1], frames, advance)


def _pull(points: np.ndarray, frame: int, field: FieldOfFrame, smooth: ArapSmoother) -> np.ndarray:
    """Move points (V, 3) onto a frame's surface with their edges as rigid as possible."""
    for _ in range(PULLS):
        points = smooth(_on_surface(points, frame, field, MAX_PULL))
    return _on_surface(points, frame, field, 0.5 * MAX_PULL)


def _on_surface(points: np.ndarray, frame: int, field: FieldOfFrame, most: float) -> np.ndarray:
    distance, gradient = field(frame, points)
    return np.asarray(points - np.clip(distance, -most, most)[:, None] * gradient)


def _closed(
    forward: list[np.ndarray], backward: list[np.ndarray], field: FieldOfFrame, smooth: ArapSmoother
) -> list[np.ndarray]:
    """Join both halves of a loop (each from frame 0 to the middle one): half of the drift is taken from each.

    Returns
    -------
    list of (V, 3) float64
        All frames of the loop in order.
    """
    drift = forward[-1] - backward[-1]
    ahead = [x - 0.5 * drift * i / (len(forward) - 1) for i, x in enumerate(forward)]
    back = [x + 0.5 * drift * i / (len(backward) - 1) for i, x in enumerate(backward)]
    joined = [*ahead, *reversed(back[1:-1])]
    return [joined[0], *(_pull(points, i, field, smooth) for i, points in enumerate(joined) if i)]


def _measured(
    vertices: list[np.ndarray], faces: np.ndarray, frames: Sequence[MeshArrays], advance: Callable[[], None]
) -> Tracked:
    distances = []
    for points, (surface, triangles) in zip(vertices, frames, strict=True):
        distances.append(_distances(points, surface, triangles))
        distances.append(_distances(surface, points, faces))
        advance()
    diagonal = float(np.linalg.norm(np.ptp(vertices[0], axis=0)))
    mean = float(np.mean([one.mean() for one in distances])) / diagonal
    p99 = float(np.mean([np.quantile(one, 0.99) for one in distances])) / diagonal
    if mean > MAX_MEAN or p99 > MAX_P99:
        raise ZoetropeError(
            "No single mesh follows this clip: parts of it appear and vanish.",
            code="untrackable",
            remedy="Choose the output Mesh Frames (--output mesh_frames), or another seed.",
        )
    return Tracked(vertices, mean, p99)


def _distances(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    squared, _, _ = igl.point_mesh_squared_distance(
        np.ascontiguousarray(points, np.float64),
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(faces, np.int64),
    )
    return np.asarray(np.sqrt(squared))
