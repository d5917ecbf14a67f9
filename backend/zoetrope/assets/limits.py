"""What can be requested of a mesh and its textures."""

from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_level import MAX_LEVELS

MIN_FACES, MAX_FACES = 1_000, 200_000
"""Face budgets."""
TEXTURE_SIZES = (512, 1024, 2048)
"""Texels along a side."""


def check_budget(faces: int | None) -> None:
    """Refuse a budget that is not between `MIN_FACES` and `MAX_FACES`; None, the full surface, passes."""
    if faces is not None and not MIN_FACES <= faces <= MAX_FACES:
        raise ZoetropeError(
            f"A mesh cannot have {faces:,} faces.",
            code="bad_option",
            remedy=f"Choose between {MIN_FACES:,} and {MAX_FACES:,}, or the full surface.",
        )


def check_texture(size: int | None) -> None:
    """Refuse a texture of a size that is not in `TEXTURE_SIZES`; None, no texture, passes."""
    if size is not None and size not in TEXTURE_SIZES:
        raise ZoetropeError(
            f"There is no texture of {size} texels a side.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(map(str, TEXTURE_SIZES))}, or vertex colours.",
        )


def check_levels(count: int) -> None:
    """Refuse a number of further levels of detail that is not 0 to `MAX_LEVELS`."""
    if not 0 <= count <= MAX_LEVELS:
        raise ZoetropeError(
            f"A mesh cannot have {count} further levels of detail.",
            code="bad_option",
            remedy=f"Choose 0 to {MAX_LEVELS}.",
        )
