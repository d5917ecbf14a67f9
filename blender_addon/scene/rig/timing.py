"""Where clips go on the timeline."""

import dataclasses

import numpy as np

from ...core import timeline


@dataclasses.dataclass(frozen=True)
class Timing:
    """`start`: the frame of the first key; `step`: frames from one key to the next."""

    start: int
    step: float

    def clip(self, count):
        """First and last scene frame of a clip of so many frames."""
        return self.start, timeline.clip_end(self.start, count, self.step)

    def frames(self, count):
        """Frames (count,) of so many keys."""
        return self.start + self.step * np.arange(count)
