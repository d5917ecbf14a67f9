"""Prepared samples in memory: what the stages draw their batches from."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.errors import ZoetropeError


@dataclass(frozen=True)
class Body:
    """One body: a creature as it is (number 0) or one of its augmented bodies."""

    creature: int
    number: int
    height: float
    surface: Tensor  # (P, 3) points of the true outer surface, box units
    centre: np.ndarray
    scale: float


@dataclass(frozen=True)
class ClipInfo:
    """One clip of one creature; its motion tokens are shared by all bodies of the creature."""

    creature: int
    name: str
    action: str
    category: str
    cyclic: bool
    returns_to_start: bool
    seconds: float
    travel_speed: float  # heights a second


@dataclass(frozen=True)
class Prepared:
    """Everything a run trains on.

    sdf_points (N, S, 3), sdf (N, S), colours (N, S, 3) uint8, coloured (N,): one row a body.
    offsets[b][c] (T, M, 3) at flow_points[b] (M, 3): body b, its creature's clip c.
    rigid[i] (T, 4, 4): clip i.
    """

    creatures: list[str]
    categories: list[str]
    actions: list[str]
    bodies: list[Body]
    clips: list[ClipInfo]
    sdf_points: Tensor
    sdf: Tensor
    colours: Tensor
    coloured: Tensor
    flow_points: list[Tensor]
    offsets: list[Tensor]
    rigid: Tensor
    first_clip: list[int]  # of each creature, into clips

    def bodies_of(self, creature: int) -> list[int]:
        """Indices of a creature's bodies, its own body first."""
        return [i for i, body in enumerate(self.bodies) if body.creature == creature]


def load_prepared(folder: Path) -> Prepared:
    """Read the files that `zoetrope.training.preparation` wrote.

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
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    entries = sorted(index["bodies"], key=lambda e: (e["creature"], e["body"]))
    creatures = sorted({entry["creature"] for entry in entries})
    bodies: list[Body] = []
    clips: list[ClipInfo] = []
    first_clip: list[int] = []
    points, distances, colours, coloured, flow_points, offsets, rigid = [], [], [], [], [], [], []
    for entry in entries:
        creature = creatures.index(entry["creature"])
        with np.load(folder / entry["file"], allow_pickle=False) as data:
            if entry["body"] == 0:
                first_clip.append(len(clips))
                for i, name in enumerate(data["clip_names"]):
                    clips.append(
                        ClipInfo(
                            creature,
                            str(name),
                            str(data["actions"][i]),
                            entry["category"],
                            bool(data["cyclic"][i]),
                            bool(data["returns_to_start"][i]),
                            float(data["seconds"][i]),
                            float(data["travel_speed"][i]),
                        )
                    )
                rigid.append(torch.from_numpy(data["rigid"].astype(np.float32)))
            points.append(torch.from_numpy(data["sdf_points"].astype(np.float32)))
            distances.append(torch.from_numpy(data["sdf"].astype(np.float32)))
            colours.append(torch.from_numpy(data["colours"]))
            coloured.append(bool(data["colour_valid"]))
            flow_points.append(torch.from_numpy(data["flow_points"].astype(np.float32)))
            offsets.append(torch.from_numpy(data["flow_offsets"].astype(np.float16)))
            bodies.append(
                Body(
                    creature,
                    int(entry["body"]),
                    float(data["height_m"]),
                    torch.from_numpy(data["rest_surface"].astype(np.float32)),
                    data["centre"],
                    float(data["scale"]),
                )
            )
    count = min(len(d) for d in distances)
    return Prepared(
        creatures,
        sorted({clip.category for clip in clips}),
        sorted({clip.action for clip in clips}),
        bodies,
        clips,
        torch.stack([p[:count] for p in points]),
        torch.stack([d[:count] for d in distances]),
        torch.stack([c[:count] for c in colours]),
        torch.tensor(coloured),
        flow_points,
        offsets,
        torch.cat(rigid),
        first_clip,
    )
