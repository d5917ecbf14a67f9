"""The backend's result file: arrays and a header, no pickles."""

import json

import numpy as np


class Result:
    """What `zoetrope.geometry.sequence.MeshSequence.save_npz` wrote.

    faces (F, 3) int32, rest (V, 3), vertices (T, V, 3), transforms (T, 4, 4), colours (V, 3) sRGB,
    seconds (T,), and the header's values as attributes; tokens: name -> array.
    """

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(str(data["meta"]))
            self.faces, self.rest = data["faces"], data["rest"].astype(np.float32)
            self.vertices = data["vertices"].astype(np.float32)
            self.transforms, self.colours = data["transforms"], data["colours"].astype(np.float32)
            self.seconds = data["seconds"]
            self.tokens = {n.removeprefix("token_"): data[n] for n in data.files if n.startswith("token_")}
        self.cyclic = bool(header["cyclic"])
        self.travel_speed = float(header["travel_speed"])
        self.category, self.action = header["category"], header["action"]
        self.meta = header["meta"]

    @property
    def name(self):
        """Name of the creature: category, action, seed."""
        words = [self.category or "creature", self.action or "motion", str(self.meta.get("seed", 0))]
        return "_".join(words).capitalize()
