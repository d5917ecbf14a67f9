"""Generative replay: samples of the old weights, mixed into a diffusion's batches of new data."""

import torch
from torch import Tensor

from zoetrope.engines.token_sampling import sample_motion, sample_palette, sample_shape
from zoetrope.engines.weights.bundle import Bundle, Colours
from zoetrope.training.stages.motion_diffusion import Windows
from zoetrope.training.stages.palette_diffusion import Palettes

REPLAY_SIZE = 192
"""Bodies, and windows of motion, sampled for the replay."""
REPLAY_SHARE = 0.5
"""Of each batch."""
FIRST_SEED = 1_800_000_000


@torch.inference_mode()
def sample_replay(bundle: Bundle, count: int) -> tuple[tuple[Tensor, Tensor], Windows]:
    """Sample the categories and actions of weights in turn, without guidance.

    Returns
    -------
    shapes : standardised tokens (R, S) and category indices (R,)
    windows : standardised windows of motion on these shapes, with their conditions
    """
    description = bundle.description
    labels = [
        (c + 1, description.action_order.index(action.name) + 1, action)
        for c, category in enumerate(description.categories)
        for action in category.actions
    ]
    shapes, windows, latents, categories, actions, flags = [], [], [], [], [], []
    for i in range(count):
        category, action, label = labels[i % len(labels)]
        generator = torch.Generator().manual_seed(FIRST_SEED + i)
        shape = sample_shape(bundle.shape_model, generator, category, 1.0)
        flag = (label.cyclic, label.returns_to_start)
        motion = sample_motion(bundle.motion_model, generator, shape, category, action, flag, 1.0)
        shapes.append(bundle.shape_model.standardiser(shape)[0])
        windows.append(bundle.motion_model.standardiser(motion))
        latents.append(
            bundle.motion_model.shape_standardiser(shape[:, : bundle.motion_model.config.shape])[0]
        )
        categories.append(category)
        actions.append(action)
        flags.append([float(f) for f in flag])
    device = shapes[0].device
    category_index = torch.tensor(categories, device=device)
    action_index = torch.tensor(actions, device=device)
    conditions = torch.stack(latents), category_index, action_index, torch.tensor(flags, device=device)
    return (torch.stack(shapes), category_index), (torch.stack(windows), *conditions)


def sample_palette_replay(colours: Colours, shapes: Tensor, categories: Tensor) -> Palettes:
    """Sample a palette for each of raw shape tokens (R, S) of categories (R,)."""
    model = colours.model
    palettes = [
        sample_palette(model, torch.Generator().manual_seed(FIRST_SEED + i), shapes[i : i + 1], int(category))
        for i, category in enumerate(categories)
    ]
    latents = model.shape_standardiser(shapes[:, : model.config.shape])
    return model.standardiser(torch.cat(palettes)), latents, categories
