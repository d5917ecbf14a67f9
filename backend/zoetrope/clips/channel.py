"""glTF animation channels and their interpolation."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Channel:
    """Keys of one animated property of a node.

    Parameters
    ----------
    node : int
    path : str
        translation, rotation, scale or weights.
    times : (K,) float64
        Seconds, ascending.
    values : (K, C) float64, or (K, 3, C) for CUBICSPLINE
        CUBICSPLINE keys hold in-tangent, value and out-tangent.
    interpolation : str
        LINEAR, STEP or CUBICSPLINE.
    """

    node: int
    path: str
    times: np.ndarray
    values: np.ndarray
    interpolation: str

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return values (T, C) at times (T,), constant before the first and after the last key."""
        clipped = np.clip(times, self.times[0], self.times[-1])
        left = np.clip(np.searchsorted(self.times, clipped, side="right") - 1, 0, len(self.times) - 1)
        right = np.minimum(left + 1, len(self.times) - 1)
        step = self.times[right] - self.times[left]
        u = np.divide(clipped - self.times[left], step, out=np.zeros_like(clipped), where=step > 0)[:, None]
        if self.interpolation == "CUBICSPLINE":
            return self._normalised(self._hermite(left, right, u, step[:, None]))
        a, b = self.values[left], self.values[right]
        if self.interpolation == "STEP":
            return a
        return slerp(a, b, u) if self.path == "rotation" else a + u * (b - a)

    def truncated(self, end: float) -> Self:
        """Return the channel without the keys after `end` seconds; at least the first key is kept."""
        kept = max(int(np.searchsorted(self.times, end, side="right")), 1)
        return replace(self, times=self.times[:kept], values=self.values[:kept])

    def _hermite(self, left: np.ndarray, right: np.ndarray, u: np.ndarray, step: np.ndarray) -> np.ndarray:
        a, out_tangent = self.values[left, 1], self.values[left, 2] * step
        b, in_tangent = self.values[right, 1], self.values[right, 0] * step
        u2, u3 = u * u, u * u * u
        return (
            (2 * u3 - 3 * u2 + 1) * a
            + (u3 - 2 * u2 + u) * out_tangent
            + (3 * u2 - 2 * u3) * b
            + (u3 - u2) * in_tangent
        )

    def _normalised(self, values: np.ndarray) -> np.ndarray:
        if self.path != "rotation":
            return values
        return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def slerp(a: np.ndarray, b: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Interpolate unit quaternions (T, 4) spherically along the shorter arc; u (T, 1) in 0..1."""
    dot = (a * b).sum(1, keepdims=True)
    b, dot = np.where(dot < 0, -b, b), np.clip(np.abs(dot), 0.0, 1.0)
    angle = np.arccos(dot)
    sine = np.sin(angle)
    wide = sine > 1e-4
    safe = np.where(wide, sine, 1.0)
    left = np.where(wide, np.sin((1 - u) * angle) / safe, 1 - u)
    right = np.where(wide, np.sin(u * angle) / safe, u)
    out = left * a + right * b
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
