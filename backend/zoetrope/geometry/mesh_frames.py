"""Mesh frames: one mesh a frame, each with a topology of its own, as occupancy fields give them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.damaged_files import DAMAGED_NPZ
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.npz_file import write_npz

KIND, FORMAT = "mesh_frames", 1
GREY = 0.72
"""sRGB of what has no colours."""


@dataclass(frozen=True)
class MeshFrames:
    """A clip whose frames are unrelated meshes; axes as of `MeshSequence`.

    Parameters
    ----------
    frames : tuple of ((V, 3) float32, (F, 3) int32)
        Metres, Z up, the creature faces -Y; triangles counter-clockwise seen from outside.
    seconds : (T,) float32
        Time of every frame from 0.
    cyclic : bool
        Whether the clip loops; its last frame does not repeat its first.
    category, action : str
    meta : mapping
        JSON-serialisable: seed, detail, height, weights checksum, engine.
    """

    frames: tuple[MeshArrays, ...]
    seconds: np.ndarray
    cyclic: bool
    category: str
    action: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fps(self) -> float:
        """Frames a second; 24 for a single frame."""
        return float(1.0 / np.median(np.diff(self.seconds))) if len(self.seconds) > 1 else 24.0

    def save_npz(self, path: Path) -> None:
        """Write a `.npz` file without pickles, atomically: frames one after the other, and their sizes."""
        header = {
            "format": FORMAT,
            "kind": KIND,
            "cyclic": self.cyclic,
            "category": self.category,
            "action": self.action,
            "meta": dict(self.meta),
        }
        arrays = {
            "vertices": np.concatenate([vertices for vertices, _ in self.frames]),
            "faces": np.concatenate([faces for _, faces in self.frames]),
            "vertex_counts": np.array([len(vertices) for vertices, _ in self.frames], np.int64),
            "face_counts": np.array([len(faces) for _, faces in self.frames], np.int64),
            "seconds": self.seconds,
        }
        write_npz(path, header, arrays)

    @staticmethod
    def holds(path: Path) -> bool:
        """Whether a file was written by `save_npz`."""
        try:
            with np.load(path, allow_pickle=False) as data:
                header = json.loads(str(data["meta"]))
                return bool(header.get("kind") == KIND and header["format"] == FORMAT)
        except (OSError, *DAMAGED_NPZ):
            return False

    @classmethod
    def load_npz(cls, path: Path) -> "MeshFrames":
        """Read a file written by `save_npz`; raises ZoetropeError of code "bad_file" for another one."""
        if not cls.holds(path):
            raise ZoetropeError(
                f"{path} does not hold mesh frames.", code="bad_file", remedy="Choose another file."
            )
        try:
            with np.load(path, allow_pickle=False) as data:
                header = json.loads(str(data["meta"]))
                vertices = np.split(data["vertices"], np.cumsum(data["vertex_counts"])[:-1])
                faces = np.split(data["faces"], np.cumsum(data["face_counts"])[:-1])
                frames = tuple(zip(vertices, faces, strict=True))
                if len(frames) != len(data["seconds"]) or not all(_is_mesh(*one) for one in frames):
                    raise ValueError("its arrays do not fit each other")
                return cls(
                    frames,
                    data["seconds"],
                    header["cyclic"],
                    header["category"],
                    header["action"],
                    header["meta"],
                )
        except (OSError, *DAMAGED_NPZ) as error:
            remedy = "Generate it again."
            raise ZoetropeError(f"{path} is damaged.", code="bad_file", remedy=remedy) from error


def _is_mesh(vertices: np.ndarray, faces: np.ndarray) -> bool:
    triples = all(array.ndim == 2 and array.shape[1] == 3 for array in (vertices, faces))
    return triples and len(faces) > 0 and 0 <= faces.min() <= faces.max() < len(vertices)
