"""The fields, dictionaries and embeddings of a finished run, from its checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.diffusion.shape_model import split_shape_tokens
from zoetrope.errors import ZoetropeError
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared_samples import PreparedData, load_prepared
from zoetrope.training.optimisation.checkpoints import steps_done
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.shape_pretraining import pretrain_shape

STAGES = ("shape_pretraining", "shape_finetuning", "motion_pretraining", "motion_finetuning")


@dataclass(frozen=True)
class TrainedRun:
    """Samples, fields, dictionaries and embeddings of a run whose fine-tuning stages are finished."""

    data: PreparedData
    field: ShapeField
    dictionary: Dictionary
    latents: Embedding
    codes: Embedding
    motion_field: MotionField
    motion_dictionary: Dictionary
    motion_latents: ClipEmbedding
    motion_codes: ClipEmbedding


def load_run(recipe: Recipe, data: Path, run: Path, *, motion: bool = True) -> TrainedRun:
    """Read a run's checkpoints and its prepared samples.

    Parameters
    ----------
    motion : bool
        False leaves out the offsets of the samples.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a stage is not finished.
    """
    for name in STAGES:
        done, steps = steps_done(run / f"{name}.safetensors"), getattr(recipe, name).steps
        if done < steps:
            raise ZoetropeError(
                f"The stage {name} of {run} has done {done} of {steps} steps.",
                code="bad_option",
                remedy="Continue it with `zoetrope train`.",
            )
    samples = load_prepared(data, motion=motion)
    context = StageContext(samples, run, recipe.seed)
    field, latents = pretrain_shape(recipe, context)
    dictionary, codes = finetune_shape(recipe, context, field, latents)
    motion_field, motion_latents = pretrain_motion(recipe, context, latents)
    motion_dictionary, motion_codes = finetune_motion(recipe, context, latents, motion_field, motion_latents)
    shape = field, dictionary, latents, codes
    return TrainedRun(samples, *shape, motion_field, motion_dictionary, motion_latents, motion_codes)


def signed_distance_of(
    field: ShapeField, dictionary: Dictionary, tokens: Tensor
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the signed distance (N, 3) -> (N,) of raw shape tokens (1, S)."""
    with torch.inference_mode():
        latent, codes = split_shape_tokens(tokens, field.config.latent, dictionary.config.code)
        weights = [w[0] for w in dictionary.compose(codes)]

    def sdf(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32))
        with torch.inference_mode():
            return np.asarray(field(x[None], latent, weights)[0][0].numpy())

    return sdf
