"""From trained parts to a folder of weights: networks, description, training tokens, measured settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.diffusion.shape_model import split_shape_tokens
from zoetrope.engines.weights.bundle import FORMAT, Bundle, Description, save_bundle
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.category_labels import category_labels
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.data.training_spectra import clip_spectra
from zoetrope.training.data.training_tokens import FILE, TrainingTokens, power_of_same_run, save_tokens
from zoetrope.training.export.body_limits import add_body_limits
from zoetrope.training.export.measure_temporal_filter import add_temporal_filter
from zoetrope.training.export.parts import MotionPart, ShapePart
from zoetrope.training.optimisation.distributed import rank
from zoetrope.training.recipe import Recipe


def write_weights(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shape: ShapePart,
    motion: MotionPart,
    earlier: TrainingTokens | None = None,
    start: Mapping[str, Any] | None = None,
) -> None:
    """Write all files of a folder of weights, from the first process.

    Parameters
    ----------
    earlier : TrainingTokens, optional
        Of the run that this one started from; give the power of the clips where no motion is prepared.
    start : mapping, optional
        What the weights that this run started from were trained on.
    """
    if rank():
        return
    shape, motion = shape.cpu(), motion.cpu()
    power = clip_spectra(data)
    if power is None and earlier:
        power = power_of_same_run(earlier, data)
    save_tokens(folder / FILE, data, shape.tokens, motion.tokens, power)
    save_networks(recipe, data.to("cpu"), folder, shape, motion, start)
    add_temporal_filter(folder, folder / FILE)
    add_body_limits(folder, folder / FILE)


def save_networks(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shape: ShapePart,
    motion: MotionPart,
    start: Mapping[str, Any] | None = None,
) -> None:
    """Write the networks and their description, without a temporal filter; arguments as `write_weights`."""
    colours = shape.colours
    modules: tuple[nn.Module, ...] = (shape.dictionary, motion.dictionary, shape.model, motion.model)
    if colours:
        modules = (*modules, colours.field, colours.model)
    count = sum(p.numel() for m in modules for p in m.state_dict().values())
    count += sum(b.numel() for f in (shape.field, motion.field) for b in f.mlp.biases)
    bound = shape.gradient_bound or round(
        gradient_bound(data, shape.field, shape.dictionary, shape.tokens), 4
    )
    description = Description(
        format=FORMAT,
        name=recipe.name,
        parameters=count,
        shape_field=recipe.shape_field,
        motion_field=recipe.motion_field,
        shape_dictionary=recipe.shape_dictionary,
        motion_dictionary=recipe.motion_dictionary,
        shape_model=shape.model.config,
        motion_model=motion.model.config,
        categories=category_labels(data),
        action_order=tuple(data.actions),
        gradient_bound=bound,
        shape_guidance=recipe.shape_diffusion.guidance,
        motion_guidance=recipe.motion_diffusion.guidance,
        training={
            "recipe": recipe.name,
            "split": recipe.data.split,
            "part": "train",
            "creatures": data.creatures,
            "clips": len(data.clips),
            "bodies": len(data.bodies),
            "torch": torch.__version__,
            **({"start": {"taken": recipe.start_from, **start}} if start else {}),
        },
        colour_field=colours.field.config if colours else None,
        palette_model=colours.model.config if colours else None,
        proportion_strengths=recipe.proportion_strengths,
    )
    fields = shape.field, shape.dictionary, motion.field, motion.dictionary
    save_bundle(folder, Bundle(description, "", *fields, shape.model, motion.model, colours))


def gradient_bound(
    data: PreparedData, field: ShapeField, dictionary: Dictionary, tokens: Tensor, bodies: int = 24
) -> float:
    """Return the 99.9th percentile of |gradient of the SDF| at samples of some bodies, at least 1."""
    norms = []
    for body in torch.linspace(0, len(data.bodies) - 1, min(bodies, len(data.bodies))).long().tolist():
        latent, codes = split_shape_tokens(
            tokens[body : body + 1], field.config.latent, dictionary.config.code
        )
        weights = dictionary.compose(codes)
        points = data.sdf_points[body : body + 1, :4096].clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(field(points, latent, weights).sum(), points)
        norms.append(gradient.norm(dim=-1).flatten())
    return max(1.0, float(torch.cat(norms).quantile(0.999)))
