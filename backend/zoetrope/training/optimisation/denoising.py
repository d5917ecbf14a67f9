"""Training of a network that predicts clean data from noisy data, as HyperDiffusion's do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from zoetrope.diffusion.ddim import TRAIN_TIMESTEPS, add_noise, alphas_cumprod
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.moving_average import ExponentialMovingAverage
from zoetrope.training.optimisation.stage_loop import OnTrainingStep, run_stage

Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class DenoiserRecipe:
    """Optimisation of such a network; settings as in `training.recipe.DiffusionRecipe`.

    sampling_steps : steps of DDIM that the weights are stored with.
    """

    steps: int
    batch: int = 64
    lr: float = 4e-4
    ema: float = 0.999
    label_dropout: float = 0.15
    class_balance: float = 0.5
    sampling_steps: int = 100


def train_denoiser(
    name: str,
    model: Model,
    clean_of: Callable[[Tensor], Tensor],
    category: Tensor,
    action: Tensor,
    stage: DenoiserRecipe,
    folder: Path,
    seed: int,
    on_step: OnTrainingStep | None = None,
) -> Model:
    """Train a network of (x_t, time, category, action); return its moving average. Resumes from `folder`.

    Parameters
    ----------
    name : str
        Of the stage.
    clean_of : callable
        Rows (B,) -> clean data (B, ...).
    category, action : (N,) int
        Label indices of all clips, 0: none.
    """
    device = category.device
    labels = list(zip(category.tolist(), action.tolist(), strict=True))
    weights = sampling_weights(labels, stage.class_balance).to(device)
    levels = alphas_cumprod().to(device)
    average = ExponentialMovingAverage(model, stage.ema)

    def loss_of(generator: torch.Generator) -> Tensor:
        rows = torch.multinomial(weights, stage.batch, replacement=True, generator=generator)
        clean = clean_of(rows)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        time = torch.randint(TRAIN_TIMESTEPS, (len(rows),), generator=generator, device=device)
        kept = torch.rand(len(rows), generator=generator, device=device) >= stage.label_dropout
        noisy = add_noise(clean, noise, levels[time])
        with mixed_precision(device):
            predicted = model(noisy, time / TRAIN_TIMESTEPS, category[rows] * kept, action[rows] * kept)
        return (predicted - clean).square().mean()

    run_stage(
        name,
        folder,
        stage.steps,
        seed,
        {"model": model, "average": average},
        {"model": torch.optim.AdamW(model.parameters(), lr=stage.lr, weight_decay=0.01)},
        loss_of,
        after_step=lambda: average.update(model),
        on_step=on_step,
    )
    return cast(Model, average.module)
