"""What the stages of all diffusions share: the optimiser, the averaged model, initialisation from weights."""

from collections.abc import Callable
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.weights.bundle import Description
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.moving_average import ExponentialMovingAverage
from zoetrope.training.recipe import DiffusionRecipe, PaletteDiffusionRecipe
from zoetrope.training.stages.context import StageContext

Model = TypeVar("Model", bound=nn.Module)

NOT_COPIED = ("standardiser.", "shape_standardiser.", "noise.", "labels.")
"""Parts that are fitted to a run's own tokens, or whose rows are matched by label."""


def train_with_ema(
    name: str,
    model: Model,
    stage: DiffusionRecipe | PaletteDiffusionRecipe,
    loss_of: Callable[[torch.Generator], Tensor],
    context: StageContext,
) -> Model:
    """Train a diffusion model with AdamW from its present weights; return their moving average."""
    average = ExponentialMovingAverage(model, stage.ema)
    context.run(
        name,
        stage.steps,
        {"model": model, "average": average},
        {"model": torch.optim.AdamW(model.parameters(), lr=stage.lr, weight_decay=0.01)},
        loss_of,
        after_step=lambda: average.update(model),
    )
    return cast(Model, average.module)


def copy_trained_weights(
    model: ShapeModel | MotionModel, old: ShapeModel | MotionModel, before: Description, data: PreparedData
) -> None:
    """Copy a trained model's weights into a new one of the same size, label embeddings by label name.

    Standardisers and noise are not copied: the run fits them to its own tokens.
    """
    state = {k: v for k, v in old.state_dict().items() if not k.startswith(NOT_COPIED)}
    model.load_state_dict(state, strict=False)
    categories = [category.name for category in before.categories]
    _copy_labels(model.labels.category, old.labels.category, categories, data.categories)
    _copy_labels(model.labels.action, old.labels.action, list(before.action_order), data.actions)


@torch.no_grad()
def _copy_labels(new: nn.Embedding, old: nn.Embedding, old_labels: list[str], new_labels: list[str]) -> None:
    new.weight[0] = old.weight[0]
    if len(new.weight) == 1 or len(old.weight) == 1:
        return
    for row, name in enumerate(new_labels, start=1):
        if name in old_labels:
            new.weight[row] = old.weight[old_labels.index(name) + 1]
