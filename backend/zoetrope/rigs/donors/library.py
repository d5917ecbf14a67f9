"""The donors in a folder of weights: the description is read at once, a donor's arrays when it is needed."""

import hashlib
import json
import math
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from zoetrope.errors import ZoetropeError
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.files import (
    ARRAYS,
    DESCRIPTION,
    FORMAT,
    MAX_JOINTS,
    MAX_VERTICES,
    DonorEntry,
    DonorsDescription,
    unpack_donor,
)
from zoetrope.rigs.skeleton import MAX_INFLUENCES

CHECKSUMS = "checksums"
MAX_BYTES = {DESCRIPTION: 4_000_000, ARRAYS: 32_000_000}
"""Far above the shipped sizes: a damaged or foreign file must not fill the memory."""
ELEMENT_BYTES = {"I16": 2, "U8": 1, "U16": 2, "F32": 4, "F16": 2}
MAX_FACES = 200_000
MAX_TOKENS = 100_000
"""Bounds of a donor's sizes, for the same reason."""
REMEDY = "Install Zoetrope again, or build them: zoetrope donors --weights FOLDER."


class DonorLibrary:
    """The donors of some weights, by name; their arrays are read when they are first used.

    Parameters
    ----------
    folder : Path
        Folder of the weights.
    description : DonorsDescription
    """

    def __init__(self, folder: Path, description: DonorsDescription) -> None:
        self._path = folder / ARRAYS
        self._arrays_checksum = description.arrays
        self._entries = {entry.name: entry for entry in description.donors}
        self._arrays: dict[str, np.ndarray] = {}
        self._donor = lru_cache(maxsize=None)(self._read)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all donors, sorted."""
        return tuple(self._entries)

    @property
    def entries(self) -> tuple[DonorEntry, ...]:
        """Descriptions of all donors, without their arrays."""
        return tuple(self._entries.values())

    def of_category(self, category: str) -> list[Donor]:
        """Return the donors of a category."""
        return [self[entry.name] for entry in self.entries if entry.category == category]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Donor:
        """Return a donor.

        Raises
        ------
        KeyError
            There is none of that name.
        ZoetropeError
            Code "weights_missing" or "weights_damaged".
        """
        if name not in self._entries:
            raise KeyError(name)
        return self._donor(name)

    def _read(self, name: str) -> Donor:
        entry = self._entries[name]
        if not self._arrays:
            self._arrays = self._read_arrays()
        try:
            return unpack_donor(entry, {part: self._arrays[f"{name}.{part}"] for part in entry.shapes()})
        except ValueError as error:
            raise _damaged(self._path, error) from error

    def _read_arrays(self) -> dict[str, np.ndarray]:
        """Read the arrays of all donors, after a comparison with their checksum and the description."""
        data = _read_file(self._path)
        if hashlib.sha256(data).hexdigest() != self._arrays_checksum:
            raise _damaged(self._path, "it does not match its checksum")
        _check_header(self._path, data, self.entries)
        try:
            return load(data)
        except SafetensorError as error:
            raise _damaged(self._path, error) from error


def load_donors(weights: Path) -> DonorLibrary:
    """Open the donors in a folder of weights; reads their description only.

    Raises
    ------
    ZoetropeError
        Code "weights_missing": a file is missing; "weights_damaged": it cannot be read, or belongs to other
        weights.
    """
    path = weights / DESCRIPTION
    try:
        description = msgspec.json.decode(_read_file(path), type=DonorsDescription)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(path, error) from error
    for fault in _faults(description):
        raise _damaged(path, fault)
    if description.weights != weights_checksum(weights):
        raise ZoetropeError(
            f"The donors in {weights} belong to other weights than those beside them.",
            code="weights_damaged",
            remedy=REMEDY,
        )
    if not (weights / ARRAYS).is_file():
        raise _missing(weights / ARRAYS)
    return DonorLibrary(weights, description)


def weights_checksum(weights: Path) -> str:
    """Return the checksum of all weights in a folder, as `engines.weights.bundle.bundle_checksum`."""
    return hashlib.sha256(_read_file(weights / CHECKSUMS)).hexdigest()


def _read_file(path: Path) -> bytes:
    most = MAX_BYTES.get(path.name, MAX_BYTES[DESCRIPTION])
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise _damaged(path, error.strerror) from error
    if len(data) > most:
        raise _damaged(path, f"it has more than {most} bytes")
    return data


def _faults(description: DonorsDescription) -> list[str]:
    """Return what is wrong with a description, in words."""
    if description.format != FORMAT:
        return [f"it has format {description.format}, this version reads {FORMAT}"]
    names = [entry.name for entry in description.donors]
    if not names or names != sorted(set(names)):
        return ["its donors are not named once each, in order"]
    return [f"{entry.name[:60]!r} {fault}" for entry in description.donors for fault in _entry_faults(entry)]


def _entry_faults(entry: DonorEntry) -> list[str]:
    sizes = (
        (entry.vertices, 1, MAX_VERTICES),
        (entry.faces, 1, MAX_FACES),
        (entry.influences, entry.vertices, MAX_INFLUENCES * entry.vertices),
        (entry.tokens, 1, MAX_TOKENS),
        (len(entry.joints), 2, MAX_JOINTS),
    )
    if not all(low <= value <= high for value, low, high in sizes):
        return ["has a size that is out of range"]
    if not (math.isfinite(entry.height) and entry.height > 0):
        return ["has no height"]
    if len(set(entry.joints)) != len(entry.joints):
        return ["has two joints of one name"]
    if len(entry.parents) != len(entry.joints) or tuple(entry.parents[:2]) != (-1, 0):
        return ["has no root with one child"]
    if not all(0 < parent < joint for joint, parent in enumerate(entry.parents) if joint > 1):
        return ["has a joint before its parent"]
    return []


def _check_header(path: Path, data: bytes, entries: tuple[DonorEntry, ...]) -> None:
    """Compare the header of the arrays with what the description says, before arrays are made."""
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length].decode("utf-8"))
        stored = {
            name: (value["dtype"], tuple(value["shape"]))
            for name, value in header.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header is not that of a safetensors file") from error
    expected = {f"{entry.name}.{part}": shape for entry in entries for part, shape in entry.shapes().items()}
    if stored != expected:
        raise _damaged(path, "its arrays are not those that donors.json describes")
    size = sum(ELEMENT_BYTES[dtype] * int(np.prod(shape)) for dtype, shape in expected.values())
    if len(data) != 8 + length + size:
        raise _damaged(path, f"it has {len(data)} bytes instead of {8 + length + size}")


def _missing(path: Path) -> ZoetropeError:
    return ZoetropeError(
        f"The donors are incomplete: {path} is missing.", code="weights_missing", remedy=REMEDY
    )


def _damaged(path: Path, reason: object) -> ZoetropeError:
    text = str(reason).strip().rstrip(".")
    return ZoetropeError(
        f"The donors' file {path} is damaged: {text}.", code="weights_damaged", remedy=REMEDY
    )
