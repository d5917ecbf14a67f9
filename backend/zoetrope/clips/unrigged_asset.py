"""A vertex animation without a rig, with the interface of a rigged asset."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from zoetrope.clips.clip import Clip
from zoetrope.errors import ZoetropeError

DEFAULT_GREY = 0.7


@dataclass(frozen=True)
class UnriggedAsset:
    """One mesh and the vertices of one clip, as `.anime` files and OBJ sequences hold them."""

    clip: Clip

    @property
    def clip_names(self) -> list[str]:
        """Name of the one clip, as a list."""
        return [self.clip.name]

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3) int32."""
        return self.clip.faces

    @property
    def rest(self) -> np.ndarray:
        """Rest pose (V, 3) float32; the first frame if the file has none."""
        return self.clip.rest

    @property
    def face_colours(self) -> np.ndarray:
        """sRGB (F, 3) in 0..1; uniform grey if the file has no colours."""
        colours = self.clip.colours
        if colours is None:
            return np.full((len(self.faces), 3), DEFAULT_GREY, np.float32)
        return np.asarray(colours[self.faces].mean(axis=1), np.float32)

    def span(self, name: str) -> tuple[float, float]:
        """Return the first and the last time of the clip in seconds."""
        self._check_name(name)
        return float(self.clip.seconds[0]), float(self.clip.seconds[-1])

    def evaluate(self, name: str, times: np.ndarray) -> np.ndarray:
        """Return vertices (T, V, 3) float32 at times (T,), by cubic interpolation between frames."""
        self._check_name(name)
        first, last = self.span(name)
        if len(self.clip.frames) == 1:
            return np.repeat(self.clip.frames, len(times), axis=0)
        return np.asarray(self._spline(np.clip(times, first, last)), np.float32)

    @cached_property
    def _spline(self) -> CubicSpline:
        return CubicSpline(self.clip.seconds, self.clip.frames.astype(np.float64), axis=0)

    def _check_name(self, name: str) -> None:
        if name != self.clip.name:
            raise ZoetropeError(
                f"{self.clip.source} has no animation {name!r}.",
                code="bad_option",
                remedy=f"It has {self.clip.name}.",
            )
