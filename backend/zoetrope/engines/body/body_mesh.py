"""From the full surface of a body to the mesh of the result: low poly, colours, UVs, textures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from zoetrope.assets.bake import bake
from zoetrope.assets.levels_of_detail import levels_of_detail
from zoetrope.assets.low_poly import LowPoly, make_low_poly
from zoetrope.assets.region_paint import Colours, RegionPaint, paint, region_bytes
from zoetrope.assets.relaxation import DistanceWithGradient
from zoetrope.assets.uv import unwrap
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.mesh_level import LEVEL_SHARES, MeshLevel
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.mesh_sequence import TEXTURES


@dataclass(frozen=True)
class BodyMesh:
    """The mesh of a result at rest, in the box.

    Parameters
    ----------
    rest, faces, colours : (V, 3) float32, (F, 3) int32, (V, 3) float32
    uvs, textures : see `MeshSequence`
    regions, palette : see `MeshSequence`
    levels : see `MeshSequence`
    low_poly : LowPoly or None
        How the mesh was reduced; None for the full surface.
    """

    rest: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    uvs: np.ndarray | None = None
    textures: Mapping[str, np.ndarray] = field(default_factory=dict)
    regions: np.ndarray | None = None
    palette: np.ndarray | None = None
    levels: tuple[MeshLevel, ...] = ()
    low_poly: LowPoly | None = None

    @property
    def meta(self) -> dict[str, int]:
        """What the result's header says of the mesh: the budget that its parts needed."""
        return {} if self.low_poly is None else {"face_budget": self.low_poly.budget}


def make_body_mesh(
    request: GenerateRequest,
    full: MeshArrays,
    distance: DistanceWithGradient,
    colours: Colours,
    on_progress: OnProgress,
) -> BodyMesh:
    """Make the mesh and the textures that a request asks for.

    Parameters
    ----------
    request : GenerateRequest
    full : (V, 3) float32, (F, 3) int
        The full surface, wound outward.
    distance : callable
        Points (N, 3) -> signed distance (N,) and gradient (N, 3) of the field that the surface is of.
    colours : callable
        Points (N, 3) -> sRGB (N, 3) in 0..1.
    on_progress : callable
        Called with the stages "low_poly" and "texture".
    """
    (rest, faces), low_poly = full, None
    if request.faces is not None:
        on_progress("low_poly", 0, 1)
        low_poly = make_low_poly(rest, faces, request.faces, distance)
        rest, faces = low_poly.vertices, low_poly.faces
        on_progress("low_poly", 1, 1)
    if isinstance(colours, RegionPaint):
        regions, palette = region_bytes(colours.weights(rest)), colours.palette
        painted = paint(regions, palette)
    else:
        regions, palette, painted = None, None, colours(rest)
    mesh = BodyMesh(
        rest, faces.astype(np.int32), painted, regions=regions, palette=palette, low_poly=low_poly
    )
    if request.texture is None:
        return _with_levels(mesh, request.levels_of_detail)
    on_progress("texture", 0, 5)
    uvs = unwrap(rest, faces, request.texture)
    on_progress("texture", 1, 5)
    textures = bake(
        rest, faces, uvs, full, colours, request.texture, lambda i, n: on_progress("texture", 1 + i, 1 + n)
    )
    named = {name: getattr(textures, name) for name in TEXTURES if getattr(textures, name) is not None}
    return _with_levels(replace(mesh, uvs=uvs, textures=named), request.levels_of_detail)


def _with_levels(mesh: BodyMesh, count: int) -> BodyMesh:
    if not count:
        return mesh
    return replace(mesh, levels=levels_of_detail(mesh.rest, mesh.faces, mesh.uvs, LEVEL_SHARES[:count]))
