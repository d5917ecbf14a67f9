"""How near do HyperDiffusion's MLPs come to their clips, alone and through the shared projection?

python -m studies.occupancy_fit.measure --run runs/hyperdiffusion --out studies/occupancy_fit

IoU at points that no MLP was fitted to, uniform in each frame's own bounding box; Chamfer distance (mean of
both directions, not squared) of extracted surfaces to the clips' closed surfaces.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import igl
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from zoetrope.clips.library import Library
from zoetrope.engines.hyperdiffusion.decoding import decode_surface
from zoetrope.engines.hyperdiffusion.weights import load_hyper_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.fields.occupancy import OccupancyConfig, frame_times, occupancy_logits
from zoetrope.geometry.closed_surface import ClosedSurface
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.training.data.clip_set import ClipSet, clip_set
from zoetrope.training.data.occupancy_samples import sequence_box
from zoetrope.training.data.sources import SharedSource
from zoetrope.training.hyperdiffusion.fit_clips import load_fit
from zoetrope.training.hyperdiffusion.recipe import HyperDiffusionRecipe
from zoetrope.training.recipe import read_recipe

from studies.command_line import run, study_parser
from studies.page import write_results

POINTS = 8192
"""Of each frame, for the IoU."""
RECIPES = ("hyperdiffusion", "hyperdiffusion-by_clip")
"""Of clips that stand where they are; bodies and centred frames would need other surfaces."""
EXTRACTED = (0, 5, 10)
"""Frames whose surfaces are compared."""
DETAIL = 128


class Fit(NamedTuple):
    """Means over the frames of one clip; chamfer in box units (longest side 1.8)."""

    iou: float
    chamfer: float


def closed_frames(
    library: Library, clips: ClipSet, row: int, count: int
) -> tuple[np.ndarray, ClosedSurface, float]:
    """Return a clip's frames (T, V, 3) in its box, its closed surface, and its box's scale in rest boxes."""
    entry, clip = clips.clips[row]
    asset = library.read(entry)
    rest_box = normalising_box(asset.rest)
    frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), count))
    box = sequence_box(frames)
    surface = ClosedSurface.build(rest_box.to_box(asset.rest), asset.faces)
    return box.to_box(frames.astype(np.float64)), surface, rest_box.scale / box.scale


def measure(
    config: OccupancyConfig, flat: Tensor, frames: np.ndarray, surface: ClosedSurface, scale: float
) -> Fit:
    """Measure one MLP (P,) against its clip."""
    rng, times = np.random.default_rng(0), frame_times(len(frames))
    both = either = 0
    chamfer = []
    for i, frame in enumerate(frames):
        points = rng.uniform(frame.min(0) - 0.05, frame.max(0) + 0.05, (POINTS, 3))
        truth = surface.occupancy(frame, points, scale)
        at = torch.from_numpy(np.column_stack([points, np.full(POINTS, times[i])]).astype(np.float32))
        with torch.inference_mode():
            inside = (occupancy_logits(config, flat[None], at[None])[0] > 0).numpy()
        both, either = both + int((inside & truth).sum()), either + int((inside | truth).sum())
        if i in EXTRACTED:
            chamfer.append(_chamfer(config, flat, float(times[i]), frame, surface))
    return Fit(both / max(either, 1), float(np.mean(chamfer)))


def _chamfer(
    config: OccupancyConfig, flat: Tensor, time: float, frame: np.ndarray, surface: ClosedSurface
) -> float:
    try:
        found = decode_surface(config, flat, time, DETAIL)
    except ZoetropeError:
        return 1.0
    closed = np.ascontiguousarray(surface.means @ frame), surface.faces
    extracted = found.vertices.astype(np.float64), found.faces.astype(np.int64)
    distances = [
        np.sqrt(igl.point_mesh_squared_distance(np.ascontiguousarray(a[0]), *b)[0]).mean()
        for a, b in ((closed, extracted), (extracted, closed))
    ]
    return float(np.mean(distances))


def table(name: str, fits: list[Fit]) -> tuple[str, ...]:
    """Return a row of the table."""
    iou, chamfer = np.array([one.iou for one in fits]), np.array([one.chamfer for one in fits])
    share = float((iou > 0.9).mean())
    return (
        name,
        str(len(fits)),
        f"{iou.mean():.3f}",
        f"{np.median(iou):.3f}",
        f"{iou.min():.3f}",
        f"{100 * share:.0f} %",
        f"{chamfer.mean():.4f}",
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "shared")
    parser.add_argument("--run", type=Path, required=True, help="run folder of zoetrope train")
    parser.add_argument("--recipe", default="hyperdiffusion", choices=RECIPES)
    parser.add_argument("--every", type=int, default=8, help="measure every n-th clip")
    return parser


def main() -> None:
    """Measure every n-th clip of a run."""
    options = build_parser().parse_args()
    recipe = read_recipe(options.recipe, HyperDiffusionRecipe, "hyperdiffusion")
    clips = clip_set(SharedSource(options.shared), recipe.data, options.run / "occupancy", recipe.samples)
    library, own = Library(options.shared), options.run / recipe.name
    coefficients, projection = None, None
    if (own / "weights").is_dir():
        coefficients = load_file(own / "projected.safetensors")["coefficients"]
        projection = load_hyper_weights(own / "weights").projection
    alone, projected = [], []
    by_category: dict[str, list[Fit]] = {}
    for row in range(0, len(clips.samples), options.every):
        frames = closed_frames(library, clips, row, recipe.samples.frames)
        fitted = load_fit(options.run / "mlps" / clips.samples[row].name)
        alone.append(measure(recipe.field, torch.from_numpy(fitted.weights), *frames))
        by_category.setdefault(clips.clips[row][0].category, []).append(alone[-1])
        if coefficients is not None and projection is not None:
            projected.append(measure(recipe.field, projection.inverse(coefficients[row]), *frames))
    head = ("MLPs", "clips", "IoU", "median", "least", "IoU above 0.9", "Chamfer, box units")
    body = [table("each alone", alone)]
    if projected:
        body.append(
            table(f"of {coefficients.shape[1] if coefficients is not None else 0} components", projected)
        )
    body += [table(f"each alone, {name}", fits) for name, fits in sorted(by_category.items())]
    text = f"{recipe.fit.points / 1e6:g} million points a clip, {recipe.field.parameters:,} numbers an MLP."
    write_results(options.out, "occupancy_fit", [text, "", *rows(head, body)])


if __name__ == "__main__":
    run(main)
