"""Diffusion over the MLPs' numbers (HyperDiffusion, section 3.2): prediction of the clean ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from zoetrope.diffusion.ddim import TIMES, add_noise, signal_levels
from zoetrope.diffusion.weight_model import WeightModel, WeightModelConfig
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.hyperdiffusion.recipe import WeightDiffusionRecipe
from zoetrope.training.optimisation.moving_average import ExponentialMovingAverage
from zoetrope.training.optimisation.stage_loop import OnTrainingStep, mixed_precision, run_stage


@dataclass(frozen=True)
class LabelledNumbers:
    """What the diffusion learns: numbers (N, S) of all clips with their label indices (N,), 0: none."""

    numbers: Tensor
    category: Tensor
    action: Tensor


def train_weight_diffusion(
    data: LabelledNumbers,
    config: WeightModelConfig,
    recipe: WeightDiffusionRecipe,
    folder: Path,
    seed: int,
    on_step: OnTrainingStep | None = None,
) -> WeightModel:
    """Train the transformer; return its moving average. Resumes from its checkpoint in `folder`."""
    torch.manual_seed(seed)
    device = data.numbers.device
    model = WeightModel(config).to(device)
    model.fit_standardiser(data.numbers)
    clean_of = model.standardiser(data.numbers)
    labels = list(zip(data.category.tolist(), data.action.tolist(), strict=True))
    weights = sampling_weights(labels, recipe.class_balance).to(device)
    levels = signal_levels().to(device)
    average = ExponentialMovingAverage(model, recipe.ema)

    def loss_of(generator: torch.Generator) -> Tensor:
        rows = torch.multinomial(weights, recipe.batch, replacement=True, generator=generator)
        clean = clean_of[rows]
        noise = torch.randn(clean.shape, generator=generator, device=device)
        time = torch.randint(TIMES, (len(rows),), generator=generator, device=device)
        kept = torch.rand(len(rows), generator=generator, device=device) >= recipe.label_dropout
        with mixed_precision(device):
            predicted = model(
                add_noise(clean, noise, levels[time]),
                time / TIMES,
                data.category[rows] * kept,
                data.action[rows] * kept,
            )
        return (predicted - clean).square().mean()

    run_stage(
        "weight_diffusion",
        folder,
        recipe.steps,
        seed,
        {"model": model, "average": average},
        {"model": torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)},
        loss_of,
        after_step=lambda: average.update(model),
        on_step=on_step,
    )
    return cast(WeightModel, average.module)
