"""The backend's result file: arrays and a header, no pickles."""

import json
import zipfile
import zlib

import numpy as np


class ResultError(Exception):
    """The result's file is damaged or holds no creature."""


class Result:
    """What `zoetrope.geometry.sequence.MeshSequence.save_npz` wrote.

    faces (F, 3) int32, rest (V, 3), vertices (T, V, 3), transforms (T, 4, 4), colours (V, 3) sRGB,
    seconds (T,), and the header's values as attributes; tokens: name -> array.
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
        # Blender does not check what it is given: a face that names no vertex would crash it.
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
