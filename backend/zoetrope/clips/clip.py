"""A clip: one mesh, its rest pose, and its vertices over time."""

from dataclasses import dataclass

import numpy as np

from zoetrope.errors import ZoetropeError


@dataclass(frozen=True)
class Clip:
    """An animated mesh as read from a file, in the source's units and Blender's axes.

    Parameters
    ----------
    name : str
    faces : (F, 3) int32
    rest : (V, 3) float32
        Rest pose; the first frame where `has_rest_pose` is False.
    frames : (T, V, 3) float32
    seconds : (T,) float64
        Times of the frames, from 0.
    colours : (V, 3) float32 or None
        sRGB in 0..1.
    has_rest_pose, cyclic, returns_to_start : bool
    category, action : str or None
        Labels, where known.
    source : str
        Where it comes from.
    """

    name: str
    faces: np.ndarray
    rest: np.ndarray
    frames: np.ndarray
    seconds: np.ndarray
    colours: np.ndarray | None = None
    has_rest_pose: bool = True
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
    path: object, what: str, remedy: str = "Export the file again, or choose another."
) -> ZoetropeError:
    """The error for a file that cannot be read: which, why, and what to do."""
    return ZoetropeError(f"{path} cannot be read: {what}.", code="bad_file", remedy=remedy)
