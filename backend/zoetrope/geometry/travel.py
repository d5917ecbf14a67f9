"""How fast a creature that walks on the spot would travel."""

import numpy as np

BAND = 0.03
"""A vertex touches the ground within this share of the height above the lowest point of the clip."""


def travel_speed(frames: np.ndarray, seconds: float, cyclic: bool, height: float) -> float:
    """The speed along -Y that makes the lowest contacts stand still over the clip.

    Parameters
    ----------
    frames : (T, V, 3)
        A walk or run on the spot, facing -Y; a loop's last frame does not repeat its first.
    seconds : float
        Duration of the clip.
    height : float
        Height of the rest pose, in the units of `frames`.

    Returns
    -------
    float
        Units of `frames` a second, at least 0; 0 where too little touches the ground to tell.
    """
    count = len(frames)
    step = seconds / (count if cyclic else count - 1)
    after = np.roll(frames, -1, axis=0) if cyclic else frames[1:]
    before = frames if cyclic else frames[:-1]
    ground = frames[..., 2].min() + BAND * height
    touching = (before[..., 2] < ground) & (after[..., 2] < ground)
    if touching.sum() <= 20:
        return 0.0
    return max(0.0, float(np.median((after[..., 1] - before[..., 1])[touching])) / step)
