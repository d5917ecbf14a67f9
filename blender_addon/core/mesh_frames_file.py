"""The backend's result whose frames are meshes of their own, with another topology each."""

import json

import numpy as np

from .animation_file import DAMAGED, ResultError

KIND, FORMAT = "mesh_frames", 1
MAX_FRAMES = 10_000


def holds_mesh_frames(path):
    """Whether a result file is of this kind; one that cannot be read is not."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return json.loads(str(data["meta"])).get("kind") == KIND
    except (*DAMAGED, AttributeError):
        return False


class MeshFramesFile:
    """Mesh frames, read and checked.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.

    Attributes
    ----------
    vertices : (V, 3) float32
        Of all frames, in metres.
    faces : (F, 3) int32
        Of all frames, as indices into `vertices`.
    frame : (F,) int32
        The frame that each face belongs to, from 0.
    seconds : (T,) float32
        Time of each frame.
    cyclic : bool
    category, action : str
    meta : dict
    """

    def __init__(self, path):
        try:
            with np.load(path, allow_pickle=False) as data:
                self._read(data)
            self._check()
        except (*DAMAGED, AttributeError) as error:
            raise ResultError(f"The result could not be read: {error}.") from error

    def _read(self, data):
        header = json.loads(str(data["meta"]))
        if header.get("kind") != KIND or header.get("format") != FORMAT:
            raise ValueError("it holds no mesh frames that this version reads")
        self.meta, self.cyclic = dict(header["meta"]), bool(header["cyclic"])
        self.category, self.action = str(header["category"]), str(header["action"])
        self.vertices, self.seconds = data["vertices"].astype(np.float32), data["seconds"].astype(np.float32)
        self.vertex_counts = data["vertex_counts"].astype(np.int64)
        self.face_counts = data["face_counts"].astype(np.int64)
        self._own_faces = data["faces"].astype(np.int32)

    def _check(self):
        count = len(self.seconds)
        if not 0 < count <= MAX_FRAMES or not (np.diff(self.seconds, prepend=-1.0) > 0).all():
            raise ValueError("it has no frames, or times that are none")
        if (self.vertex_counts.shape, self.face_counts.shape) != ((count,), (count,)):
            raise ValueError("its arrays do not fit together")
        if self.vertex_counts.min() < 3 or self.face_counts.min() < 1:
            raise ValueError("a frame is empty")
        if self.vertices.shape != (self.vertex_counts.sum(), 3) or not np.isfinite(self.vertices).all():
            raise ValueError("its vertices are too few, or not finite")
        if self._own_faces.shape != (self.face_counts.sum(), 3):
            raise ValueError("its faces are too few")
        self.frame = np.repeat(np.arange(count, dtype=np.int32), self.face_counts)
        limit = self.vertex_counts[self.frame][:, None]
        if (self._own_faces < 0).any() or (self._own_faces >= limit).any():
            raise ValueError("a face names a vertex that is not there")
        first = np.cumsum(self.vertex_counts) - self.vertex_counts
        self.faces = (self._own_faces + first[self.frame][:, None]).astype(np.int32)

    @property
    def fps(self):
        """Frames a second."""
        return float(1.0 / np.median(np.diff(self.seconds))) if len(self.seconds) > 1 else 24.0

    @property
    def name(self):
        """Name of the creature: category, action, seed."""
        words = (self.category or "creature", self.action or "motion", str(self.meta.get("seed", 0)))
        return "_".join(words).capitalize()

    @property
    def bounds(self):
        """Lowest and highest corner (2, 3) of all frames, in metres."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])
