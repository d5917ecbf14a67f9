"""How well do a run's fields fit the creatures that they were trained on? Prints JSON.

python -m studies.training_fit.measure RECIPE DATA RUN [--detail 128]
"""

import argparse
import json
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points, to_surface
from zoetrope.fields.shape import ShapeField
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, QUADRUPED_LEGS, count_legs
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.export.weights import gradient_bound
from zoetrope.training.recipe import load_recipe
from zoetrope.training.stages.tokens import shape_tokens_of

from studies.command_line import add_run, run
from studies.training_fit.trained_run import TrainedRun, load_run, signed_distance_of

POINTS = 5000


@dataclass(frozen=True)
class SurfaceFit:
    """A reconstructed surface beside the true one: mean distances, box units, and legs.

    from_true : from the true surface to the reconstruction.
    to_true : from the reconstruction to samples of the true surface; an upper bound, as it includes the gaps
    between the samples.
    legs : cross-sections near the ground (`count_legs`).
    """

    from_true: float
    to_true: float
    legs: int


@torch.inference_mode()
def fit_of_surfaces(
    data: PreparedData, field: ShapeField, dictionary: Dictionary, tokens: Tensor, bound: float, detail: int
) -> dict[str, SurfaceFit]:
    """Measure the body of every creature."""
    fits = {}
    for i, body in enumerate(data.bodies):
        sdf = signed_distance_of(field, dictionary, tokens[i : i + 1])
        surface = extract_surface(sdf, detail, gradient_bound=bound)
        vertices, faces = clean_mesh(surface.vertices, surface.faces)[:2]
        true = body.surface.numpy().astype(np.float64)
        from_true = to_surface(true[:POINTS], vertices, faces).mean()
        points = torch.from_numpy(sample_surface_points(vertices, faces, POINTS, 0))
        to_true = torch.cdist(points.float(), body.surface).min(dim=1).values.mean()
        legs = count_legs(vertices.astype(np.float64), faces)
        fits[data.creatures[i]] = SurfaceFit(float(from_true), float(to_true), legs)
    return fits


def missing_legs(data: PreparedData, fits: dict[str, SurfaceFit]) -> list[str]:
    """Return the four-legged creatures whose reconstruction stands on fewer legs."""
    category = {data.creatures[clip.creature]: clip.category for clip in data.clips}
    return [
        name
        for name, fit in fits.items()
        if category.get(name) in FOUR_LEGGED_CATEGORIES and fit.legs < QUADRUPED_LEGS
    ]


@torch.inference_mode()
def end_point_errors(trained: TrainedRun, points: int = 500) -> Tensor:
    """Return end-point errors (clips, frames), box units, at all model frames."""
    data = trained.data
    frames = torch.arange(data.rigid.shape[1])
    errors = []
    for i, clip in enumerate(data.clips):
        body, index = clip.creature, torch.tensor([i])
        weights = trained.motion_dictionary.compose(trained.motion_codes(index, frames[None])[0])
        rest = data.flow_points[body][:points].expand(len(frames), -1, -1)
        shape = trained.latents(torch.tensor([body])).expand(len(frames), -1)
        latents = trained.motion_latents(index, frames[None])[0]
        predicted = trained.motion_field(rest, shape, latents, weights)
        true = data.offsets[i][:, :points].float()
        errors.append((predicted - true).norm(dim=-1).mean(dim=1))
    return torch.stack(errors)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_run(parser)
    parser.add_argument("--detail", type=int, default=128, help="cells along the box of the extraction grid")
    return parser


def main() -> None:
    """Print one JSON object."""
    options = build_parser().parse_args()
    trained = load_run(load_recipe(options.recipe), options.data, options.run)
    data, tokens = trained.data, shape_tokens_of(trained.latents, trained.codes)
    bound = gradient_bound(data, trained.field, trained.dictionary, tokens)
    fits = fit_of_surfaces(data, trained.field, trained.dictionary, tokens, bound, options.detail)
    errors = end_point_errors(trained)
    result = {
        "surface_distance": {
            "mean": float(np.mean([fit.from_true for fit in fits.values()])),
            "to_true_mean": float(np.mean([fit.to_true for fit in fits.values()])),
            "creatures": {name: (fit.from_true, fit.to_true) for name, fit in fits.items()},
        },
        "missing_legs": missing_legs(data, fits),
        "end_point_error": {
            "mean": float(errors.mean()),
            "worst_clip": float(errors.mean(dim=1).max()),
            "p95_of_frames": float(errors.flatten().quantile(0.95)),
        },
        "gradient_bound": bound,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    run(main)
