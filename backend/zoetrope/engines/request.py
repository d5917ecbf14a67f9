"""What an engine can be asked to generate, and the checks of it that need no weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from zoetrope.assets.limits import check_budget, check_levels, check_texture
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.errors import ZoetropeError

Detail = Literal[64, 96, 128, 192, 256]
"""Cells along the longest side of the box that can be requested."""
DETAILS: tuple[int, ...] = get_args(Detail)
MAX_SEED = 2**31 - 1
FPS = (1.0, 1000.0)
"""Least and greatest timeline frames per second."""
DEFAULT_ACTIONS = ("walk", "run", "swim", "fly", "idle")
"""The first of these that a category has is its default action; the panel has the same."""
HEIGHT = (0.001, 1000.0)
"""Least and greatest height in metres; Blender merges vertices that are a tenth of a millimetre apart."""
MAX_MORPH = 0.9
"""Largest amount of any morph, `bodies.maps.morph.MAX_AMOUNT_CLOSE`; the panel has the same."""


@dataclass(frozen=True)
class MorphRequest:
    """Another creature, and how far a body is to go towards it.

    Parameters
    ----------
    other : str or int
        Name or title of a training creature of the category; or the seed of another body.
    amount : float
        0 .. `MAX_MORPH`; how much is possible depends on how alike the two are.
    """

    other: str | int
    amount: float


@dataclass(frozen=True)
class GenerateRequest:
    """What to generate.

    Parameters
    ----------
    category, action : str
        Labels; a pair that `EngineInfo.categories` holds. Empty strings: unconditional; without a category
        there is no action.
    seed : int
        0 .. `MAX_SEED`. The same seed gives the same creature on every device.
    frames : int or None
        Frames of the timeline; None: the sampled duration at `fps`.
    fps : float
        Timeline frames per second, in `FPS`.
    detail : int
        Cells along the longest side of the box, one of `DETAILS`. Below 96, at which bodies are checked, thin
        parts can be lost.
    height : float or None
        Metres, in `HEIGHT`; None: typical height of the category.
    palette : int or None
        Seed of the palette alone: the same creature in other colours; None: `seed`.
    faces : int or None
        Face budget of the mesh, see `assets.limits`; None: the full surface of the extraction.
    texture : int or None
        Texels along a side of the textures, see `assets.limits`; None: vertex colours alone.
    proportions : BodyShape or None
        None: sampled with the seed, as strongly as the weights say; with `proportions_seed`, these times the
        sampled ones.
    proportions_seed : int or None
        Seed of the sampled proportions alone: the same creature with another build.
    morph : MorphRequest or None
    levels_of_detail : int
        Further, coarser levels of the mesh, 0 to `geometry.mesh_level.MAX_LEVELS`.
    """

    category: str = "quadruped"
    action: str = "walk"
    seed: int = 0
    frames: int | None = None
    fps: float = 24.0
    detail: int = 128
    height: float | None = None
    palette: int | None = None
    faces: int | None = 5000
    texture: int | None = 1024
    proportions: BodyShape | None = None
    proportions_seed: int | None = None
    morph: MorphRequest | None = None
    levels_of_detail: int = 0


def check_request(request: GenerateRequest, categories: Mapping[str, Sequence[str]]) -> None:
    """Refuse a request of what an engine does not offer.

    Parameters
    ----------
    categories : mapping of str to sequence of str
        The engine's categories with their actions.

    Raises
    ------
    ZoetropeError
        Code "bad_option": unknown detail, category or action; impossible rate, height, face budget, texture,
        morph or number of levels of detail.
    """
    if request.detail not in DETAILS:
        raise ZoetropeError(
            f"There is no detail {request.detail}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(map(str, DETAILS))}.",
        )
    check_rate(request.fps)
    if request.height is not None and not HEIGHT[0] <= request.height <= HEIGHT[1]:  # nan too
        raise ZoetropeError(
            f"The height is {request.height} m.",
            code="bad_option",
            remedy=f"Choose {HEIGHT[0]:g} to {HEIGHT[1]:g} m.",
        )
    check_budget(request.faces)
    check_texture(request.texture)
    check_levels(request.levels_of_detail)
    if request.morph is not None and not 0.0 <= request.morph.amount <= MAX_MORPH:  # nan too
        raise ZoetropeError(
            f"The amount of a morph is {request.morph.amount}.",
            code="bad_option",
            remedy=f"Choose 0 to {MAX_MORPH:g}.",
        )
    if not request.category:
        if request.action:
            raise ZoetropeError(
                f"The action {request.action!r} has no category.",
                code="bad_option",
                remedy="Choose a category too, or leave the action empty for any.",
            )
        return
    if request.category not in categories:
        raise ZoetropeError(
            f"There is no category {request.category!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(categories)}.",
        )
    actions = categories[request.category]
    if request.action and request.action not in actions:
        raise ZoetropeError(
            f"There is no action {request.action!r} of category {request.category!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(actions)}.",
        )


def check_rate(fps: float) -> None:
    """Refuse frames per second that are not in `FPS`."""
    if not FPS[0] <= fps <= FPS[1]:  # nan too
        raise ZoetropeError(
            f"The rate is {fps} frames per second.",
            code="bad_option",
            remedy=f"Choose {FPS[0]:g} to {FPS[1]:g}.",
        )


def default_action(actions: Sequence[str]) -> str:
    """Return the action of a category that is generated where none is requested: its most usual one."""
    return next((name for name in DEFAULT_ACTIONS if name in actions), actions[0])


def check_actions(actions: Sequence[str]) -> tuple[str, ...]:
    """Return the actions, each once; raise ZoetropeError of code "bad_option" where there is none."""
    if not actions:
        raise ZoetropeError("No action was chosen.", code="bad_option", remedy="Choose at least one.")
    return tuple(dict.fromkeys(actions))
