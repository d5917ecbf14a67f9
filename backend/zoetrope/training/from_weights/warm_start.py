"""Start a run from weights: fields, dictionaries and diffusions are trained further.

The creatures' tokens are fitted to the frozen fields, starting at the weights' training tokens where these
are in the folder. Then the run folder gets the checkpoints that the run would have after its pre-training,
and the run resumes from them. A recipe with `start_from = "shape"` takes the shape field and its dictionary
alone, so that the weights' clips are not in its motion.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.data.training_tokens import initial_tokens, load_tokens, tokens_path
from zoetrope.training.from_weights.compatibility import check_sizes
from zoetrope.training.from_weights.fit_training_creatures import (
    TOKEN_LR,
    fit_motion_tokens,
    fit_shape_tokens,
)
from zoetrope.training.from_weights.fit_unseen_creature import CODE_LR, LATENT_LR
from zoetrope.training.optimisation.checkpoints import save_checkpoint
from zoetrope.training.optimisation.distributed import barrier, rank
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.context import StageContext


def start_from_weights(source: Path, recipe: Recipe, context: StageContext) -> Bundle | None:
    """Load weights and, in a new run folder, write them as its pre-training checkpoints.

    The tokens are fitted with the steps and batches of the pre-training stages. Returned are the weights
    whose diffusions are trained further; None if they are learned anew.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the recipe's networks are not those of the weights.
    """
    data, out = context.data, context.folder
    bundle = load_bundle(source, str(data.device))
    check_sizes(recipe, bundle.description)
    shape_alone = recipe.start_from == "shape"
    last = "shape" if shape_alone else "motion"
    if not (out / f"{last}_finetuning.safetensors").exists():
        path = tokens_path(source)
        initial = initial_tokens(load_tokens(path), data) if path.exists() else (None, None)
        rates = (LATENT_LR, CODE_LR) if shape_alone else (TOKEN_LR, TOKEN_LR)
        shape_tokens = fit_shape_tokens(bundle, recipe.shape_pretraining, context, initial[0], rates)
        motion_tokens = None
        if not shape_alone:
            stage = recipe.motion_pretraining
            motion_tokens = fit_motion_tokens(bundle, stage, context, shape_tokens, initial[1])
        if rank() == 0:
            _save_shape_checkpoints(bundle, recipe, data, out, shape_tokens)
            if motion_tokens is not None:
                _save_motion_checkpoints(bundle, recipe, data, out, motion_tokens)
        barrier()
    return None if shape_alone else bundle


def _save_shape_checkpoints(
    bundle: Bundle, recipe: Recipe, data: PreparedData, out: Path, tokens: Tensor
) -> None:
    field, dictionary = bundle.shape_field, bundle.shape_dictionary
    latents = Embedding(len(data.bodies), recipe.shape_field.latent, deviation=0.0)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0)
    latents.fill(tokens[:, : recipe.shape_field.latent])
    codes.fill(tokens[:, recipe.shape_field.latent :])
    finetuned: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.shape_dictionary.live:
        finetuned["biases"] = field.mlp.biases
    _set_matrices(field.mlp.weights, dictionary.compose(_zero_code(dictionary)))
    steps = recipe.shape_pretraining.steps
    save_checkpoint(out / "shape_pretraining.safetensors", steps, {"field": field, "latents": latents}, {})
    save_checkpoint(out / "shape_finetuning.safetensors", 0, finetuned, {})


def _save_motion_checkpoints(
    bundle: Bundle, recipe: Recipe, data: PreparedData, out: Path, tokens: Tensor
) -> None:
    field, dictionary = bundle.motion_field, bundle.motion_dictionary
    config, (layers, code_size) = bundle.motion_model.config, dictionary.code_shape()
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, recipe.data.frames, config.latent)
    codes = ClipEmbedding(cyclic, recipe.data.frames, layers, code_size, constant=recipe.clip_codes)
    latents.fill(tokens[..., config.latents])
    codes.fill(tokens[..., config.codes])
    finetuned: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.motion_dictionary.live:
        finetuned |= {"biases": field.mlp.biases, "latents": latents}
    _set_matrices(field.mlp.weights, dictionary.compose(_zero_code(dictionary)))
    steps = recipe.motion_pretraining.steps
    save_checkpoint(out / "motion_pretraining.safetensors", steps, {"field": field, "latents": latents}, {})
    save_checkpoint(out / "motion_finetuning.safetensors", 0, finetuned, {})


def _zero_code(dictionary: Dictionary) -> Tensor:
    return torch.zeros(1, *dictionary.code_shape(), device=next(dictionary.parameters()).device)


@torch.no_grad()
def _set_matrices(matrices: nn.ParameterList, composed: list[Tensor]) -> None:
    """Set a field's matrices to those of the zero code: weights store the dictionary only."""
    for matrix, weight in zip(matrices, composed, strict=True):
        matrix.copy_(weight[0])
