"""Result files: arrays and a JSON header in one `.npz` without pickles."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.atomic_write import atomic_write


def write_npz(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file atomically: the arrays, and the header as JSON text in the array `meta`."""
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **{**arrays, "meta": np.array(json.dumps(meta))})
