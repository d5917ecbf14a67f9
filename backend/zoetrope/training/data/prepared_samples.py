"""Prepared samples in memory, which the stages sample their batches from."""

import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoetrope.errors import ZoetropeError
from zoetrope.training.data.labels import UNLABELLED, label_index
from zoetrope.training.run_files import reading


@dataclass(frozen=True)
class Body:
    """The rest pose of a creature."""

    height: float  # metres
    surface: Tensor  # (P, 3) points of the outer surface, box units


@dataclass(frozen=True)
class ClipInfo:
    """One clip of one creature."""

    creature: int
    name: str
    action: str
    category: str
    cyclic: bool
    returns_to_start: bool
    seconds: float
    travel_speed: float  # heights a second


@dataclass(frozen=True)
class PreparedData:
    """Everything a run trains on.

    Clips of one creature are contiguous.

    creatures : names; bodies and the rows of samples are in their order.
    categories, actions : labels, sorted, without `UNLABELLED`.
    sdf_points (N, S, 3), sdf (N, S), coloured (N,) bool : one row a creature.
    colour_points (N, Q, 3), colour_region (N, Q) uint8, palettes (N, K, 3) : one row a creature.
    flow_points (N, M, 3) : one row a creature.
    offsets (C, T, M, 3) half precision, rigid (C, T, 4, 4) : one row a clip.
    """

    creatures: list[str]
    categories: list[str]
    actions: list[str]
    bodies: list[Body]
    clips: list[ClipInfo]
    sdf_points: Tensor
    sdf: Tensor
    coloured: Tensor
    colour_points: Tensor
    colour_region: Tensor
    palettes: Tensor
    flow_points: Tensor
    offsets: Tensor
    rigid: Tensor

    @property
    def device(self) -> torch.device:
        """Device of the samples."""
        return self.sdf.device

    def to(self, device: str | torch.device) -> "PreparedData":
        """Return the samples on a device."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        moved: dict[str, Any] = {k: v.to(device) for k, v in values.items() if isinstance(v, Tensor)}
        return replace(self, **moved)

    @cached_property
    def creature_of_clip(self) -> Tensor:
        """Index of each clip's creature (C,)."""
        return torch.tensor([clip.creature for clip in self.clips], device=self.device)

    @cached_property
    def first_clip(self) -> Tensor:
        """Index of each creature's first clip (K,)."""
        return _firsts([clip.creature for clip in self.clips], len(self.creatures)).to(self.device)

    @cached_property
    def category_of_clip(self) -> Tensor:
        """Category index of each clip (C,), from 1; 0 for unlabelled."""
        found = [label_index(clip.category, self.categories) for clip in self.clips]
        return torch.tensor(found, device=self.device)

    @cached_property
    def category_of_body(self) -> Tensor:
        """Category index of each creature's body (N,), from 1; 0 for unlabelled."""
        return self.category_of_clip[self.first_clip]


def _firsts(groups: list[int], count: int) -> Tensor:
    """Return the index at which each of the contiguous groups begins."""
    changes = [i for i, group in enumerate(groups) if not i or group != groups[i - 1]]
    if len(changes) != len(set(groups)):
        raise ValueError("the clips of one creature are not contiguous")
    firsts = torch.zeros(count, dtype=torch.long)
    for i in changes:
        firsts[groups[i]] = i
    return firsts


def load_prepared(folder: Path, *, motion: bool = True, every: int = 1) -> PreparedData:
    """Read the files that `zoetrope.training.data.preparation` wrote.

    Parameters
    ----------
    motion : bool
        False leaves out the offsets, three quarters of the memory.
    every : int
        Load every n-th creature only.

    Raises
    ------
    ZoetropeError
        The folder holds no finished preparation.
    """
    if not (folder / "index.json").is_file():
        raise ZoetropeError(
            f"{folder} holds no prepared creatures.",
            code="bad_option",
            remedy="Run `zoetrope prepare` first.",
        )
    with reading(folder / "index.json"):
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        entries = sorted(index["bodies"], key=lambda entry: entry["creature"])[::every]
    bodies: list[Body] = []
    clips: list[ClipInfo] = []
    coloured: list[bool] = []
    regions: list[tuple[Tensor, Tensor, Tensor]] = []
    points: list[Tensor] = []
    distances: list[Tensor] = []
    flow_points: list[Tensor] = []
    offsets: list[Tensor] = []
    rigid: list[Tensor] = []
    for creature, entry in enumerate(entries):
        path = folder / entry["file"]
        with reading(path), np.load(path, allow_pickle=False) as data:
            clips += _clips(data, creature, entry["category"])
            rigid.append(torch.from_numpy(data["rigid"].astype(np.float32)))
            points.append(torch.from_numpy(data["sdf_points"].astype(np.float32)))
            distances.append(torch.from_numpy(data["sdf"].astype(np.float32)))
            coloured.append(bool(data["colour_valid"]))
            regions.append(_regions(data, folder))
            flow_points.append(torch.from_numpy(data["flow_points"].astype(np.float32)))
            values = data["flow_offsets"] if motion else np.zeros((len(data["clip_names"]), 0, 0, 3))
            offsets.append(torch.from_numpy(values.astype(np.float16)))
            surface = torch.from_numpy(data["rest_surface"].astype(np.float32))
            bodies.append(Body(float(data["height_m"]), surface))
    count = min(len(d) for d in distances)
    return PreparedData(
        [entry["creature"] for entry in entries],
        sorted({clip.category for clip in clips} - {UNLABELLED}),
        sorted({clip.action for clip in clips} - {UNLABELLED}),
        bodies,
        clips,
        torch.stack([p[:count] for p in points]),
        torch.stack([d[:count] for d in distances]),
        torch.tensor(coloured),
        torch.stack([points for points, _, _ in regions]),
        torch.stack([region for _, region, _ in regions]),
        torch.stack([palette for _, _, palette in regions]),
        torch.stack(flow_points),
        torch.cat(offsets),
        torch.cat(rigid),
    )


def _regions(data: Any, folder: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Return points (Q, 3) with their colour regions (Q,), and the palette (K, 3)."""
    if "colour_region" not in data:
        raise ZoetropeError(
            f"{folder} was prepared by an earlier version: it has no colour regions.",
            code="bad_option",
            remedy="Choose another folder, or delete this one.",
        )
    return (
        torch.from_numpy(data["colour_points"].astype(np.float32)),
        torch.from_numpy(data["colour_region"]),
        torch.from_numpy(data["palette"].astype(np.float32)),
    )


def _clips(data: Any, creature: int, category: str) -> list[ClipInfo]:
    return [
        ClipInfo(
            creature,
            str(name),
            str(data["actions"][i]),
            category,
            bool(data["cyclic"][i]),
            bool(data["returns_to_start"][i]),
            float(data["seconds"][i]),
            float(data["travel_speed"][i]),
        )
        for i, name in enumerate(data["clip_names"])
    ]
