"""A clip without a rig as an asset: the same questions answered as of a rigged file."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from zoetrope.clips.clip import Clip
from zoetrope.errors import ZoetropeError

PLAIN = 0.7


@dataclass(frozen=True)
class UnriggedAsset:
    """One mesh and the vertices of one clip, as `.anime` files and OBJ sequences hold them.

    Its body cannot be changed: there are no joints that would follow.
    """

    clip: Clip

    @property
    def clip_names(self) -> list[str]:
        """The one clip's name."""
        return [self.clip.name]

    @property
    def faces(self) -> np.ndarray:
        """(F, 3) int32."""
        return self.clip.faces

    @property
    def rest(self) -> np.ndarray:
        """Rest pose (V, 3) float32: the first frame where the file has none."""
        return self.clip.rest

    @property
    def face_colours(self) -> np.ndarray:
        """sRGB (F, 3) in 0..1; one grey where the file has no colours."""
        colours = self.clip.colours
        if colours is None:
            return np.full((len(self.faces), 3), PLAIN, np.float32)
        return np.asarray(colours[self.faces].mean(axis=1), np.float32)

    def span(self, name: str) -> tuple[float, float]:
        """First and last second."""
        self._check(name)
        return float(self.clip.seconds[0]), float(self.clip.seconds[-1])

    def evaluate(self, name: str, times: np.ndarray) -> np.ndarray:
        """Vertices (T, V, 3) float32 at times (T,), between frames by cubic interpolation."""
        self._check(name)
        first, last = self.span(name)
        if len(self.clip.frames) == 1:
            return np.repeat(self.clip.frames, len(times), axis=0)
        return np.asarray(self._curve(np.clip(times, first, last)), np.float32)

    @cached_property
    def _curve(self) -> CubicSpline:
        return CubicSpline(self.clip.seconds, self.clip.frames.astype(np.float64), axis=0)

    def _check(self, name: str) -> None:
        if name != self.clip.name:
            raise ZoetropeError(
                f"{self.clip.source} has no animation {name!r}.",
                code="bad_option",
                remedy=f"It has {self.clip.name}.",
            )
