"""Textures of a glTF file: decoding images, and sampling them at texture coordinates."""

import io
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.uris import data_uri_bytes, is_data_uri
from zoetrope.clips.regular_file import read_regular_file

MAX_PIXELS = 8192 * 8192
REPEAT, CLAMP, MIRROR, NEAREST = 10497, 33071, 33648, 9728
LINEAR_OF_SRGB = np.where(
    np.arange(256) <= 0.04045 * 255,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)


class UnreadableTextureError(Exception):
    """A texture that cannot be used; the message is the reason, for a note to the user."""


@dataclass(frozen=True)
class Texture:
    """A decoded base colour texture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        sRGB, the first row at v = 0.
    wrap : (int, int)
        glTF wrap modes of u and v.
    nearest : bool
        No interpolation between texels.
    """

    pixels: np.ndarray
    wrap: tuple[int, int]
    nearest: bool

    def sample(self, uv: np.ndarray) -> np.ndarray:
        """Return linear colours (N, 3) at texture coordinates (N, 2), v pointing down."""
        height, width, _ = self.pixels.shape
        x = _wrapped(uv[:, 0], self.wrap[0]) * width - 0.5
        y = _wrapped(uv[:, 1], self.wrap[1]) * height - 0.5
        if self.nearest:
            return self._texels(np.round(x), np.round(y))
        left, top = np.floor(x), np.floor(y)
        u, v = (x - left)[:, None], (y - top)[:, None]
        upper = (1 - u) * self._texels(left, top) + u * self._texels(left + 1, top)
        lower = (1 - u) * self._texels(left, top + 1) + u * self._texels(left + 1, top + 1)
        return np.asarray((1 - v) * upper + v * lower)

    def _texels(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        height, width, _ = self.pixels.shape
        columns = x.astype(np.int64) % width if self.wrap[0] == REPEAT else np.clip(x, 0, width - 1)
        rows = y.astype(np.int64) % height if self.wrap[1] == REPEAT else np.clip(y, 0, height - 1)
        return LINEAR_OF_SRGB[self.pixels[rows.astype(np.int64), columns.astype(np.int64)]]


def _wrapped(coordinates: np.ndarray, mode: int) -> np.ndarray:
    """Return coordinates (N,) mapped into 0..1 by a wrap mode."""
    if mode == CLAMP:
        return np.clip(coordinates, 0.0, 1.0)
    if mode == MIRROR:
        return 1.0 - np.abs(coordinates % 2.0 - 1.0)
    return coordinates % 1.0


class TextureReader:
    """Decodes the textures of a file, each once."""

    def __init__(self, file: GltfFile) -> None:
        self.file = file
        self._pixels = lru_cache(maxsize=4)(self._decode)

    def texture(self, index: Any) -> Texture:
        """Return a texture of the file.

        Raises
        ------
        UnreadableTextureError
            Its image is missing, damaged, too large, or of a format that is not supported.
        ZoetropeError
            Code "bad_file": it refers to what the file does not have.
        """
        item = self.file.item("textures", index)
        sampler = self.file.item("samplers", item["sampler"]) if "sampler" in item else {}
        wrap = (_wrap_mode(sampler.get("wrapS")), _wrap_mode(sampler.get("wrapT")))
        return Texture(self._pixels(self._source(item)), wrap, sampler.get("magFilter") == NEAREST)

    def _source(self, item: dict[str, Any]) -> int:
        extensions = self.file.mapping(item, "extensions")
        if "EXT_texture_webp" in extensions:
            item = {**item, **self.file.mapping(extensions, "EXT_texture_webp")}
        if "source" not in item:
            if "KHR_texture_basisu" in extensions:
                raise UnreadableTextureError(
                    "its textures are KTX2, which is not supported; export PNG or JPEG"
                )
            raise UnreadableTextureError("a texture has no image")
        self.file.item("images", item["source"])
        return int(item["source"])

    def _decode(self, index: int) -> np.ndarray:
        item = self.file.item("images", index)
        if "bufferView" in item:
            data = self.file.view_bytes(item["bufferView"])
        else:
            data = self._from_uri(item.get("uri"), index)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = Image.open(io.BytesIO(data))
                if image.width * image.height > MAX_PIXELS:
                    raise UnreadableTextureError(f"image {index} has {image.width} x {image.height} pixels")
                if image.format not in ("PNG", "JPEG", "WEBP"):
                    raise UnreadableTextureError(f"image {index} is {image.format}, not PNG, JPEG or WebP")
                return _rgb(image)
        except (
            OSError,
            ValueError,
            SyntaxError,
            UnidentifiedImageError,
            Image.DecompressionBombError,
        ) as error:
            raise UnreadableTextureError(f"image {index} is damaged") from error

    def _from_uri(self, uri: Any, index: int) -> bytes:
        if not isinstance(uri, str):
            raise UnreadableTextureError(f"image {index} has no data")
        if is_data_uri(uri):
            try:
                return data_uri_bytes(uri)
            except ValueError as error:
                raise UnreadableTextureError(f"image {index} is damaged") from error
        path = self.file.neighbour(uri)
        if path is None:
            raise UnreadableTextureError(f"image {index} lies outside the file's folder")
        try:
            return read_regular_file(path)
        except (OSError, ValueError) as error:
            raise UnreadableTextureError(
                f"its image {path.name} is missing; put it beside the file"
            ) from error


def _rgb(image: Image.Image) -> np.ndarray:
    """Return the pixels (H, W, 3) uint8. Pillow clips 16-bit greys at 255 where it converts them itself."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = np.round(np.asarray(image) / 257.0).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(image.convert("RGB"))


def _wrap_mode(value: Any) -> int:
    return value if value in (CLAMP, MIRROR) else REPEAT
