"""Interface of all engines: request -> mesh sequence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np

from zoetrope.assets.limits import check_budget, check_levels, check_texture
from zoetrope.bodies.maps.body_map import BodyMap
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_sequence import MeshSequence

if TYPE_CHECKING:
    from zoetrope.engines.preview import Preview

Detail = Literal[64, 96, 128, 192, 256]
"""Cells along the longest side of the box that can be requested."""
DETAILS: tuple[int, ...] = get_args(Detail)
MAX_SEED = 2**31 - 1

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, step, total); may raise `zoetrope.errors.Cancelled` to stop the job."""


def ignore_progress(stage: str, step: int, total: int) -> None:
    """Report nothing: the `OnProgress` of callers without a progress bar."""


def share_of_progress(on_progress: OnProgress, index: int, count: int) -> OnProgress:
    """Return the `OnProgress` of one of several actions, which reports its steps as a share of all."""
    return lambda stage, step, total: on_progress(stage, index * total + step, count * total)


@dataclass(frozen=True)
class MorphRequest:
    """Another creature, and how far a body is to go towards it.

    Parameters
    ----------
    other : str or int
        Name or title of a training creature of the category; or the seed of another body.
    amount : float
        0 .. 1; how much is possible depends on how alike the two are.
    """

    other: str | int
    amount: float


@dataclass(frozen=True)
class GenerateRequest:
    """What to generate.

    Parameters
    ----------
    category, action : str
        Labels; a pair that `EngineInfo.categories` holds. Empty strings: unconditional.
    seed : int
        0 .. `MAX_SEED`. The same seed gives the same creature on every device.
    frames : int or None
        Frames of the timeline; None: the sampled duration at `fps`.
    fps : float
        Timeline frames per second.
    detail : int
        Cells along the longest side of the box, one of `DETAILS`.
    height : float or None
        Metres; None: typical height of the category.
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
        Code "bad_option": unknown detail, category or action; impossible face budget, texture, morph
        or number of levels of detail.
    """
    if request.detail not in DETAILS:
        raise ZoetropeError(
            f"There is no detail {request.detail}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(map(str, DETAILS))}.",
        )
    check_budget(request.faces)
    check_texture(request.texture)
    check_levels(request.levels_of_detail)
    if request.morph is not None and not 0.0 <= request.morph.amount <= 1.0:  # nan too
        raise ZoetropeError(
            f"The amount of a morph is {request.morph.amount}.", code="bad_option", remedy="Choose 0 to 1."
        )
    if not request.category:
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


def check_actions(actions: Sequence[str]) -> tuple[str, ...]:
    """Return the actions, each once; raise ZoetropeError of code "bad_option" where there is none."""
    if not actions:
        raise ZoetropeError("No action was chosen.", code="bad_option", remedy="Choose at least one.")
    return tuple(dict.fromkeys(actions))


@dataclass(frozen=True)
class CategoryInfo:
    """A category that an engine offers, its actions, and its typical height in metres."""

    name: str
    actions: tuple[str, ...]
    height: float


@dataclass(frozen=True)
class EngineInfo:
    """Description of an engine and its weights, as the service's `hello` reports it."""

    engine: str
    device: str
    device_name: str
    weights_name: str
    weights_checksum: str
    parameters: int
    categories: tuple[CategoryInfo, ...]


@dataclass(frozen=True)
class UnmappedBody:
    """The sampled body that proportions or a morph were applied to.

    Parameters
    ----------
    rest : (V, 3) float
        Rest pose in the fields' box; its faces are those of the clips.
    body_map : callable
        Points of that box -> the same points of the clips' rest pose, in metres.
    """

    rest: np.ndarray
    body_map: BodyMap


@dataclass(frozen=True)
class GeneratedClips:
    """The clips of one creature: all have the same rest pose, faces and colours.

    Parameters
    ----------
    clips : tuple of MeshSequence
        One an action.
    unmapped : UnmappedBody or None
        None for a creature without proportions or morph.
    """

    clips: tuple[MeshSequence, ...]
    unmapped: UnmappedBody | None = None


class Engine(Protocol):
    """A generator of animated creatures."""

    def info(self) -> EngineInfo:
        """Describe the engine; loads no more than it must."""
        ...

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Generate one animated creature; raise ZoetropeError for what the caller can correct."""
        ...

    def generate_clips(
        self, request: GenerateRequest, actions: Sequence[str], on_progress: OnProgress
    ) -> GeneratedClips:
        """Generate one creature with several actions, which replace that of the request."""
        ...

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> "Preview":
        """Return the body of a request at rest, coarsely."""
        ...

    def release_memory(self) -> None:
        """Drop weights and caches; the next request loads them again."""
        ...
