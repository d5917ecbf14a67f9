"""A run that begins from weights instead of from nothing: fields, dictionaries and diffusions learn on.

The creatures' tokens are fitted to the fields as they are, beginning at those of the weights' own run where
they lie beside the weights; then the run folder gets the checkpoints that the run would have after its
pre-training, and the run goes on from there as if it had made them itself.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zoetrope.engines.bundle import Bundle, Description, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.data.training_tokens import initial_tokens, load_tokens, tokens_path
from zoetrope.training.from_weights.adopt import fit_bodies, fit_clips
from zoetrope.training.recipe import Recipe
from zoetrope.training.run.checkpoints import save_checkpoint
from zoetrope.training.run.distributed import rank, together
from zoetrope.training.run.loop import Progress
from zoetrope.training.stages.embeddings import ClipEmbedding, Embedding


def begin(source: Path, recipe: Recipe, data: PreparedData, out: Path, progress: Progress | None) -> Bundle:
    """Put the weights of a folder where a run's pre-training would be; done once, later calls only load.

    Steps of the pre-trainings are those of fitting the tokens.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the recipe's networks are not those of the weights.
    """
    bundle = load_bundle(source, str(data.device))
    check_sizes(recipe, bundle.description)
    if not (out / "motion_finetuning.safetensors").exists():
        shapes, clips = _tokens(bundle, source, recipe, data, out, progress)
        if rank() == 0:
            _save_shape(bundle, recipe, data, out, shapes)
            _save_motion(bundle, recipe, data, out, clips)
        together()
    return bundle


def _tokens(
    bundle: Bundle, source: Path, recipe: Recipe, data: PreparedData, out: Path, progress: Progress | None
) -> tuple[Tensor, Tensor]:
    """Raw tokens of all bodies (N, S) and clips (C, T, M), fitted."""
    tokens = tokens_path(source)
    near = initial_tokens(load_tokens(tokens), data) if tokens.exists() else (None, None)
    bodies, moves, seed = recipe.shape_pretraining, recipe.motion_pretraining, recipe.seed
    shapes = fit_bodies(bundle, bodies, seed, data, out, progress, near[0])
    return shapes, fit_clips(bundle, moves, seed, data, out, shapes, progress, near[1])


def check_sizes(recipe: Recipe, old: Description) -> None:
    """Refuse a recipe whose networks are not those of weights."""
    pairs: dict[str, tuple[Any, Any]] = {
        "shape field": (recipe.shape_field, old.shape_field),
        "motion field": (recipe.motion_field, old.motion_field),
        "shape dictionary": (recipe.shape_dictionary, old.shape_dictionary),
        "motion dictionary": (recipe.motion_dictionary, old.motion_dictionary),
        "frames": (recipe.data.frames, old.motion_model.frames),
        "clip codes": (recipe.clip_codes, old.motion_model.clip_codes),
    }
    for name in ("shape", "motion"):
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


def _save_shape(bundle: Bundle, recipe: Recipe, data: PreparedData, out: Path, tokens: Tensor) -> None:
    field, dictionary = bundle.shape_field, bundle.shape_dictionary
    latents = Embedding(len(data.bodies), recipe.shape_field.latent, deviation=0.0)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0)
    latents.fill(tokens[:, : recipe.shape_field.latent])
    codes.fill(tokens[:, recipe.shape_field.latent :])
    tuned: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.shape_dictionary.live:
        tuned["biases"] = field.mlp.biases
    _matrices_of_no_code(bundle.shape_field.mlp.weights, dictionary.compose(codes(torch.tensor([0])) * 0))
    steps = recipe.shape_pretraining.steps
    save_checkpoint(out / "shape_pretraining.safetensors", steps, {"field": field, "latents": latents}, {})
    save_checkpoint(out / "shape_finetuning.safetensors", 0, tuned, {})


def _save_motion(bundle: Bundle, recipe: Recipe, data: PreparedData, out: Path, tokens: Tensor) -> None:
    field, dictionary = bundle.motion_field, bundle.motion_dictionary
    own, (layers, size) = recipe.motion_field.latent, dictionary.code_shape()
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, recipe.data.frames, own)
    codes = ClipEmbedding(cyclic, recipe.data.frames, layers, size, constant=recipe.clip_codes)
    latents.fill(tokens[..., :own])
    codes.fill(tokens[..., own : own + layers * size])
    tuned: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.motion_dictionary.live:
        tuned |= {"biases": field.mlp.biases, "latents": latents}
    _matrices_of_no_code(field.mlp.weights, dictionary.compose(torch.zeros(1, layers, size)))
    steps = recipe.motion_pretraining.steps
    save_checkpoint(out / "motion_pretraining.safetensors", steps, {"field": field, "latents": latents}, {})
    save_checkpoint(out / "motion_finetuning.safetensors", 0, tuned, {})


@torch.no_grad()
def _matrices_of_no_code(matrices: nn.ParameterList, composed: list[Tensor]) -> None:
    """A field's own matrices are not kept beside a dictionary: the zero code's stand in for them."""
    for matrix, weight in zip(matrices, composed, strict=True):
        matrix.copy_(weight[0])
