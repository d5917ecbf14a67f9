"""What every engine offers: request -> mesh sequence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from zoetrope.geometry.mesh_sequence import MeshSequence

DETAILS = (64, 96, 128, 192, 256)

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, step, total); raises `zoetrope.errors.Cancelled` to stop the job."""


@dataclass(frozen=True)
class GenerateRequest:
    """What to generate.

    Parameters
    ----------
    category, action : str
        Labels; a pair that the engine's `categories` holds. Empty strings draw without a label.
    seed : int
        Same seed, same creature on every device; 0 .. 2**31 - 1.
    frames : int or None
        Frames of the timeline; None: the model's own duration at `fps`.
    fps : float
        Timeline frames a second.
    detail : int
        Cells along the longest side of the box, one of `DETAILS`.
    height : float or None
        Height in metres; None: typical height of the category.
    palette : int or None
        Seed of the colours alone: another one paints the same creature anew; None: the creature's own seed.
    """

    category: str = "quadruped"
    action: str = "walk"
    seed: int = 0
    frames: int | None = None
    fps: float = 24.0
    detail: int = 128
    height: float | None = None
    palette: int | None = None


@dataclass(frozen=True)
class CategoryInfo:
    """A category that an engine can draw: its actions in the data, and the typical height in metres."""

    name: str
    actions: tuple[str, ...]
    height: float


@dataclass(frozen=True)
class EngineInfo:
    """What `hello` says of an engine and its weights."""

    engine: str
    device: str
    device_name: str
    weights_name: str
    weights_checksum: str
    parameters: int
    categories: tuple[CategoryInfo, ...]


class Engine(Protocol):
    """An engine: knows what it can draw, draws it, lets go of its memory."""

    def info(self) -> EngineInfo:
        """Describe the engine without loading more than it must."""
        ...

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Draw one animated creature. Raises ZoetropeError for what the caller can mend."""
        ...

    def release_memory(self) -> None:
        """Drop weights and caches; the next request loads them again."""
        ...
