"""The glTF container: JSON, buffers and accessors, with every value validated before use."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.requirements import COMPRESSION, check_requirements, compressed
from zoetrope.clips.gltf.uris import data_uri_bytes, find_neighbour, is_data_uri
from zoetrope.clips.regular_file import read_regular_file

COMPONENT_TYPES: dict[int, type[np.generic]] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
TYPE_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MAX_NODES = 20_000
MAX_NUMBERS = 60_000_000
"""Numbers that all accessors read from one file may hold together: 480 MB as float64."""
MAX_VALUE = 1e12
"""Larger numbers in the node tree are errors; products of several would overflow."""


class GltfFile:
    """A parsed .gltf or .glb file: its JSON document and access to its buffers and accessors.

    Attributes
    ----------
    notes : list of str
        What is taken on trust.

    Raises
    ------
    ZoetropeError
        Code "bad_file": the file is damaged, or uses what is not supported.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            data = read_regular_file(path)
        except OSError as error:
            raise bad_file(path, error.strerror or "it is not readable", "Check its name.") from error
        if not data:
            raise bad_file(path, "it is empty")
        self.binary: bytes | None = None
        self._items: dict[str, list[dict[str, Any]]] = {}
        text = self._chunks(data) if data[:4] == b"glTF" else data
        try:
            document = json.loads(text)
        except (ValueError, RecursionError, MemoryError) as error:
            raise bad_file(path, "its JSON is damaged") from error
        if not isinstance(document, dict):
            raise bad_file(path, "its JSON is not an object")
        self.document: dict[str, Any] = document
        self.notes = check_requirements(path, document)
        if len(self.items("nodes")) > MAX_NODES:
            raise bad_file(path, f"it has more than {MAX_NODES} nodes", "Export only the creature.")
        self._buffers: dict[int, bytes] = {}
        self._numbers_read = 0

    @property
    def exhausted(self) -> bool:
        """Whether more numbers were to be read than fit into memory: nothing that follows can be read."""
        return self._numbers_read > MAX_NUMBERS

    def _chunks(self, data: bytes) -> bytes:
        if len(data) < 20:
            raise bad_file(self.path, "it is truncated")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise bad_file(self.path, f"it is glTF {version}", "Export it as glTF 2.0.")
        if length > len(data):
            raise bad_file(self.path, f"it is truncated: it has {len(data)} of {length} bytes")
        text, offset = None, 12
        while offset + 8 <= length:
            size, chunk_type = struct.unpack_from("<I4s", data, offset)
            offset += 8
            if offset + size > length:
                raise bad_file(self.path, "a chunk is longer than the file")
            if chunk_type == b"JSON" and text is None:
                text = data[offset : offset + size].rstrip(b"\0")  # some writers pad with NUL, not spaces
            elif chunk_type == b"BIN\0" and self.binary is None:
                self.binary = data[offset : offset + size]
            offset += size
        if text is None:
            raise bad_file(self.path, "it has no JSON chunk")
        return text

    def items(self, key: str) -> list[dict[str, Any]]:
        """Return a top-level list of objects; empty if the file has none."""
        if key not in self._items:
            value = self.document.get(key, [])
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                raise bad_file(self.path, f"{key} is not a list of objects")
            self._items[key] = value
        return self._items[key]

    def item(self, key: str, index: Any) -> dict[str, Any]:
        """Return one object of a top-level list."""
        items = self.items(key)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(items):
            raise bad_file(self.path, f"it refers to {key} {index!r}, which does not exist")
        return items[index]

    def mapping(self, item: dict[str, Any], key: str) -> dict[str, Any]:
        """Return a property that is an object; empty if there is none."""
        value = item.get(key, {})
        if not isinstance(value, dict):
            raise bad_file(self.path, f"{key} is not an object")
        return value

    def listing(self, item: dict[str, Any], key: str) -> list[Any]:
        """Return a property that is a list; empty if there is none."""
        value = item.get(key, [])
        if not isinstance(value, list):
            raise bad_file(self.path, f"{key} is not a list")
        return value

    def number(self, item: dict[str, Any], key: str, default: int = 0) -> int:
        """Return a property that is a non-negative integer."""
        value = item.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise bad_file(self.path, f"{key} is {value!r}")
        return value

    def floats(self, item: dict[str, Any], key: str, default: list[float]) -> np.ndarray:
        """Return a property that is a list of numbers of the default's length."""
        value = item.get(key, default)
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad_file(self.path, f"{key} is not a list of numbers") from error
        if array.shape != (len(default),) or not (np.abs(array) < MAX_VALUE).all():
            raise bad_file(self.path, f"{key} is not {len(default)} numbers of a usable size")
        return array

    def buffer(self, index: Any) -> bytes:
        """Return the bytes of a buffer: the binary chunk, a data URI, or a file beside this one."""
        item = self.item("buffers", index)
        if index in self._buffers:
            return self._buffers[index]
        uri = item.get("uri")
        if uri is None:
            if self.binary is None or index != 0:
                raise bad_file(self.path, f"buffer {index} has no data")
            data = self.binary
        elif not isinstance(uri, str):
            raise bad_file(self.path, f"the URI of buffer {index} is not a string")
        elif is_data_uri(uri):
            try:
                data = data_uri_bytes(uri)
            except ValueError as error:
                raise bad_file(self.path, f"the embedded buffer {index} is damaged") from error
        else:
            file = self.neighbour(uri)
            if file is None:
                raise bad_file(self.path, f"buffer {index} lies outside the file's folder")
            try:
                data = read_regular_file(file)
            except FileNotFoundError as error:
                reason = f"its buffer {file.name} is missing"
                raise bad_file(self.path, reason, "Put it beside the file.") from error
            except (OSError, ValueError) as error:
                raise bad_file(self.path, f"its buffer {file.name[:80]} cannot be read") from error
        if self.number(item, "byteLength") > len(data):
            raise bad_file(self.path, f"buffer {index} is truncated")
        self._buffers[index] = data
        return data

    def neighbour(self, uri: str) -> Path | None:
        """Return the path of a file beside this one, or below; None for any other place."""
        return find_neighbour(self.path.parent, uri)

    def view_bytes(self, index: Any) -> bytes:
        """Return the bytes of a buffer view."""
        view = self.item("bufferViews", index)
        data = self.buffer(view.get("buffer"))
        start = self.number(view, "byteOffset")
        end = start + self.number(view, "byteLength")
        if end > len(data):
            raise bad_file(self.path, f"buffer view {index} is longer than its buffer")
        return data[start:end]

    def _view(self, index: Any, offset: int, dtype: np.dtype[Any], width: int, count: int) -> np.ndarray:
        """Read `count` elements of `width` components from a buffer view."""
        view = self.item("bufferViews", index)
        for name in COMPRESSION:
            if name in self.mapping(view, "extensions"):
                raise compressed(self.path, name)
        data = self.buffer(view.get("buffer"))
        start = self.number(view, "byteOffset") + offset
        size = dtype.itemsize * width
        stride = self.number(view, "byteStride") or size
        end = self.number(view, "byteOffset") + self.number(view, "byteLength")
        if stride < size or end > len(data) or (count and start + stride * (count - 1) + size > end):
            raise bad_file(self.path, f"buffer view {index} is shorter than the data read from it")
        if not count:
            return np.zeros((0, width), dtype)
        raw = np.frombuffer(data, np.uint8, count=stride * (count - 1) + size, offset=start)
        rows = np.lib.stride_tricks.as_strided(raw, (count, size), (stride, 1), writeable=False)
        return np.ascontiguousarray(rows).view(dtype).reshape(count, width)

    def accessor(self, index: Any) -> np.ndarray:
        """Return an accessor's values (count, width); normalised integers become float32 in [-1, 1]."""
        item = self.item("accessors", index)
        element_type, component_type = item.get("type"), item.get("componentType")
        if (
            not isinstance(element_type, str)
            or not isinstance(component_type, int)
            or element_type not in TYPE_WIDTHS
            or component_type not in COMPONENT_TYPES
        ):
            raise bad_file(
                self.path, f"accessor {index} has type {element_type!r} of component type {component_type!r}"
            )
        width, dtype = TYPE_WIDTHS[element_type], np.dtype(COMPONENT_TYPES[component_type])
        count = self.number(item, "count")
        self._numbers_read += count * width
        if self.exhausted:
            raise bad_file(
                self.path,
                f"it holds more than {MAX_NUMBERS // 1_000_000} million numbers",
                "Export only the creature, with fewer vertices or morph targets.",
            )
        if "bufferView" in item:
            values = self._view(item["bufferView"], self.number(item, "byteOffset"), dtype, width, count)
        else:
            values = np.zeros((count, width), dtype)
        if "sparse" in item:
            values = self._apply_sparse(item["sparse"], values, index)
        if item.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1.0)
        if dtype.kind == "f" and not np.isfinite(values).all():
            raise bad_file(self.path, f"accessor {index} holds numbers that are not finite")
        return values

    def accessor_of_shape(self, index: Any, width: int, count: int | None = None) -> np.ndarray:
        """Return an accessor's values (count, width), and refuse one of another shape."""
        values = self.accessor(index)
        if values.shape[1] != width or (count is not None and len(values) != count):
            raise bad_file(self.path, f"accessor {index} has shape {values.shape}")
        return values

    def _apply_sparse(self, sparse: Any, values: np.ndarray, index: Any) -> np.ndarray:
        if not isinstance(sparse, dict) or not all(
            isinstance(sparse.get(k), dict) for k in ("indices", "values")
        ):
            raise bad_file(self.path, f"accessor {index} has a damaged sparse part")
        count, indices_item, values_item = self.number(sparse, "count"), sparse["indices"], sparse["values"]
        component_type = indices_item.get("componentType")
        if (
            not isinstance(component_type, int)
            or component_type not in (5121, 5123, 5125)
            or count > len(values)
        ):
            raise bad_file(self.path, f"accessor {index} has a damaged sparse part")
        dtype = np.dtype(COMPONENT_TYPES[component_type])
        offset = self.number(indices_item, "byteOffset")
        indices = self._view(indices_item.get("bufferView"), offset, dtype, 1, count)[:, 0]
        offset = self.number(values_item, "byteOffset")
        new = self._view(values_item.get("bufferView"), offset, values.dtype, values.shape[1], count)
        if count and int(indices.max()) >= len(values):
            raise bad_file(self.path, f"accessor {index} replaces elements that do not exist")
        values = values.copy()
        values[indices] = new
        return values
