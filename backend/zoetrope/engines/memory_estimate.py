"""How much memory a request takes, and refusing one that the machine cannot hold before it starts.

A process that takes more memory than there is is killed by the system, without a message of its own.
"""

from collections.abc import Callable

from zoetrope.engines.request import DETAILS, GenerateRequest
from zoetrope.memory import available_memory, out_of_memory

VERTICES_PER_SQUARE = 0.6
"""Vertices divided by the square of the detail: 0.2 (small dinosaurs) to 2.5 (large blobs), typically 0.6."""
TYPICAL_SECONDS = 1.5
"""Duration of a clip that was not sampled yet."""
FIXED_BYTES = 60_000_000
"""Taken whatever the size; the weights that are loaded already are not counted."""
BYTES_PER_SURFACE_VERTEX = 2_500
"""Taken by the full surface and by what a low-poly mesh and textures are made from."""
BYTES_PER_TEXEL = 110
"""Of a texture while it is baked; measured: 103."""
BYTES_PER_VERTEX = 6_500
"""Model frames and the coefficients of their interpolation."""
PREPARATION_BYTES_PER_VERTEX = 14_500
"""Taken while the interpolation is prepared, which with few frames is the most."""
BYTES_PER_VERTEX_FRAME = 36
"""A timeline frame's vertex in double precision, and in single precision twice."""


def required_memory(vertices: float, frames: int) -> int:
    """Return the bytes that a creature of so many vertices takes at its most, over so many timeline frames.

    Peaks of resident memory of both engines, at details 64 to 256 with 2 to 2,000 frames, are within a
    seventh of it.
    """
    per_vertex = max(PREPARATION_BYTES_PER_VERTEX, BYTES_PER_VERTEX + BYTES_PER_VERTEX_FRAME * frames)
    return FIXED_BYTES + int(vertices * per_vertex)


def asset_memory(surface: float, texture: int | None) -> int:
    """Return the bytes that a low-poly mesh and textures take at most, from a surface of so many vertices."""
    return FIXED_BYTES + int(surface * BYTES_PER_SURFACE_VERTEX + (texture or 0) ** 2 * BYTES_PER_TEXEL)


def check_memory(
    request: GenerateRequest,
    surface: int | None = None,
    frames: int | None = None,
    vertices: int | None = None,
) -> None:
    """Refuse a request that takes more memory than is available; where that is unknown, nothing is refused.

    Parameters
    ----------
    request : GenerateRequest
    surface : int, optional
        Vertices of the extracted surface; before it is known, what is typical of the detail.
    frames : int, optional
        Of the timeline; before they are known, those of the request or of a typical clip.
    vertices : int, optional
        Of the mesh that moves; before it is known, half of its faces, or the surface.

    Raises
    ------
    ZoetropeError
        Code "out_of_memory": says what is needed and available, and what would fit.
    """
    available = available_memory()
    if available is None:
        return
    per_square = VERTICES_PER_SQUARE if surface is None else surface / request.detail**2
    count = frames or request.frames or max(2, round(TYPICAL_SECONDS * request.fps))

    def needed(detail: int, length: int) -> int:
        full = per_square * detail**2
        moved = (
            vertices if vertices is not None and detail == request.detail else moved_vertices(request, full)
        )
        made = request.faces is not None or request.texture is not None
        return max(required_memory(moved, length), asset_memory(full, request.texture) if made else 0)

    most = needed(request.detail, count)
    if most > available:
        raise out_of_memory(
            f"{count:,} frames at detail {request.detail} take about {_gigabytes(most)} of memory, and "
            f"{_gigabytes(available)} are available.",
            _what_fits(request.detail, count, available, needed),
        )


def moved_vertices(request: GenerateRequest, surface: float) -> float:
    """Return how many vertices the mesh of a request has, from a surface of so many."""
    return surface if request.faces is None else min(surface, request.faces / 2)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _what_fits(detail: int, frames: int, available: int, needed: Callable[[int, int], int]) -> str:
    """Say which fewer frames or lower detail fit; `needed` are the bytes of a detail and number of frames."""
    fitting = []
    if needed(detail, 2) <= available:
        fewest, most = 2, frames  # so many fit, so many do not
        while most - fewest > 1:
            middle = (fewest + most) // 2
            fewest, most = (middle, most) if needed(detail, middle) <= available else (fewest, middle)
        fitting.append(f"at most {fewest:,} frames")
    lower = [one for one in DETAILS if one < detail and needed(one, frames) <= available]
    if lower:
        fitting.append(f"detail {max(lower)} for this length" if fitting else f"detail {max(lower)}")
    if not fitting:
        return "Close other programs, or choose a lower detail and fewer frames."
    return f"Choose {' or '.join(fitting)}, or close other programs."
