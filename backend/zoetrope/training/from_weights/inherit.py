"""What a diffusion takes over from one that is there."""

import torch
from torch import nn

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.bundle import Description
from zoetrope.training.data.prepared import PreparedData

FITTED = ("standardiser.", "shape_standardiser.", "noise.", "labels.")
"""Parts of a diffusion that are measured on a run's tokens, or that have other rows there."""


def inherit(
    model: ShapeModel | MotionModel, old: ShapeModel | MotionModel, before: Description, data: PreparedData
) -> None:
    """Give a new diffusion what an old one has learned; labels keep their meaning, whatever their order.

    What is measured on tokens (standardisers, noise) is not taken: the run measures its own.
    """
    state = {k: v for k, v in old.state_dict().items() if not k.startswith(FITTED)}
    model.load_state_dict(state, strict=False)
    there, here = old.labels, model.labels
    names = [category.name for category in before.categories]
    _take_rows(here.category, there.category, names, data.categories)
    _take_rows(here.action, there.action, list(before.action_order), data.actions)


@torch.no_grad()
def _take_rows(here: nn.Embedding, there: nn.Embedding, before: list[str], now: list[str]) -> None:
    here.weight[0] = there.weight[0]
    if len(here.weight) == 1 or len(there.weight) == 1:
        return
    for row, name in enumerate(now, start=1):
        if name in before:
            here.weight[row] = there.weight[before.index(name) + 1]
