"""A clip: a mesh, its rest pose, and its vertices over time."""

from dataclasses import dataclass

import numpy as np

from zoetrope.errors import ZoetropeError


@dataclass(frozen=True)
class Clip:
    """An animated mesh read from a file, in the source's units and Blender's axes.

    Parameters
    ----------
    name : str
    faces : (F, 3) int32
    rest : (V, 3) float32
        Rest pose; the first frame where the file has none.
    frames : (T, V, 3) float32
    seconds : (T,) float64
        Times of the frames, starting at 0.
    colours : (V, 3) float32 or None
        sRGB in 0..1.
    cyclic, returns_to_start : bool
    category, action : str or None
        Labels, if any.
    source : str
        Name of the file or generator.
    """

    name: str
    faces: np.ndarray
    rest: np.ndarray
    frames: np.ndarray
    seconds: np.ndarray
    colours: np.ndarray | None = None
    cyclic: bool = False
    returns_to_start: bool = False
    category: str | None = None
    action: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.frames.shape[1:] != self.rest.shape or len(self.frames) != len(self.seconds):
            raise ZoetropeError(
                f"Clip {self.name!r}: frames {self.frames.shape}, rest {self.rest.shape} and seconds "
                f"{self.seconds.shape} do not fit together.",
                code="bad_file",
            )


def bad_file(
    path: object, reason: str, remedy: str = "Export the file again, or choose another."
) -> ZoetropeError:
    """Return the error for a file that cannot be read, with code "bad_file"."""
    return ZoetropeError(f"{path} cannot be read: {reason}.", code="bad_file", remedy=remedy)
