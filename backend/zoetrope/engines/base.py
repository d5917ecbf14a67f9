"""Interface of all engines: request -> mesh sequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from zoetrope.bodies.maps.body_map import BodyMap
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest, default_action
from zoetrope.geometry.mesh_sequence import MeshSequence


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

    def default_action(self, category: str) -> str:
        """Return what a creature does where no action is requested; empty without a known category."""
        found = (one.actions for one in self.categories if one.name == category)
        return next((default_action(actions) for actions in found), "")


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

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> Preview:
        """Return the body of a request at rest, coarsely."""
        ...

    def release_memory(self) -> None:
        """Drop weights and caches; the next request loads them again."""
        ...
