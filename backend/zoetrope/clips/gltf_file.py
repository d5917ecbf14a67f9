"""The glTF container: JSON, buffers and accessors, every number checked before it is believed."""

import base64
import binascii
import json
import struct
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.clip import bad_file

COMPONENTS: dict[int, type[np.generic]] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MAX_NODES = 20_000
MAX_ELEMENTS = 50_000_000
"""An accessor larger than this (400 MB as floats) is taken for a lie, not read."""


class GltfFile:
    """A parsed file: `document` is its JSON, `accessor(i)` its numbers.

    Raises
    ------
    ZoetropeError
        Code "bad_file": what is wrong with the file, in one sentence.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise bad_file(path, error.strerror or "it is not readable", "Check its name.") from error
        self.binary: bytes | None = None
        self._items: dict[str, list[dict[str, Any]]] = {}
        text = self._chunks(data) if data[:4] == b"glTF" else data
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise bad_file(path, "its JSON is damaged") from error
        if not isinstance(document, dict):
            raise bad_file(path, "its JSON is not an object")
        self.document: dict[str, Any] = document
        used = document.get("extensionsRequired") or []
        if "KHR_draco_mesh_compression" in used or "EXT_meshopt_compression" in used:
            raise bad_file(path, "its meshes are compressed", "Export it without mesh compression.")
        if len(self.items("nodes")) > MAX_NODES:
            raise bad_file(path, f"it has more than {MAX_NODES} nodes", "Export only the creature.")
        self._buffers: dict[int, bytes] = {}

    def _chunks(self, data: bytes) -> bytes:
        if len(data) < 20:
            raise bad_file(self.path, "it is truncated")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise bad_file(self.path, f"it is glTF {version}", "Export it as glTF 2.0.")
        if length > len(data):
            raise bad_file(self.path, f"it is truncated: {len(data)} of {length} bytes are there")
        text, at = None, 12
        while at + 8 <= length:
            size, kind = struct.unpack_from("<I4s", data, at)
            at += 8
            if at + size > length:
                raise bad_file(self.path, "a chunk is longer than the file")
            if kind == b"JSON" and text is None:
                text = data[at : at + size]
            elif kind == b"BIN\0" and self.binary is None:
                self.binary = data[at : at + size]
            at += size
        if text is None:
            raise bad_file(self.path, "it has no JSON chunk")
        return text

    def items(self, key: str) -> list[dict[str, Any]]:
        """A top-level list of objects, empty where the file has none."""
        if key not in self._items:
            value = self.document.get(key, [])
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                raise bad_file(self.path, f"{key} is not a list of objects")
            self._items[key] = value
        return self._items[key]

    def item(self, key: str, index: Any) -> dict[str, Any]:
        """One object of a top-level list."""
        items = self.items(key)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(items):
            raise bad_file(self.path, f"it refers to {key} {index!r}, which is not there")
        return items[index]

    def number(self, item: dict[str, Any], key: str, default: int = 0) -> int:
        """A non-negative whole number."""
        value = item.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise bad_file(self.path, f"{key} is {value!r}")
        return value

    def floats(self, item: dict[str, Any], key: str, default: list[float]) -> np.ndarray:
        """A list of finite numbers of the default's length."""
        value = item.get(key, default)
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad_file(self.path, f"{key} is not a list of numbers") from error
        if array.shape != (len(default),) or not np.isfinite(array).all():
            raise bad_file(self.path, f"{key} is not {len(default)} finite numbers")
        return array

    def buffer(self, index: Any) -> bytes:
        """The bytes of a buffer: the binary chunk, a data URI, or a file beside this one."""
        if index in self._buffers:
            return self._buffers[index]
        item = self.item("buffers", index)
        uri = item.get("uri")
        if uri is None:
            if self.binary is None or index != 0:
                raise bad_file(self.path, f"buffer {index} has no data")
            data = self.binary
        elif not isinstance(uri, str):
            raise bad_file(self.path, f"the address of buffer {index} is not a text")
        elif uri.startswith("data:"):
            try:
                data = base64.b64decode(uri.partition(",")[2], validate=True)
            except (binascii.Error, ValueError) as error:
                raise bad_file(self.path, f"the embedded buffer {index} is damaged") from error
        else:
            beside = (self.path.parent / urllib.parse.unquote(uri)).resolve()
            if not beside.is_relative_to(self.path.parent.resolve()):
                raise bad_file(self.path, f"buffer {index} lies outside the file's folder")
            try:
                data = beside.read_bytes()
            except (OSError, ValueError) as error:
                raise bad_file(
                    self.path, f"its buffer {beside.name} is missing", "Put it beside the file."
                ) from error
        if self.number(item, "byteLength") > len(data):
            raise bad_file(self.path, f"buffer {index} is truncated")
        self._buffers[index] = data
        return data

    def _view(self, index: Any, offset: int, dtype: np.dtype[Any], width: int, count: int) -> np.ndarray:
        """`count` elements of `width` components out of a buffer view."""
        view = self.item("bufferViews", index)
        data = self.buffer(view.get("buffer"))
        start = self.number(view, "byteOffset") + offset
        size = dtype.itemsize * width
        stride = self.number(view, "byteStride") or size
        end = self.number(view, "byteOffset") + self.number(view, "byteLength")
        if stride < size or end > len(data) or (count and start + stride * (count - 1) + size > end):
            raise bad_file(self.path, f"buffer view {index} is shorter than what is read from it")
        if not count:
            return np.zeros((0, width), dtype)
        raw = np.frombuffer(data, np.uint8, count=stride * (count - 1) + size, offset=start)
        rows = np.lib.stride_tricks.as_strided(raw, (count, size), (stride, 1), writeable=False)
        return np.ascontiguousarray(rows).view(dtype).reshape(count, width)

    def accessor(self, index: Any) -> np.ndarray:
        """An accessor's numbers (count, width); normalised integers come as float32 in [-1, 1]."""
        item = self.item("accessors", index)
        kind, component = item.get("type"), item.get("componentType")
        if kind not in WIDTHS or component not in COMPONENTS:
            raise bad_file(self.path, f"accessor {index} has type {kind!r} of {component!r}")
        width, dtype = WIDTHS[kind], np.dtype(COMPONENTS[component])
        count = self.number(item, "count")
        if count * width > MAX_ELEMENTS:
            raise bad_file(self.path, f"accessor {index} claims {count} elements")
        if "bufferView" in item:
            values = self._view(item["bufferView"], self.number(item, "byteOffset"), dtype, width, count)
        else:
            values = np.zeros((count, width), dtype)
        if "sparse" in item:
            values = self._patched(item["sparse"], values, index)
        if item.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1.0)
        if dtype.kind == "f" and not np.isfinite(values).all():
            raise bad_file(self.path, f"accessor {index} holds numbers that are not finite")
        return values

    def _patched(self, sparse: Any, values: np.ndarray, index: Any) -> np.ndarray:
        if not isinstance(sparse, dict) or not all(
            isinstance(sparse.get(k), dict) for k in ("indices", "values")
        ):
            raise bad_file(self.path, f"accessor {index} has a damaged sparse part")
        count, where, what = self.number(sparse, "count"), sparse["indices"], sparse["values"]
        if where.get("componentType") not in (5121, 5123, 5125) or count > len(values):
            raise bad_file(self.path, f"accessor {index} has a damaged sparse part")
        dtype = np.dtype(COMPONENTS[where["componentType"]])
        at = self._view(where.get("bufferView"), self.number(where, "byteOffset"), dtype, 1, count)[:, 0]
        new = self._view(
            what.get("bufferView"), self.number(what, "byteOffset"), values.dtype, values.shape[1], count
        )
        if count and int(at.max()) >= len(values):
            raise bad_file(self.path, f"accessor {index} patches elements that are not there")
        values = values.copy()
        values[at] = new
        return values
