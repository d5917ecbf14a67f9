"""Checks that a recipe and its data fit the weights that a run starts from."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoetrope.engines.weights.bundle import Bundle, Description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.data.training_tokens import FILE, tokens_path
from zoetrope.training.recipe import Recipe


def check_source(recipe: Recipe, source: Path | None) -> None:
    """Refuse a recipe that needs weights without any, or without their tokens where it needs these."""
    if (recipe.frozen or recipe.start_from != "all") and source is None:
        raise ZoetropeError(
            f"The recipe {recipe.name} needs weights to start from.",
            code="bad_option",
            remedy="Give the folder of weights with --from.",
        )
    if recipe.frozen == "tokens" and source and not tokens_path(source).is_file():
        raise ZoetropeError(
            f"The recipe {recipe.name} needs the training tokens of the weights.",
            code="bad_option",
            remedy=f"Put their {FILE} into {source}, or use a recipe that trains the fields too.",
        )


def check_labels(data: PreparedData, start: Bundle) -> None:
    """Refuse weights whose categories or actions are not those of the data."""
    categories = [category.name for category in start.description.categories]
    actions = list(start.description.action_order)
    for what, theirs, ours in (
        ("categories", categories, data.categories),
        ("actions", actions, data.actions),
    ):
        if theirs != ours:
            raise ZoetropeError(
                f"The weights have the {what} {', '.join(theirs)}, the data {', '.join(ours)}.",
                code="bad_option",
                remedy="Use a recipe that trains everything (shipped), or adopt.",
            )


def check_sizes(recipe: Recipe, old: Description) -> None:
    """Refuse a recipe whose networks differ from those of the weights."""
    pairs: dict[str, tuple[Any, Any]] = {
        "shape field": (recipe.shape_field, old.shape_field),
        "shape dictionary": (recipe.shape_dictionary, old.shape_dictionary),
    }
    if recipe.start_from == "all":
        pairs |= {
            "motion field": (recipe.motion_field, old.motion_field),
            "motion dictionary": (recipe.motion_dictionary, old.motion_dictionary),
            "number of frames": (recipe.data.frames, old.motion_model.frames),
            "value of clip_codes": (recipe.clip_codes, old.motion_model.clip_codes),
        }
    for name in ("shape", "motion") if recipe.start_from == "all" else ():
        stage, model = asdict(getattr(recipe, f"{name}_diffusion")), asdict(getattr(old, f"{name}_model"))
        sizes = ("width", "depth", "heads")
        pairs[f"{name} diffusion"] = [stage[s] for s in sizes], [model[s] for s in sizes]
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            raise ZoetropeError(
                f"The recipe {recipe.name} has another {name} than the weights: {ours}, not {theirs}.",
                code="bad_option",
                remedy="Give the recipe that the weights were trained with, or one that has it as its base.",
            )


def check_frames(data: PreparedData, old: Description) -> None:
    """Refuse samples whose number of frames is not that of the weights."""
    if data.rigid.shape[1] != old.motion_model.frames:
        raise ZoetropeError(
            f"The samples have {data.rigid.shape[1]} frames a clip, the weights {old.motion_model.frames}.",
            code="bad_option",
            remedy="Give a recipe with the weights' number of frames.",
        )
