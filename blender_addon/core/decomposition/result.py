"""The backend's bones for a vertex animation, read and checked, and what the artist is told about them."""

from ..animation_file import AnimationFile, check_poses


class DecompositionResult(AnimationFile):
    """A result of the method `decompose`; all its joints are displaced.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.
    count : int
        Vertices that were sent.
    """

    def __init__(self, path, count):
        super().__init__(path, count)

    @property
    def bones(self):
        """Number of bones, without the root."""
        return len(self.names) - 1

    @property
    def counted(self):
        """Number of bones in words."""
        return f"{self.bones} bone" + ("" if self.bones == 1 else "s")

    def sentences(self, tolerance=None):
        """Notes for the artist; tolerance: requested metres, or None."""
        notes = [
            f"{self.counted}. Distance from the original in mm (% of the diagonal): mean "
            f"{self._length(self._mean)}, 99 % of the vertices {self._length(self._p99)}, "
            f"largest {self._length(self._largest)}."
        ]
        if tolerance is not None and not self._reached:
            notes.append(
                f"The tolerance of {1000 * tolerance:g} mm is not met by {self.counted}. "
                "Cloth and soft flesh are not rigid: keep their shape keys, or raise the tolerance."
            )
        return notes

    def _length(self, metres):
        return f"{1000 * metres:.2f} ({100 * metres / self._diagonal:.2f})"

    def _check(self, count):
        self._check_joints()
        self._check_weights(count)
        if len(self.actions) != 1:
            raise ValueError("it has several actions")
        check_poses(self.actions[0], len(self.names), own=True)
        error = self.meta["error"]
        self._mean, self._p99, self._largest = (float(error[name]) for name in ("mean", "p99", "largest"))
        self._diagonal, self._reached = float(self.meta["diagonal"]), bool(self.meta["reached"])
        if not self._diagonal > 0.0:
            raise ValueError("its mesh has no size")
