"""The backend's result for an artist's mesh: joints, weights and motion, read and checked."""

from ..animation_file import AnimationFile, check_poses, check_vertices


class AnimatedResult(AnimationFile):
    """A result of the method `animate`.

    For the artist's bones its weights are None, and `heads`, `tails`, `z_axes` as they were sent.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.
    count : int
        Vertices that were sent.
    bones : list of str or None
        The bones that were sent: the result is for them. None: it has joints and weights of its own.
    """

    def __init__(self, path, count, bones=None):
        super().__init__(path, count, bones)

    @property
    def category(self):
        """Kind of creature that was animated."""
        return str(self.meta.get("category", "creature"))

    def _check(self, count, bones):
        self._check_joints()
        if bones is None:
            self._check_weights(count)
        elif self.names != list(bones):
            raise ValueError("its joints are not the bones that were sent")
        for action in self.actions:
            check_poses(action, len(self.names), own=bones is not None)
            if action.vertices is not None:
                check_vertices(action, count)
