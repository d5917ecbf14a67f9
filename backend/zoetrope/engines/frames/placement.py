"""Placing frames in the scene: metres, the lowest frame on the ground, in the middle."""

from collections.abc import Sequence

import numpy as np

from zoetrope.engines.output.placement import HOVER_HEIGHT
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.geometry.ground_contact import FLOATING_CATEGORIES


def place_frames(frames: Sequence[np.ndarray], resolved: ResolvedRequest) -> list[np.ndarray]:
    """Return frames ((V, 3), ...) of the box in metres, float32.

    As high as the request wants the creature is the median frame of a loop, and the first of a one-way clip,
    which may end on the ground. What flies or swims hangs above the ground.
    """
    heights = [float(np.ptp(frame[:, 2])) for frame in frames]
    standing = float(np.median(heights)) if resolved.action_label.cyclic else heights[0]
    scale = resolved.height / max(standing, 1e-6)
    low = np.min([frame.min(axis=0) for frame in frames], axis=0)
    high = np.max([frame.max(axis=0) for frame in frames], axis=0)
    origin = np.array([0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), low[2]])
    lift = HOVER_HEIGHT * resolved.height * (resolved.request.category in FLOATING_CATEGORIES)
    shift = np.array([0.0, 0.0, lift])
    return [((frame - origin) * scale + shift).astype(np.float32) for frame in frames]
