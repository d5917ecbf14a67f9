"""A coarse body at rest, for sliders that show what they do while they move."""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoetrope.assets.region_paint import Colours
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.proportions import Registrations
from zoetrope.geometry.npz_file import write_npz

if TYPE_CHECKING:
    from torch import Tensor

PREVIEW_DETAIL = 48
"""Cells along the longest side of the box."""
KEPT_BODIES = 8
"""Bodies that are kept for further previews."""


@dataclass(frozen=True)
class Preview:
    """A body at rest in metres, on z = 0.

    Parameters
    ----------
    rest, faces, colours : (V, 3) float32, (F, 3) int32, (V, 3) float32
    proportions : BodyShape
        Sampled ones and set ones together.
    palette : (K, 3) float32 or None
        sRGB colours of the regions, see `MeshSequence`.
    """

    rest: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    proportions: BodyShape
    palette: np.ndarray | None = None

    def save_npz(self, path: Path) -> None:
        """Write a `.npz` file without pickles, atomically."""
        arrays = {"rest": self.rest, "faces": self.faces, "colours": self.colours}
        if self.palette is not None:
            arrays["palette"] = self.palette
        write_npz(path, {"proportions": self.proportions.as_mapping()}, arrays)


@dataclass
class PreviewedBody:
    """A sampled body whose surface was extracted for a preview.

    Parameters
    ----------
    tokens : (1, S) float
        Raw shape tokens.
    rest, faces : (V, 3) float32, (F, 3) int32
        Coarse surface, in the box.
    colours : dict of int to callable
        By the seed of the palette.
    registrations : dict
        Those of morphs, see `engines.proportions.map_body`.
    """

    tokens: "Tensor"
    rest: np.ndarray
    faces: np.ndarray
    colours: dict[int, Colours] = field(default_factory=dict)
    registrations: Registrations = field(default_factory=dict)


class PreviewedBodies(OrderedDict[tuple[str, int], PreviewedBody]):
    """The bodies that were previewed last, by category and seed."""

    def __getitem__(self, key: tuple[str, int]) -> PreviewedBody:
        """Return a body; it counts as used."""
        self.move_to_end(key)
        return super().__getitem__(key)

    def keep(self, key: tuple[str, int], body: PreviewedBody) -> None:
        """Keep a body, and forget the one that was used longest ago."""
        self[key] = body
        while len(self) > KEPT_BODIES:
            self.popitem(last=False)
