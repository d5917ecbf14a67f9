"""The backend's result for a generated creature: its body, its actions, its skeleton if it has one."""

import numpy as np

from . import levels
from .animation_file import AnimationFile, ResultError, check_poses, check_vertices
from .colours import png
from .colours.region_paint import MAX_REGIONS

__all__ = ["Result", "ResultError"]

TEXTURES = ("base_colour", "normal_map", "regions")
MAX_TEXELS = 8192
"""Along a side."""


class Result(AnimationFile):
    """A result of the method `generate`, read and checked.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.

    Attributes
    ----------
    faces : (F, 3) int32
    rest : (V, 3) float32
        Vertices of the rest pose in metres.
    colours : (V, 3) float32
        sRGB, 0 to 1.
    uvs : (F, 3, 2) float32 or None
        Coordinates of the faces' corners, 0 to 1.
    textures : dict
        "base_colour", and perhaps "normal_map" and "regions" -> bytes of a PNG file; empty without `uvs`.
    regions : (V, 3) uint8 or None
        See `core.colours.region_paint`.
    palette : (P, 3) float32 or None
        sRGB colours of the regions; both are there, or none.
    levels : list of Level
        Levels of detail 1, 2, ... of the mesh; empty where none were requested.
    correctives : (K, V, 3) float32 or None
        Displacements of the rest pose, in metres, that are added before the skeleton moves it.
    tokens : dict
        Name -> array: the sampled tokens.
    category : str or None
    """

    def _read(self, data):
        super()._read(data)
        self.faces, self.rest = data["faces"].astype(np.int32), data["rest"].astype(np.float32)
        self.colours = data["colours"].astype(np.float32)
        self._read_textures(data)
        self.levels = levels.read(data, textured=self.uvs is not None)
        self.correctives = data["correctives"].astype(np.float32) if "correctives" in data.files else None
        self.tokens = {n.removeprefix("token_"): data[n] for n in data.files if n.startswith("token_")}
        self.category = self.meta["category"]

    def _read_textures(self, data):
        self.uvs = self.regions = self.palette = None
        self.textures = {}
        if "uvs" in data.files and "texture_base_colour" in data.files:
            self.uvs = data["uvs"].astype(np.float32)
            found = [name for name in TEXTURES if f"texture_{name}" in data.files]
            self.textures = {name: data[f"texture_{name}"].astype(np.uint8).tobytes() for name in found}
        if "regions" in data.files and "palette" in data.files:
            self.regions = data["regions"].astype(np.uint8)
            self.palette = data["palette"].astype(np.float32)
        else:
            self.textures.pop("regions", None)

    def _check(self):
        # Blender does not check these: an index out of range crashes it.
        count = len(self.rest)
        if not count or not len(self.faces):
            raise ValueError("it is empty")
        if (self.rest.shape, self.colours.shape, self.faces.shape[1:]) != ((count, 3), (count, 3), (3,)):
            raise ValueError("its arrays do not fit together")
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise ValueError("a face names a vertex that is not there")
        if not np.isfinite(self.rest).all():
            raise ValueError("it holds numbers that are not finite")
        self._check_textures(count)
        for level in self.levels:
            levels.check(level, count)
        if self.names:
            self._check_joints()
            self._check_weights(count)
        for action in self.actions:
            self._check_action(action, count)

    def _check_textures(self, count):
        if self.uvs is not None and (
            self.uvs.shape != (len(self.faces), 3, 2) or not np.isfinite(self.uvs).all()
        ):
            raise ValueError("its texture coordinates do not fit the faces")
        for data in self.textures.values():
            if not 0 < max(png.size(data)) <= MAX_TEXELS:
                raise ValueError("a texture has an impossible size")
        if self.palette is None:
            return
        colours = len(self.palette)
        if self.palette.shape != (colours, 3) or not 0 < colours <= MAX_REGIONS:
            raise ValueError("its palette is none")
        if self.regions.shape != (count, 3) or not np.isfinite(self.palette).all():
            raise ValueError("its colour regions do not fit the mesh")

    def _check_action(self, action, count):
        if self.names:
            check_poses(action, len(self.names), own=np.ndim(action.translations) == 3)
        elif action.vertices is None:
            raise ValueError(f"{action.name} has no vertices")
        if action.vertices is not None:
            check_vertices(action, count)
        boxes = action.boxes
        if boxes is None or boxes.shape != (action.keys, 2, 3) or not np.isfinite(boxes).all():
            raise ValueError(f"the boxes of {action.name} do not fit its frames")
        if self.correctives is None:
            return
        shapes = len(self.correctives)
        if not self.names or self.correctives.shape != (shapes, count, 3):
            raise ValueError("its correctives do not fit the mesh")
        if action.values is None or action.values.shape != (action.keys, shapes):
            raise ValueError(f"the correctives of {action.name} do not fit its frames")
        if not (np.isfinite(self.correctives).all() and np.isfinite(action.values).all()):
            raise ValueError("it holds numbers that are not finite")

    @property
    def notes(self):
        """Sentences for the artist."""
        return [str(note) for note in self.meta.get("notes", ())]

    @property
    def name(self):
        """Name of the creature: category, action if it has but one, seed."""
        one = [self.actions[0].name or "motion"] if len(self.actions) == 1 else []
        return "_".join([self.category or "creature", *one, str(self.meta.get("seed", 0))]).capitalize()

    def title(self, action):
        """Name of an action of the creature: its own where it has but one."""
        return self.name if len(self.actions) == 1 else f"{self.name}_{action.name or 'motion'}"
