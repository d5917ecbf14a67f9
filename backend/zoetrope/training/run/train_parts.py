"""Train the shape part, the motion part and the colours of a run: which stages follow each other."""

from torch import Tensor

from zoetrope.diffusion.shape_model import split_shape_tokens
from zoetrope.engines.weights.bundle import Bundle, Colours
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.interpolation_limits import SignedDistance
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
        return lambda points: field(points, latent, weights)[0]

    model = train_shape_diffusion(recipe, context, tokens, start, compose)
    return ShapePart(field, dictionary, tokens, model)


def train_motion_part(
    recipe: Recipe,
    context: StageContext,
    shape_embedding: Embedding,
    start: Bundle | None = None,
) -> MotionPart:
    """Run the motion's stages: pre-training, dictionary fine-tuning and diffusion.

    Of the shape they need the latents alone, as in DNF, so they can run beside the shape's later stages.
    """
    field, latents = pretrain_motion(recipe, context, shape_embedding)
    dictionary, codes = finetune_motion(recipe, context, shape_embedding, field, latents)
    tokens = motion_tokens_of(context.data, latents, codes)
    model = train_motion_diffusion(recipe, context, shape_latents_of(shape_embedding), tokens, start)
    return MotionPart(field, dictionary, tokens, model)


def train_colours(recipe: Recipe, context: StageContext, shape_latents: Tensor) -> Colours | None:
    """Run the colour stages on raw latents (N, Z), if recipe and data have colours."""
    if recipe.palette is None or not bool(context.data.coloured.any()):
        return None
    field = train_colour_field(recipe.palette, context, shape_latents)
    model = train_palette_diffusion(recipe.palette, context, shape_latents, context.data.palettes.flatten(1))
    return Colours(field, model)
