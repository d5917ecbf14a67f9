"""How much memory a request takes, and refusing one that the machine cannot hold before it starts.

A process that takes more memory than there is is killed by the system, without a message of its own.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from zoetrope.assets.limits import MAX_FACES, MIN_FACES, TEXTURE_SIZES
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

    def needed(other: GenerateRequest, length: int) -> int:
        full = per_square * other.detail**2
        measured = (other.detail, other.faces) == (request.detail, request.faces)
        moved = vertices if vertices is not None and measured else moved_vertices(other, full)
        made = other.faces is not None or other.texture is not None
        return max(required_memory(moved, length), asset_memory(full, other.texture) if made else 0)

    most = needed(request, count)
    if most > available:
        raise out_of_memory(
            f"{count:,} frames at detail {request.detail} take about {_gigabytes(most)} of memory, and "
            f"{_gigabytes(available)} are available.",
            _what_fits(request, count, lambda other, length: needed(other, length) <= available),
        )


def moved_vertices(request: GenerateRequest, surface: float) -> float:
    """Return how many vertices the mesh of a request has, from a surface of so many."""
    return surface if request.faces is None else min(surface, request.faces / 2)


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _what_fits(request: GenerateRequest, frames: int, fits: Callable[[GenerateRequest, int], bool]) -> str:
    """Say which change of one option fits; `fits` tells it of a request and a number of frames."""

    def largest(smaller: Sequence[GenerateRequest]) -> GenerateRequest | None:
        return next((one for one in reversed(smaller) if fits(one, frames)), None)

    sizes = (None, *TEXTURE_SIZES)
    budgets = range(MIN_FACES, MAX_FACES + 1 if request.faces is None else request.faces, 1000)
    detail = largest([replace(request, detail=one) for one in DETAILS if one < request.detail])
    texture = largest([replace(request, texture=one) for one in sizes if (one or 0) < (request.texture or 0)])
    faces = largest([replace(request, faces=one) for one in budgets])
    others = [] if detail is None else [f"detail {detail.detail}"]
    if texture is not None:
        others.append(
            "vertex colours alone" if texture.texture is None else f"a texture of {texture.texture}"
        )
    if faces is not None:
        others.append(f"at most {faces.faces:,} faces")
    options = []
    if fits(request, 2):
        longer = bisect_left(range(2, frames), True, key=lambda one: not fits(request, one))
        options.append(f"at most {longer + 1:,} frames")
    if others:
        *more, last = others
        listed = f"{', '.join(more)} or {last}" if more else last
        options.append(f"for this length {listed}" if options else listed)
    if options:
        return f"Choose {', or '.join(options)}, or close other programs."
    smaller = "" if request.texture is None else ", a smaller texture"
    return f"Close other programs, or choose a lower detail{smaller} and fewer frames."
