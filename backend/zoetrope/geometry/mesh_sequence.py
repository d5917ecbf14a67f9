"""The mesh sequence: one mesh with constant topology, deforming over time, as engines return it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_level import MeshLevel, level_arrays, read_levels
from zoetrope.geometry.npz_file import write_npz

FORMAT, READABLE = 2, (1, 2)
"""Format that is written, and those that are read; 1 has neither texture coordinates nor textures."""
TEXTURES = ("base_colour", "normal_map", "regions")
"""Names of textures: sRGB colour; normals in tangent space, green up (MikkTSpace); colour regions, see
`assets.region_paint`."""


@dataclass(frozen=True)
class MeshSequence:
    """One mesh with constant topology and its vertices over time.

    Axes are Blender's: Z up, the creature faces -Y, the rest pose stands on z = 0.

    Parameters
    ----------
    faces : (F, 3) int32
        Triangles, counter-clockwise seen from outside.
    rest : (V, 3) float32
        Rest pose in metres.
    vertices : (T, V, 3) float32
        The pose at every frame of the timeline, in metres, rigid transform included.
    transforms : (T, 4, 4) float32
        Rigid part of every frame: rest pose to world, column vectors, metres.
    colours : (V, 3) float32
        sRGB in 0..1.
    seconds : (T,) float32
        Time of every frame from 0. A loop's last frame does not repeat its first.
    cyclic, returns_to_start : bool
        Whether the clip loops; whether it ends in the pose it starts with.
    travel_speed : float
        Metres a second along -Y at which the feet would not slide; 0 for a creature that stays in place.
    category, action : str
        Labels the sequence was generated for.
    uvs : (F, 3, 2) float32 or None
        Texture coordinates of the faces' corners in 0..1: u to the right, v up.
    textures : mapping of str to ndarray
        PNG files as uint8 (N,), by their names of `TEXTURES`; only with `uvs`.
    regions : (V, 3) uint8 or None
        Colour regions of the vertices, see `assets.region_paint`.
    palette : (K, 3) float32 or None
        sRGB colours of the regions.
    levels : tuple of MeshLevel
        Levels of detail 1, 2, ... of the same vertices; this mesh is level 0.
    tokens : mapping of str to ndarray
        Tokens sampled by the diffusion models; variations start from them.
    meta : mapping
        JSON-serialisable: seed, request, weights checksum, engine.
    """

    faces: np.ndarray
    rest: np.ndarray
    vertices: np.ndarray
    transforms: np.ndarray
    colours: np.ndarray
    seconds: np.ndarray
    cyclic: bool
    returns_to_start: bool
    travel_speed: float
    category: str
    action: str
    uvs: np.ndarray | None = None
    textures: Mapping[str, np.ndarray] = field(default_factory=dict)
    regions: np.ndarray | None = None
    palette: np.ndarray | None = None
    levels: tuple[MeshLevel, ...] = ()
    tokens: Mapping[str, np.ndarray] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        v, t = len(self.rest), len(self.seconds)
        expected = {
            "rest": (v, 3),
            "vertices": (t, v, 3),
            "transforms": (t, 4, 4),
            "colours": (v, 3),
            "faces": (len(self.faces), 3),
        }
        if self.uvs is not None:
            expected["uvs"] = (len(self.faces), 3, 2)
        if self.regions is not None:
            expected["regions"] = (v, 3)
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ZoetropeError(
                    f"Mesh sequence: {name} has shape {getattr(self, name).shape}, expected {shape}.",
                    code="internal",
                )
        if self.textures and (self.uvs is None or not set(self.textures) <= set(TEXTURES)):
            raise ZoetropeError(
                "Mesh sequence: textures without coordinates or of unknown names.", code="internal"
            )
        if len(self.faces) and not 0 <= int(self.faces.min()) <= int(self.faces.max()) < v:
            raise ZoetropeError(
                "Mesh sequence: a face refers to a vertex that does not exist.", code="internal"
            )

    @property
    def material_textures(self) -> dict[str, np.ndarray]:
        """Textures that a material shows, by name: all but the regions."""
        return {name: png for name, png in self.textures.items() if name != "regions"}

    @property
    def fps(self) -> float:
        """Frame rate of the timeline, frames a second; 24 for a single frame."""
        return float(1.0 / np.median(np.diff(self.seconds))) if len(self.seconds) > 1 else 24.0

    def save_npz(self, path: Path) -> None:
        """Write a `.npz` file without pickles, atomically."""
        header = {
            "format": FORMAT,
            "cyclic": self.cyclic,
            "returns_to_start": self.returns_to_start,
            "travel_speed": self.travel_speed,
            "category": self.category,
            "action": self.action,
            "meta": dict(self.meta),
        }
        arrays = {f"token_{name}": np.asarray(value) for name, value in self.tokens.items()}
        arrays |= self.mesh_arrays()
        arrays |= {name: getattr(self, name) for name in ("vertices", "transforms", "seconds")}
        write_npz(path, header, arrays)

    def mesh_arrays(self) -> dict[str, np.ndarray]:
        """Return the mesh at rest, its colours and levels, under their names in a result file."""
        arrays = {name: getattr(self, name) for name in ("faces", "rest", "colours")}
        optional = {"uvs": self.uvs, "regions": self.regions, "palette": self.palette}
        arrays |= {name: values for name, values in optional.items() if values is not None}
        arrays |= {f"texture_{name}": png for name, png in self.textures.items()}
        return arrays | level_arrays(self.levels)

    def at_level(self, number: int) -> "MeshSequence":
        """Return the sequence at a level of detail: itself at 0; without the tokens at others."""
        if number == 0:
            return self
        level = self.levels[number - 1]
        at = level.vertices
        return replace(
            self,
            faces=level.faces,
            rest=self.rest[at],
            vertices=self.vertices[:, at],
            colours=self.colours[at],
            uvs=level.uvs,
            regions=None if self.regions is None else self.regions[at],
            levels=(),
            tokens={},
        )

    @classmethod
    def load_npz(cls, path: Path) -> "MeshSequence":
        """Read a file written by `save_npz`."""
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(str(data["meta"]))
            if header["format"] not in READABLE:
                raise ZoetropeError(
                    f"{path} has mesh sequence format {header['format']}, this version reads {FORMAT} "
                    "and older ones.",
                    code="bad_request",
                )
            return cls(
                faces=data["faces"],
                rest=data["rest"],
                vertices=data["vertices"],
                transforms=data["transforms"],
                colours=data["colours"],
                seconds=data["seconds"],
                cyclic=header["cyclic"],
                returns_to_start=header["returns_to_start"],
                travel_speed=header["travel_speed"],
                category=header["category"],
                action=header["action"],
                uvs=data["uvs"] if "uvs" in data.files else None,
                textures={
                    name: data[f"texture_{name}"] for name in TEXTURES if f"texture_{name}" in data.files
                },
                regions=data["regions"] if "regions" in data.files else None,
                palette=data["palette"] if "palette" in data.files else None,
                levels=read_levels(data),
                tokens={k.removeprefix("token_"): data[k] for k in data.files if k.startswith("token_")},
                meta=header["meta"],
            )
