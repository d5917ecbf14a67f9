"""How much memory a request takes, and refusing one that the machine cannot hold before it starts.

A process that takes more memory than there is is killed by the system, without a message of its own.
"""

from zoetrope.engines.base import DETAILS, GenerateRequest
from zoetrope.memory import available_memory, out_of_memory

VERTICES_PER_SQUARE = 0.6
"""Vertices divided by the square of the detail: 0.2 (small dinosaurs) to 2.5 (large blobs), typically 0.6."""
TYPICAL_SECONDS = 1.5
"""Duration of a clip that was not sampled yet."""
FIXED_BYTES = 60_000_000
"""Taken whatever the size; the weights that are loaded already are not counted."""
BYTES_PER_VERTEX = 6_500
"""Model frames and the coefficients of their interpolation."""
MIN_BYTES_PER_VERTEX = 14_500
"""Most that a vertex takes while the interpolation is prepared."""
BYTES_PER_VERTEX_FRAME = 36
"""A timeline frame's vertex in double precision, and in single precision twice."""


def required_memory(vertices: float, frames: int) -> int:
    """Return the bytes that a creature of so many vertices takes at its most, over so many timeline frames.

    Peaks of resident memory of both engines, at details 64 to 256 with 2 to 2,000 frames, are within a
    seventh of it.
    """
    per_vertex = max(MIN_BYTES_PER_VERTEX, BYTES_PER_VERTEX + BYTES_PER_VERTEX_FRAME * frames)
    return FIXED_BYTES + int(vertices * per_vertex)


def check_memory(request: GenerateRequest, vertices: int | None = None, frames: int | None = None) -> None:
    """Refuse a request that takes more memory than is available; where that is unknown, nothing is refused.

    Parameters
    ----------
    request : GenerateRequest
    vertices : int, optional
        Of the extracted surface; before it is known, what is typical of the detail.
    frames : int, optional
        Of the timeline; before they are known, those of the request or of a typical clip.

    Raises
    ------
    ZoetropeError
        Code "out_of_memory": says what is needed and available, and what would fit.
    """
    available = available_memory()
    if available is None:
        return
    per_square = VERTICES_PER_SQUARE if vertices is None else vertices / request.detail**2
    count = frames or request.frames or max(2, round(TYPICAL_SECONDS * request.fps))
    needed = required_memory(per_square * request.detail**2, count)
    if needed > available:
        raise out_of_memory(
            f"{count:,} frames at detail {request.detail} take about {_gigabytes(needed)} of memory, and "
            f"{_gigabytes(available)} are available.",
            _what_fits(request.detail, per_square, count, available),
        )


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _what_fits(detail: int, per_square: float, frames: int, available: int) -> str:
    fitting = []
    left = (available - FIXED_BYTES) / (per_square * detail**2)
    most = int((left - BYTES_PER_VERTEX) / BYTES_PER_VERTEX_FRAME)
    if left >= MIN_BYTES_PER_VERTEX and most >= 2:
        fitting.append(f"at most {most:,} frames")
    lower = [d for d in DETAILS if d < detail and required_memory(per_square * d**2, frames) <= available]
    if lower:
        fitting.append(f"detail {max(lower)} for this length" if fitting else f"detail {max(lower)}")
    if not fitting:
        return "Close other programs, or choose a lower detail and fewer frames."
    return f"Choose {' or '.join(fitting)}, or close other programs."
