"""Weights of HyperDiffusion: transformer, shared projection, and their description."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from zoetrope.diffusion.weight_model import WeightModel, WeightModelConfig
from zoetrope.diffusion.weight_projection import WeightProjection
from zoetrope.engines.weights.bundle import CategoryLabel
from zoetrope.engines.weights.description_checks import transformer_faults
from zoetrope.engines.weights.network_folder import (
    bound_faults,
    load_networks,
    network_label_faults,
    read_network_description,
    save_network_folder,
)
from zoetrope.fields.occupancy import OccupancyConfig

ENGINE = "hyperdiffusion"
BOUNDS = {
    "parameters": (0, 1e10),
    "frames": (1, 256),
    "components": (0, 4096),
    "sampling_steps": (1, 1000),
    "guidance": (0, 100),
    "field.width": (1, 1024),
    "field.depth": (1, 16),
    "field.octaves": (0, 16),
    "field.dimensions": (3, 4),
    "field.frequency": (1e-3, 1e3),
    "field.time_scale": (1e-3, 1e3),
    "model.dropout": (0, 0.99),
    "model.width": (1, 4096),
    "model.depth": (1, 64),
    "model.heads": (1, 256),
    "model.categories": (0, 1000),
    "model.actions": (0, 1000),
}
"""Numbers of the description -> least and greatest value."""
MAX_TOKENS = 4096
QUANTISED = ("projection.basis",)
"""Stored in 8 bits: it is most of the weights' size."""


@dataclass(frozen=True)
class HyperDescription:
    """Contents of `model.json`.

    frames : of a clip; 1 for bodies alone.
    components : principal components of the shared projection; 0: the weights themselves are diffused.
    action_order : names of the actions in the order of their labels.
    conditional : whether the transformer was trained with labels.
    """

    format: int
    engine: str
    name: str
    parameters: int
    field: OccupancyConfig
    frames: int
    components: int
    model: WeightModelConfig
    categories: tuple[CategoryLabel, ...]
    action_order: tuple[str, ...]
    sampling_steps: int
    guidance: float
    training: dict[str, Any]
    conditional: bool = True


@dataclass(frozen=True)
class HyperWeights:
    """Loaded weights; `projection` is None where the weights themselves are diffused."""

    description: HyperDescription
    checksum: str
    model: WeightModel
    projection: WeightProjection | None

    def mlps(self, sampled: Tensor) -> Tensor:
        """Return the flattened MLPs (B, P) of sampled rows (B, S), all but whose last column is theirs."""
        of_mlp = sampled[:, :-1]
        return of_mlp if self.projection is None else cast(Tensor, self.projection.inverse(of_mlp))

    @staticmethod
    def seconds(sampled: Tensor) -> Tensor:
        """Return the durations (B,) of sampled rows (B, S), whose last column is their logarithm."""
        return sampled[:, -1].exp()


def token_sizes(field: OccupancyConfig, components: int, token: int) -> tuple[int, ...]:
    """Return the sizes of the transformer's tokens: of coefficients or weights, and 1 for the duration."""
    if not components:
        return (*field.tensor_sizes, 1)
    whole, rest = divmod(components, token)
    return (*[token] * whole, *([rest] if rest else []), 1)


def description_faults(found: HyperDescription) -> Iterator[str]:
    """Yield what is wrong with a description, as ends of a sentence."""
    yield from bound_faults(found, BOUNDS)
    model = found.model
    yield from network_label_faults(found, model.categories, model.actions)
    expected = (found.components or found.field.parameters) + 1
    if len(model.token_sizes) > MAX_TOKENS or min(model.token_sizes, default=0) < 1:
        yield "its tokens are too many, or empty"
    if sum(model.token_sizes) != expected:
        yield f"its tokens hold {sum(model.token_sizes)} numbers instead of {expected}"
    if found.frames > 1 and found.field.dimensions == 3:
        yield "it has frames, and its field no time (dimensions 3)"
    yield from transformer_faults("model", model.width, model.heads)


def read_hyper_description(folder: Path) -> HyperDescription:
    """Read and check `model.json`; raises ZoetropeError as `read_network_description`."""
    return read_network_description(folder, HyperDescription, ENGINE, description_faults)


def load_hyper_weights(folder: Path, device: str = "cpu") -> HyperWeights:
    """Load weights; raises ZoetropeError of code "weights_missing" or "weights_damaged"."""
    description = read_hyper_description(folder)

    def make() -> dict[str, torch.nn.Module]:
        modules: dict[str, torch.nn.Module] = {"model": WeightModel(description.model)}
        if description.components:
            modules["projection"] = WeightProjection(description.components, description.field.parameters)
        return modules

    config = description.model
    least = 12 * config.depth * config.width**2 + 2 * config.width * sum(config.token_sizes)
    least += description.components * description.field.parameters
    modules, checksum = load_networks(folder, make, least, device, QUANTISED)
    projection = cast(WeightProjection | None, modules.get("projection"))
    return HyperWeights(description, checksum, cast(WeightModel, modules["model"]), projection)


def save_hyper_weights(folder: Path, weights: HyperWeights) -> None:
    """Write weights; the projection's basis in 8 bits, since it is most of their size."""
    modules: dict[str, torch.nn.Module] = {"model": weights.model}
    if weights.projection is not None:
        modules["projection"] = weights.projection
    save_network_folder(folder, weights.description, modules, QUANTISED)
