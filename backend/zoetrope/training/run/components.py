"""The two halves of what a run makes, bodies and motion: learned, or those of weights that stay."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.bundle import Bundle, Colours
from zoetrope.errors import ZoetropeError
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.palettes import Coats
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.data.tokens import motion_tokens, shape_latents, shape_tokens
from zoetrope.training.data.training_tokens import FILE, tokens_path
from zoetrope.training.recipe import Recipe
from zoetrope.training.run.loop import Progress
from zoetrope.training.stages import colour as colour_stages
from zoetrope.training.stages import motion_field as motion_stages
from zoetrope.training.stages import shape_field as shape_stages
from zoetrope.training.stages.embeddings import Embedding
from zoetrope.training.stages.motion_diffusion import train_motion_diffusion
from zoetrope.training.stages.shape_diffusion import train_shape_diffusion


@dataclass(frozen=True)
class Bodies:
    """All that draws bodies and their coats; tokens (N, S), raw.

    bound : of the distance's gradient, where it is known.
    """

    field: ShapeField
    dictionary: Dictionary
    tokens: Tensor
    model: ShapeModel
    colours: Colours | None = None
    bound: float | None = None

    def cpu(self) -> "Bodies":
        """Moved to the CPU."""
        colours = Colours(self.colours.field.cpu(), self.colours.model.cpu()) if self.colours else None
        parts = self.field.cpu(), self.dictionary.cpu(), self.tokens.cpu(), self.model.cpu()
        return Bodies(*parts, colours, self.bound)


@dataclass(frozen=True)
class Motion:
    """All that moves bodies; tokens (C, T, M), raw."""

    field: MotionField
    dictionary: Dictionary
    tokens: Tensor
    model: MotionModel

    def cpu(self) -> "Motion":
        """Moved to the CPU."""
        return Motion(self.field.cpu(), self.dictionary.cpu(), self.tokens.cpu(), self.model.cpu())


def learned_bodies(
    recipe: Recipe,
    data: PreparedData,
    out: Path,
    field: ShapeField,
    latents: Embedding,
    progress: Progress | None,
    start: Bundle | None = None,
) -> Bodies:
    """Dictionary and diffusion of the shape: what does not wait for the motion; no coats yet."""
    dictionary, codes = shape_stages.finetune(recipe, data, out, field, latents, progress)
    tokens = shape_tokens(latents, codes)
    model = train_shape_diffusion(recipe, data, out, tokens, progress, start)
    return Bodies(field, dictionary, tokens, model)


def learned_motion(
    recipe: Recipe,
    data: PreparedData,
    out: Path,
    latents: Embedding,
    progress: Progress | None,
    start: Bundle | None = None,
) -> Motion:
    """Motion field, dictionary and diffusion: of the shape they need the latents only, as DNF's do."""
    field, own = motion_stages.pretrain(recipe, data, out, latents, progress)
    dictionary, codes = motion_stages.finetune(recipe, data, out, latents, field, own, progress)
    tokens = motion_tokens(data, own, codes)
    model = train_motion_diffusion(recipe, data, out, shape_latents(latents), tokens, progress, start)
    return Motion(field, dictionary, tokens, model)


def train_colours(
    recipe: Recipe, data: PreparedData, out: Path, latents: Tensor, progress: Progress | None
) -> Colours | None:
    """Colour field and palettes of a recipe that has them apart from the shape."""
    if recipe.palette is None or not bool(data.coloured.any()):
        return None
    coats = Coats.of(data, recipe.palette.hue_variants)
    field, table = colour_stages.train_field(recipe, recipe.palette, data, coats, out, latents, progress)
    palettes = table(torch.arange(len(coats), device=data.device))
    model = colour_stages.train_palettes(
        recipe, recipe.palette, data, coats, out, latents, palettes, progress
    )
    return Colours(field, model)


def check_source(recipe: Recipe, source: Path | None) -> None:
    """Refuse a recipe that keeps parts of weights where none are given, or, for the motion, no tokens."""
    if recipe.frozen and source is None:
        raise ZoetropeError(
            f"The recipe {recipe.name} keeps parts of weights, and there are none.",
            code="bad_option",
            remedy="Give the folder of weights with --from.",
        )
    if recipe.frozen == "tokens" and source and not tokens_path(source).is_file():
        raise ZoetropeError(
            f"The recipe {recipe.name} keeps motion, which needs the tokens of the run that learned it.",
            code="bad_option",
            remedy=f"Put its {FILE} into {source}, or use a recipe that trains the fields too.",
        )


def check_labels(data: PreparedData, start: Bundle) -> None:
    """Refuse to keep parts of weights that know other kinds, or other actions, than the data."""
    known = [category.name for category in start.description.categories]
    order = list(start.description.action_order)
    for what, theirs, ours in (("bodies", known, data.categories), ("motions", order, data.actions)):
        if theirs != ours:
            raise ZoetropeError(
                f"The weights draw {what} of {', '.join(theirs)}, the data have {', '.join(ours)}.",
                code="bad_option",
                remedy="Use a recipe that learns all of it (shipped-cpu), or adopt.",
            )
