"""How well a run's fields fit the creatures they were trained on.

python -m studies.training_fit.training_fit RECIPE DATA RUN [--detail 128]
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.surface_distance import sample_surface, to_surface
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, QUADRUPED_LEGS, count_legs
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.training.data.prepared import PreparedData, load_prepared
from zoetrope.training.export.weights import gradient_bound, split_tokens
from zoetrope.training.optimisation.checkpoints import steps_done
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.shape_pretraining import pretrain_shape
from zoetrope.training.stages.tokens import shape_tokens

from studies.command_line import add_run


@dataclass(frozen=True)
class Trained:
    """Samples, fields, dictionaries and tables of a run whose fine-tunings are done."""

    data: PreparedData
    field: ShapeField
    dictionary: Dictionary
    latents: Embedding
    codes: Embedding
    motion: MotionField
    motion_dictionary: Dictionary
    motion_latents: ClipEmbedding
    motion_codes: ClipEmbedding


def trained(recipe: Recipe, data: Path, run: Path, *, offsets: bool = True) -> Trained:
    """Read a run's checkpoints and, unless they are not wanted, the offsets of its samples.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a stage is not done.
    """
    for name in ("shape_pretraining", "shape_finetuning", "motion_pretraining", "motion_finetuning"):
        done, steps = steps_done(run / f"{name}.safetensors"), getattr(recipe, name).steps
        if done < steps:
            raise ZoetropeError(
                f"The stage {name} of {run} has done {done} of {steps} steps.",
                code="bad_option",
                remedy="Wait for it, or go on with `zoetrope train`.",
            )
    samples = load_prepared(data, motion=offsets)
    field, latents = pretrain_shape(recipe, samples, run, None)
    dictionary, codes = finetune_shape(recipe, samples, run, field, latents, None)
    motion, motion_latents = pretrain_motion(recipe, samples, run, latents, None)
    motion_dictionary, motion_codes = finetune_motion(
        recipe, samples, run, latents, motion, motion_latents, None
    )
    return Trained(
        samples,
        field,
        dictionary,
        latents,
        codes,
        motion,
        motion_dictionary,
        motion_latents,
        motion_codes,
    )


def distance_of(
    field: ShapeField, dictionary: Dictionary, tokens: Tensor
) -> Callable[[np.ndarray], np.ndarray]:
    """The signed distance (N, 3) -> (N,) of raw shape tokens (1, S)."""
    with torch.inference_mode():
        latent, codes = split_tokens(tokens, field, dictionary)
        weights = [w[0] for w in dictionary.compose(codes)]

    def sdf(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32))
        with torch.inference_mode():
            return np.asarray(field(x[None], latent, weights)[0][0].numpy())

    return sdf


@dataclass(frozen=True)
class Surface:
    """Our surface of a creature beside the true one: mean distances, box units, and what it stands on.

    there : from the true surface to ours; back : from ours to the samples of the true one, an upper bound, as
    it counts the gaps between these; legs : cross-sections near the ground (`count_legs`).
    """

    there: float
    back: float
    legs: int


@torch.inference_mode()
def surfaces(
    data: PreparedData, field: ShapeField, dictionary: Dictionary, tokens: Tensor, bound: float, detail: int
) -> dict[str, Surface]:
    """Every creature's own body, not the augmented ones."""
    out = {}
    for i, body in enumerate(data.bodies):
        if body.index:
            continue
        surface = extract_surface(
            distance_of(field, dictionary, tokens[i : i + 1]), detail, gradient_bound=bound
        )
        vertices, faces = clean_mesh(surface.vertices, surface.faces)[:2]
        true = body.surface.numpy().astype(np.float64)
        there = to_surface(true[:5000], vertices, faces).mean()
        ours = torch.from_numpy(sample_surface(vertices, faces, 5000, 0))
        back = torch.cdist(ours.float(), body.surface).min(dim=1).values.mean()
        legs = count_legs(vertices.astype(np.float64), faces)
        out[data.creatures[body.creature]] = Surface(float(there), float(back), legs)
    return out


def fallen(data: PreparedData, found: dict[str, Surface]) -> list[str]:
    """Four-legged creatures that stand on fewer legs."""
    category = {data.creatures[clip.creature]: clip.category for clip in data.clips}
    return [
        name
        for name, ours in found.items()
        if category.get(name) in FOUR_LEGGED_CATEGORIES and ours.legs < QUADRUPED_LEGS
    ]


@torch.inference_mode()
def end_point_errors(
    data: PreparedData,
    field: MotionField,
    dictionary: Dictionary,
    latents: ClipEmbedding,
    codes: ClipEmbedding,
    shapes: Embedding,
    points: int = 500,
) -> Tensor:
    """End-point errors (clips, frames), box units, on every creature's own body, all model frames."""
    frames = torch.arange(data.rigid.shape[1])
    rows = []
    for i, clip in enumerate(data.clips):
        body = data.bodies_of(clip.creature)[0]
        number = torch.tensor([i])
        weights = dictionary.compose(codes(number, frames[None])[0])
        where = (data.flow_points[body][:points] * data.sides[i]).expand(len(frames), -1, -1)
        shape = shapes(torch.tensor([body])).expand(len(frames), -1)
        predicted = field(where, shape, latents(number, frames[None])[0], weights)
        true = data.offsets[int(data.offset_rows(torch.tensor(body), torch.tensor(i)))][:, :points].float()
        rows.append((predicted - true * data.sides[i]).norm(dim=-1).mean(dim=1))
    return torch.stack(rows)


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_run(parser)
    parser.add_argument("--detail", type=int, default=128, help="cells of the extraction grid")
    given = parser.parse_args()
    recipe = load_recipe(given.recipe)
    run = trained(recipe, given.data, given.run)
    data = run.data
    tokens = shape_tokens(run.latents, run.codes)
    bound = gradient_bound(data, run.field, run.dictionary, tokens)
    found = surfaces(data, run.field, run.dictionary, tokens, bound, given.detail)
    errors = end_point_errors(
        data, run.motion, run.motion_dictionary, run.motion_latents, run.motion_codes, run.latents
    )
    said = {
        "surface_distance": {
            "mean": float(np.mean([ours.there for ours in found.values()])),
            "back_mean": float(np.mean([ours.back for ours in found.values()])),
            "creatures": {name: (ours.there, ours.back) for name, ours in found.items()},
        },
        "on_fewer_than_four_legs": fallen(data, found),
        "end_point_error": {
            "mean": float(errors.mean()),
            "worst_clip": float(errors.mean(dim=1).max()),
            "p95_of_frames": float(errors.flatten().quantile(0.95)),
        },
        "gradient_bound": bound,
    }
    print(json.dumps(said, indent=1))


if __name__ == "__main__":
    main()
