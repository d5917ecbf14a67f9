"""The backend's result file: arrays and a header, no pickles."""

import json
import zipfile
import zlib

import numpy as np


class ResultError(Exception):
    """The result file is damaged or holds no creature."""


class Result:
    """A creature as `zoetrope.geometry.mesh_sequence.MeshSequence.save_npz` wrote it, read and checked.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.

    Attributes
    ----------
    faces : (F, 3) int32
    rest : (V, 3) float32
        Vertices of the rest pose in metres.
    vertices : (T, V, 3) float32
        Vertices at each frame in metres.
    transforms : (T, 4, 4) float32
        The rigid part of each frame's motion.
    colours : (V, 3) float32
        sRGB, 0 to 1.
    seconds : (T,) float32
    tokens : dict
        Name -> array: the sampled tokens.
    cyclic, travel_speed, category, action, meta
        From the header.
    """

    def __init__(self, path):
        try:
            with np.load(path, allow_pickle=False) as data:
                self._read(data)
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ResultError(f"The result could not be read: {error}.") from error

    def _read(self, data):
        header = json.loads(str(data["meta"]))
        self.faces, self.rest = data["faces"].astype(np.int32), data["rest"].astype(np.float32)
        self.vertices = data["vertices"].astype(np.float32)
        self.transforms, self.colours = data["transforms"], data["colours"].astype(np.float32)
        self.seconds = data["seconds"]
        self.tokens = {n.removeprefix("token_"): data[n] for n in data.files if n.startswith("token_")}
        self.cyclic = bool(header["cyclic"])
        self.travel_speed = float(header["travel_speed"])
        self.category, self.action = header["category"], header["action"]
        self.meta = header["meta"]
        self._check()

    def _check(self):
        # Blender does not check these: an index out of range crashes it.
        count = len(self.rest)
        if not count or not len(self.faces) or not len(self.vertices):
            raise ValueError("it is empty")
        shapes = (self.rest.shape, self.colours.shape, self.vertices.shape[1:], self.faces.shape[1:])
        if shapes != ((count, 3), (count, 3), (count, 3), (3,)):
            raise ValueError("its arrays do not fit together")
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise ValueError("a face names a vertex that is not there")
        if not (np.isfinite(self.rest).all() and np.isfinite(self.vertices).all()):
            raise ValueError("it holds numbers that are not finite")

    @property
    def name(self):
        """Name of the creature: category, action, seed."""
        words = [self.category or "creature", self.action or "motion", str(self.meta.get("seed", 0))]
        return "_".join(words).capitalize()
