"""Base colours of glTF primitives: texture x factor x vertex colour (glTF 2.0, section 3.9.2)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.textures import Texture, TextureReader, UnreadableTextureError

GRID = 8
"""Rows of the triangular grid of cells that a face's mean colour is taken over."""
CORNER_INSET = 0.1
"""How far towards the middle of its face a corner's texture colour is read: a corner often lies on the border
between two regions of a texture."""
CHUNK = 20_000


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Convert linear colours, as glTF stores them, to sRGB in 0..1."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )


def _barycentric_grid(rows: int) -> np.ndarray:
    """Return the barycentric coordinates (rows^2, 3) of the centres of equal cells of a triangle."""
    i, j = (x.ravel() for x in np.meshgrid(np.arange(rows), np.arange(rows), indexing="ij"))
    upright, inverted = i + j < rows, i + j < rows - 1
    first = np.concatenate([i[upright] + 1 / 3, i[inverted] + 2 / 3]) / rows
    second = np.concatenate([j[upright] + 1 / 3, j[inverted] + 2 / 3]) / rows
    return np.stack([first, second, 1.0 - first - second], axis=1)


MEAN_POINTS = _barycentric_grid(GRID)
CORNER_POINTS = (1 - CORNER_INSET) * np.eye(3) + CORNER_INSET / 3


class BaseColours:
    """Reads the base colours of a file's primitives.

    Parameters
    ----------
    on_note : callable
        Called with a sentence about each texture that cannot be used.
    """

    def __init__(self, file: GltfFile, on_note: Callable[[str], None]) -> None:
        self.file, self.on_note = file, on_note
        self.textures = TextureReader(file)

    def of_primitive(
        self, primitive: dict[str, Any], faces: np.ndarray, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean colour of every face (F, 3) and the colour of its corners (F, 3, 3), in sRGB.

        Parameters
        ----------
        faces : (F, 3) int
            Vertices of the primitive.
        count : int
            How many vertices it has.
        """
        attributes = self.file.mapping(primitive, "attributes")
        factor, texture, uv = self._material(primitive, attributes, count)
        vertex = self._vertex_colours(attributes, count)
        mean = np.tile(factor, (len(faces), 1))
        corners = np.tile(factor, (len(faces), 3, 1))
        for start in range(0, len(faces), CHUNK):
            part = faces[start : start + CHUNK]
            rows = slice(start, start + len(part))
            if texture is not None and uv is not None:
                mean[rows] *= self._mean_over_faces(texture, uv, vertex, part)
                corners[rows] *= self._at(texture, uv, vertex, part, CORNER_POINTS)
            elif vertex is not None:
                mean[rows] *= vertex[part].mean(axis=1)
                corners[rows] *= vertex[part]
        return linear_to_srgb(mean), linear_to_srgb(corners)

    def _mean_over_faces(
        self, texture: Texture, uv: np.ndarray, vertex: np.ndarray | None, faces: np.ndarray
    ) -> np.ndarray:
        """Return the mean linear colour (F, 3) of faces; at one point where a face lies within one texel."""
        texels = np.ptp(uv[faces], axis=1) * (texture.pixels.shape[1], texture.pixels.shape[0])
        tiny = texels.max(axis=1) < 1.0
        out = self._at(texture, uv, vertex, faces, np.full((1, 3), 1 / 3))[:, 0]
        out[~tiny] = self._at(texture, uv, vertex, faces[~tiny], MEAN_POINTS).mean(axis=1)
        return out

    @staticmethod
    def _at(
        texture: Texture, uv: np.ndarray, vertex: np.ndarray | None, faces: np.ndarray, points: np.ndarray
    ) -> np.ndarray:
        """Return linear colours (F, K, 3) at barycentric points (K, 3) of faces (F, 3)."""
        at = np.einsum("kc,fcx->fkx", points, uv[faces])
        colours = texture.sample(at.reshape(-1, 2)).reshape(len(faces), len(points), 3)
        return colours if vertex is None else colours * np.einsum("kc,fcx->fkx", points, vertex[faces])

    def _material(
        self, primitive: dict[str, Any], attributes: dict[str, Any], count: int
    ) -> tuple[np.ndarray, Texture | None, np.ndarray | None]:
        """Return the linear factor (3,), the texture, and its texture coordinates (V, 2)."""
        if "material" not in primitive:
            return np.ones(3), None, None
        material = self.file.item("materials", primitive["material"])
        glossy = self.file.mapping(material, "extensions").get("KHR_materials_pbrSpecularGlossiness")
        if isinstance(glossy, dict):
            source, factor_key, texture_key = glossy, "diffuseFactor", "diffuseTexture"
        else:
            source = self.file.mapping(material, "pbrMetallicRoughness")
            factor_key, texture_key = "baseColorFactor", "baseColorTexture"
        factor = self.file.floats(source, factor_key, [1.0] * 4)[:3]
        if texture_key not in source:
            return factor, None, None
        info = self.file.mapping(source, texture_key)
        transform = self.file.mapping(self.file.mapping(info, "extensions"), "KHR_texture_transform")
        channel = self.file.number({**info, **transform}, "texCoord")
        if f"TEXCOORD_{channel}" not in attributes:
            self.on_note("a mesh has a texture but no texture coordinates; its texture is left out")
            return factor, None, None
        uv = self.file.accessor(attributes[f"TEXCOORD_{channel}"])
        if uv.shape != (count, 2):
            self.on_note("the texture coordinates of a mesh do not fit; its texture is left out")
            return factor, None, None
        try:
            texture = self.textures.texture(info.get("index"))
        except UnreadableTextureError as error:
            self.on_note(f"{error}; its texture is left out")
            return factor, None, None
        return factor, texture, self._transformed(uv.astype(np.float64), transform)

    def _transformed(self, uv: np.ndarray, transform: dict[str, Any]) -> np.ndarray:
        """Return texture coordinates (V, 2) after KHR_texture_transform: scale, rotate, offset."""
        if not transform:
            return uv
        scale = self.file.floats(transform, "scale", [1.0, 1.0])
        offset = self.file.floats(transform, "offset", [0.0, 0.0])
        angle = float(self.file.floats({"rotation": [transform.get("rotation", 0.0)]}, "rotation", [0.0])[0])
        cos, sin = np.cos(angle), np.sin(angle)
        return np.asarray((uv * scale) @ np.array([[cos, sin], [-sin, cos]]).T + offset)

    def _vertex_colours(self, attributes: dict[str, Any], count: int) -> np.ndarray | None:
        """Return linear vertex colours (V, 3); None if the primitive has none that fit."""
        if "COLOR_0" not in attributes:
            return None
        values = self.file.accessor(attributes["COLOR_0"])
        if values.shape not in ((count, 3), (count, 4)):
            self.on_note("the vertex colours of a mesh do not fit; they are left out")
            return None
        if values.dtype.kind in "iu":
            if values.dtype not in (np.uint8, np.uint16):
                self.on_note(
                    "the vertex colours of a mesh are of a type that colours do not have; they are left out"
                )
                return None
            self.on_note("vertex colours that are integers are taken as normalised")
            values = values / np.iinfo(values.dtype).max
        return values[:, :3].astype(np.float64)
