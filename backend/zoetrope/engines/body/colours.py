"""Colours of a sampled body: the colour field's regions, painted with a sampled palette."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from zoetrope.assets.region_paint import Colours, RegionPaint
from zoetrope.engines.sampling.token_sampling import sample_palette, seeded_generator
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.fields.chunked import evaluate_in_chunks

GREY = 0.7
"""Colour of creatures if the weights were trained on none that had colours."""


def compose_colours(bundle: Bundle, shape: Tensor, category_index: int, palette_seed: int) -> Colours:
    """Return the colours of a body, for raw shape tokens (1, S).

    From the colour field and a palette sampled with its own seed; grey in weights without a colour field.

    Returns
    -------
    callable
        Points (N, 3) of the rest pose -> sRGB in 0..1 (N, 3) float32.
    """
    if not bundle.colours:
        return lambda points: np.full((len(points), 3), GREY, dtype=np.float32)
    field, model = bundle.colours.field, bundle.colours.model
    with torch.inference_mode():
        palette = sample_palette(model, seeded_generator(palette_seed), shape, category_index)
        latent = shape[:, : field.config.shape_latent]

    def evaluated(function: Callable[[Tensor], Tensor]) -> Callable[[np.ndarray], np.ndarray]:
        def evaluate(points: np.ndarray) -> np.ndarray:
            x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(shape.device)
            with torch.inference_mode():
                return np.asarray(evaluate_in_chunks(function, x).cpu().numpy())

        return evaluate

    colours = palette.reshape(field.config.regions, 3).clamp(0, 1).cpu().numpy()
    return RegionPaint(evaluated(lambda part: field.logits(part[None], latent)[0].softmax(dim=-1)), colours)
