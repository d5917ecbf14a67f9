"""The frames of a vertex animation in units of the mesh's size, read in parts."""

import numpy as np

from zoetrope.rigs.decomposition.frames_file import FramesFile


class ScaledFrames:
    """Frames (T, V, 3) around a mesh's centre, in units of its diagonal; only what is asked for is copied.

    Parameters
    ----------
    frames : (T, V, 3) float
        An array, or a file.
    centre : (3,) float
    diagonal : float
    """

    def __init__(self, frames: np.ndarray | FramesFile, centre: np.ndarray, diagonal: float) -> None:
        self._frames, self._centre, self._diagonal = frames, centre, diagonal

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, time: int) -> np.ndarray:
        """Return one frame (V, 3) float64."""
        return self._scaled(self._frames[time])

    def part(self, times: np.ndarray, vertices: np.ndarray) -> np.ndarray:
        """Return some vertices at some frames: (T', V', 3) float64."""
        return self._scaled(self._frames[np.ix_(times, vertices)])

    def _scaled(self, part: np.ndarray) -> np.ndarray:
        return np.asarray((part.astype(np.float64) - self._centre) / self._diagonal)


def most_different(frames: np.ndarray, count: int) -> np.ndarray:
    """Return indices of frames (T, V, 3), rising: each is the one furthest from all that were chosen before.

    The first one begins; frames that repeat a chosen one are left out.
    """
    flat = frames.reshape(len(frames), -1)
    chosen, distance = [0], ((flat - flat[0]) ** 2).sum(axis=1)
    while len(chosen) < count and distance.max() > 1e-12:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((flat - flat[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(np.array(chosen))
