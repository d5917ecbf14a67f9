"""Checksums of creature files beside their samples: a file that was changed since is noticed."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from zoetrope.errors import ZoetropeError
from zoetrope.training.run_files import reading

KEY = "source_checksum"
"""Of the array in an .npz of samples; files of earlier versions have none."""


def source_checksum(path: Path) -> np.ndarray:
    """Return the CRC-32 of a creature's file; of a .gltf with its .bin, which has the motion."""
    value = zlib.crc32(path.read_bytes())
    binary = path.with_suffix(".bin")
    if path.suffix.lower() == ".gltf" and binary.is_file():
        value = zlib.crc32(binary.read_bytes(), value)
    return np.array(value, np.uint32)


def refuse_changed_sources(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Compare creature files with the samples that were made of them.

    Parameters
    ----------
    pairs : iterable of (Path, Path)
        A creature's file, and an existing .npz of its samples.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a file was changed after it was sampled, or samples are damaged.
    """
    known: dict[Path, int] = {}
    for file, samples in pairs:
        with reading(samples), np.load(samples, allow_pickle=False) as data:
            stored = int(data[KEY]) if KEY in data.files else None
        if stored is None:
            continue
        if file not in known:
            known[file] = int(source_checksum(file))
        if known[file] != stored:
            raise ZoetropeError(
                f"{file} was changed after it was sampled into {samples.parent}.",
                code="bad_option",
                remedy="Choose another folder with --out; what was trained there is of the file before.",
            )
