"""Train the shape part, the motion part and the colours of a run: which stages follow each other."""

import copy

from torch import Tensor

from zoetrope.diffusion.shape_model import split_shape_tokens
from zoetrope.engines.weights.bundle import Bundle, ColourNetworks
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.interpolation_limits import SignedDistance
from zoetrope.training.data.latent_interpolation import MeasureLimits, measured_limits
from zoetrope.training.export.parts import MotionPart, ShapePart
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.colour_field import train_colour_field
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_diffusion import train_motion_diffusion
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.palette_diffusion import train_palette_diffusion
from zoetrope.training.stages.shape_diffusion import train_shape_diffusion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.tokens import motion_tokens_of, shape_latents_of, shape_tokens_of


def train_shape_part(
    recipe: Recipe,
    context: StageContext,
    field: ShapeField,
    latents: Embedding,
    start: Bundle | None = None,
) -> ShapePart:
    """Run the shape's stages after pre-training: dictionary fine-tuning and diffusion; no colours yet."""
    dictionary, codes = finetune_shape(recipe, context, field, latents)
    tokens = shape_tokens_of(latents, codes)

    def compose(of: Tensor) -> SignedDistance:
        latent, code = split_shape_tokens(of, field.config.latent, dictionary.config.code)
        weights = dictionary.compose(code)
        return lambda points: field(points, latent, weights)

    limits = measured_limits(context.data, compose, tokens)
    model = train_shape_diffusion(recipe, context, tokens, start, limits)
    return ShapePart(field, dictionary, tokens, model)


def limits_of_latents(context: StageContext, field: ShapeField, latents: Embedding) -> MeasureLimits:
    """Return a function that measures how far latents may be interpolated, with the pre-trained field.

    The field's biases may be trained further meanwhile, hence the copy.
    """
    pretrained = copy.deepcopy(field)
    return measured_limits(
        context.data, lambda of: lambda points: pretrained(points, of), shape_latents_of(latents)
    )


def train_motion_part(
    recipe: Recipe,
    context: StageContext,
    shape_embedding: Embedding,
    start: Bundle | None = None,
    limits: MeasureLimits | None = None,
) -> MotionPart:
    """Run the motion's stages: pre-training, dictionary fine-tuning and diffusion.

    Of the shape they need the latents alone, as in DNF, so they can run beside the shape's later stages.
    `limits`: how far these may be interpolated, see `LatentInterpolator`.
    """
    field, latents = pretrain_motion(recipe, context, shape_embedding)
    dictionary, codes = finetune_motion(recipe, context, shape_embedding, field, latents)
    tokens = motion_tokens_of(context.data, latents, codes)
    model = train_motion_diffusion(recipe, context, shape_latents_of(shape_embedding), tokens, start, limits)
    return MotionPart(field, dictionary, tokens, model)


def train_colours(
    recipe: Recipe, context: StageContext, shape_latents: Tensor, limits: MeasureLimits | None = None
) -> ColourNetworks | None:
    """Run the colour stages on raw latents (N, Z), if the data have colours; `limits` as for the motion."""
    data = context.data
    if not bool(data.coloured.any()):
        return None
    field = train_colour_field(recipe.colour_field, context, shape_latents)
    palettes = data.palettes.flatten(1)
    model = train_palette_diffusion(recipe.palette_diffusion, context, shape_latents, palettes, limits)
    return ColourNetworks(field, model)
