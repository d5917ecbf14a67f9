"""Weights of the voxel diffusion and their description."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import nn

from zoetrope.diffusion.voxel_unet import GROUPS, VoxelModelConfig, VoxelUNet
from zoetrope.engines.weights.bundle import CategoryLabel
from zoetrope.engines.weights.network_folder import (
    bound_faults,
    load_networks,
    network_label_faults,
    read_network_description,
    save_network_folder,
)

ENGINE = "voxels"
BOUNDS = {
    "parameters": (0, 1e10),
    "seconds": (0.01, 1000),
    "sampling_steps": (1, 1000),
    "model.frames": (2, 256),
    "model.cells": (4, 128),
    "model.width": (8, 1024),
    "model.categories": (1, 1000),
    "model.actions": (0, 1000),
}
"""Numbers of the description -> least and greatest value."""


@dataclass(frozen=True)
class VoxelDescription:
    """Contents of `model.json`.

    seconds : duration of every sampled clip, the median of the training clips.
    conditional : whether the U-Net was trained with labels.
    """

    format: int
    engine: str
    name: str
    parameters: int
    model: VoxelModelConfig
    categories: tuple[CategoryLabel, ...]
    action_order: tuple[str, ...]
    seconds: float
    sampling_steps: int
    training: dict[str, Any]
    conditional: bool = True


def description_faults(found: VoxelDescription) -> Iterator[str]:
    """Yield what is wrong with a description, as ends of a sentence."""
    yield from bound_faults(found, BOUNDS)
    yield from network_label_faults(found, found.model.categories, found.model.actions)
    if found.model.cells % 4 or found.model.width % GROUPS:
        yield f"cells {found.model.cells} or width {found.model.width} is no multiple of 4 or {GROUPS}"


def read_voxel_description(folder: Path) -> VoxelDescription:
    """Read and check `model.json`; raises ZoetropeError as `read_network_description`."""
    return read_network_description(folder, VoxelDescription, ENGINE, description_faults)


def load_voxel_weights(folder: Path, device: str = "cpu") -> tuple[VoxelDescription, VoxelUNet, str]:
    """Load weights and their checksum; raises ZoetropeError "weights_missing" or "weights_damaged"."""
    description = read_voxel_description(folder)

    def make() -> dict[str, nn.Module]:
        return {"model": VoxelUNet(description.model)}

    least = 27 * 18 * description.model.width**2
    modules, checksum = load_networks(folder, make, least, device)
    return description, cast(VoxelUNet, modules["model"]), checksum


def save_voxel_weights(folder: Path, description: VoxelDescription, model: VoxelUNet) -> None:
    """Write weights."""
    save_network_folder(folder, description, {"model": model})
