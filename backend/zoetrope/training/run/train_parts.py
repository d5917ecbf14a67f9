"""Train the shape part, the motion part and the colours of a run: which stages follow each other."""

from pathlib import Path

import torch
from torch import Tensor

from zoetrope.engines.weights.bundle import Bundle, Colours
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.hue_variants import HueVariants
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.export.parts import MotionPart, ShapePart
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.stage_loop import Progress
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.colour_field import train_colour_field
from zoetrope.training.stages.motion_diffusion import train_motion_diffusion
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.palette_diffusion import train_palette_diffusion
from zoetrope.training.stages.shape_diffusion import train_shape_diffusion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.tokens import motion_tokens_of, shape_latents_of, shape_tokens_of


def train_shape_part(
    recipe: Recipe,
    data: PreparedData,
    out: Path,
    field: ShapeField,
    latents: Embedding,
    progress: Progress | None,
    start: Bundle | None = None,
) -> ShapePart:
    """Run the shape's stages after pre-training: dictionary fine-tuning and diffusion; no colours yet."""
    dictionary, codes = finetune_shape(recipe, data, out, field, latents, progress)
    tokens = shape_tokens_of(latents, codes)
    model = train_shape_diffusion(recipe, data, out, tokens, progress, start)
    return ShapePart(field, dictionary, tokens, model)


def train_motion_part(
    recipe: Recipe,
    data: PreparedData,
    out: Path,
    shape_embedding: Embedding,
    progress: Progress | None,
    start: Bundle | None = None,
) -> MotionPart:
    """Run the motion's stages: pre-training, dictionary fine-tuning and diffusion.

    Of the shape they need the latents alone, as in DNF, so they can run beside the shape's later stages.
    """
    field, latents = pretrain_motion(recipe, data, out, shape_embedding, progress)
    dictionary, codes = finetune_motion(recipe, data, out, shape_embedding, field, latents, progress)
    tokens = motion_tokens_of(data, latents, codes)
    model = train_motion_diffusion(
        recipe, data, out, shape_latents_of(shape_embedding), tokens, progress, start
    )
    return MotionPart(field, dictionary, tokens, model)


def train_colours(
    recipe: Recipe, data: PreparedData, out: Path, shape_latents: Tensor, progress: Progress | None
) -> Colours | None:
    """Run the colour stages on raw latents (N, Z), if recipe and data have colours."""
    if recipe.palette is None or not bool(data.coloured.any()):
        return None
    variants = HueVariants.of(data, recipe.palette.hue_variants)
    field, embedding = train_colour_field(
        recipe, recipe.palette, data, variants, out, shape_latents, progress
    )
    palettes = embedding(torch.arange(len(variants), device=data.device))
    model = train_palette_diffusion(
        recipe, recipe.palette, data, variants, out, shape_latents, palettes, progress
    )
    return Colours(field, model)
