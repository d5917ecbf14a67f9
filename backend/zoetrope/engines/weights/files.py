"""Reading the files of weights as those of a stranger: bounded, and checked before memory is taken."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoetrope.errors import ZoetropeError

REMEDY = "Install Zoetrope again, or choose another folder of weights."
MAX_TEXT_BYTES = 4_000_000
"""Of model.json, of checksums, and of the header of a tensor file."""
FLOATS = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}
"""Types of a tensor that can be stored for one in single precision, and their bytes."""
CHECKSUM_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]([\w][\w.-]*)")
"""A line of sha256sum, for a file in the same folder."""


def missing(path: Path) -> ZoetropeError:
    """Return the error of code "weights_missing" for a file."""
    return ZoetropeError(
        f"The weights are incomplete: {path} is missing.", code="weights_missing", remedy=REMEDY
    )


def damaged(path: Path, reason: object, remedy: str = REMEDY) -> ZoetropeError:
    """Return the error of code "weights_damaged" for a file."""
    text = str(reason).strip().rstrip(".")
    return ZoetropeError(
        f"The weights file {path} is damaged: {text}.", code="weights_damaged", remedy=remedy
    )


def check_is_file(path: Path) -> None:
    """Raise "weights_missing" if there is nothing at a path, "weights_damaged" if it is not a file."""
    try:
        if path.is_file():
            return
        exists = path.exists()
    except OSError as error:
        raise damaged(path, error.strerror) from error
    raise damaged(path, "it is not a file") if exists else missing(path)


def read_text_file(path: Path) -> bytes:
    """Return the content of a small file; raises "weights_missing" or "weights_damaged"."""
    check_is_file(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise damaged(path, error.strerror) from error
    if len(data) > MAX_TEXT_BYTES:
        raise damaged(path, f"it has more than {MAX_TEXT_BYTES} bytes")
    return data


def sha256(path: Path) -> str:
    """Return the checksum of a file of any size."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise damaged(path, error.strerror) from error


def parse_checksums(path: Path) -> dict[str, str]:
    """Return file name -> sha256 of a file in the format of sha256sum."""
    try:
        lines = read_text_file(path).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not text") from error
    digests: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = CHECKSUM_LINE.fullmatch(line.rstrip())
        if found is None or found[2] in digests:
            raise damaged(path, f"line {number} is not the checksum of one file beside it")
        digests[found[2]] = found[1].lower()
    return digests


def check_header(path: Path, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Compare the header of a safetensors file with the tensors that the description means.

    Parameters
    ----------
    path : Path
    expected : mapping of str to tuple of int
        Names and shapes (`tensor_shapes.py`).

    Raises
    ------
    ZoetropeError
        Code "weights_damaged".
    """
    header, data_bytes = read_header(path)
    header.pop("__metadata__", None)
    absent, unknown = expected.keys() - header.keys(), header.keys() - expected.keys()
    if absent or unknown:
        raise damaged(path, f"{len(absent)} tensors missing, {len(unknown)} unknown")
    most = 0
    for name, shape in expected.items():
        entry = header[name]
        if not isinstance(entry, dict) or str(entry.get("dtype")) not in FLOATS:
            raise damaged(path, f"{name} does not hold floating-point numbers")
        if entry.get("shape") != list(shape):
            stored = str(entry.get("shape"))[:60]
            raise damaged(path, f"{name} has shape {stored}, the description says {list(shape)}")
        most += math.prod(shape) * FLOATS[entry["dtype"]]
    if data_bytes != most:
        raise damaged(path, f"it has {data_bytes} bytes of tensors instead of {most}")


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the header of a safetensors file and the number of bytes that follow it."""
    check_is_file(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(MAX_TEXT_BYTES, size - 8):
                raise damaged(path, "it is no safetensors file")
            header = json.loads(stream.read(length).decode("utf-8"))
    except OSError as error:
        raise damaged(path, error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, "its header is not JSON") from error
    if not isinstance(header, dict):
        raise damaged(path, "its header has no tensors")
    return header, size - 8 - length
