"""What coloured a creature, for the mesh that takes the place of its own."""

import numpy as np

from ..colours import swatches, textures
from ..levels import found as levels
from ..meshes import COLOURS, UVS

LOST = "What was painted by hand was not kept: {}."


class KeptCoat:
    """The coat of a mesh, read before it is removed: swatches, and what was painted by hand.

    Parameters
    ----------
    mesh : Mesh
    """

    def __init__(self, mesh):
        paint = mesh.zoetrope_paint
        self._palette = np.array([s.colour for s in paint.swatches], np.float32).reshape(-1, 3)
        self._corners, self._uvs = _corners(mesh), _uvs(mesh)
        # What the swatches could not paint has other colours than theirs, which no later change would find.
        self._colours = _vertex_colours(mesh) if swatches.has_vertex_colours(mesh) else None
        self._pixels = textures.read(paint.base_colour) if swatches.has_texture(mesh) else None
        self._painted = swatches.is_hand_painted(mesh)

    def give(self, mesh, same_body=True):
        """Give a new mesh the swatches if it has as many, and the painting if its faces are the same.

        Returns sentences about what it did not get; same_body: whether its faces should be the same.
        """
        paint = mesh.zoetrope_paint
        if not len(self._palette) or len(self._palette) != len(paint.swatches):
            return []
        swatches.set_palette(mesh, self._palette)
        if not np.array_equal(_corners(mesh), self._corners):
            return [LOST.format("the creature's faces were changed")] if same_body and self._painted else []
        if self._colours is not None and len(self._colours) == 4 * len(mesh.vertices):
            mesh.color_attributes[COLOURS].data.foreach_set("color_srgb", self._colours)
            for level in levels.meshes_of(mesh):
                _colour_level(level, self._colours.reshape(-1, 4))
        if paint.base_colour is None:
            return []
        if self._pixels is None:
            return [LOST.format("an image of the texture had been removed, or could not be read")]
        if not np.array_equal(_uvs(mesh), self._uvs):
            return [LOST.format(f"the UV map {UVS} was changed or removed")] if self._painted else []
        now = textures.read(paint.base_colour)
        if now is not None and not np.array_equal(now, self._pixels):  # of another size too, if it was scaled
            textures.write(paint.base_colour, self._pixels)
        return []


def _colour_level(mesh, colours):
    """Give a level of detail the vertex colours (V, 4) of its creature."""
    rows = np.empty(len(mesh.vertices), np.int32)
    mesh.attributes[levels.VERTEX].data.foreach_get("value", rows)
    mesh.color_attributes[COLOURS].data.foreach_set("color_srgb", colours[rows].ravel())


def _corners(mesh):
    """Index of each corner's vertex (L,)."""
    values = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", values)
    return values


def _uvs(mesh):
    """Texture coordinates (2 L,) of the corners, or None."""
    layer = mesh.uv_layers.get(UVS)  # another one may be active, for a lightmap
    if layer is None:
        return None
    values = np.empty(2 * len(mesh.loops), np.float32)
    layer.uv.foreach_get("vector", values)
    return values


def _vertex_colours(mesh):
    """sRGB (4 V,) of the vertices."""
    values = np.empty(4 * len(mesh.vertices), np.float32)
    mesh.color_attributes[COLOURS].data.foreach_get("color_srgb", values)
    return values
