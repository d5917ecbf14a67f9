"""Are the distance samples dense and correct enough? Creatures are reconstructed from them without a network.

The distance at a point is interpolated from the nearest samples, and the isosurface extracted. Defects here
(a wall inside the body, a hole, a lost leg) are defects of the training data.

python -m studies.distance_samples.measure --out studies/distance_samples
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points, to_surface
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.field_samples import sample_distances
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import component_volumes
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rendering import render, save_png
from zoetrope.geometry.solid import build_solid

from studies.command_line import run, study_parser
from studies.page import write_results

PICTURE = "reconstruction.png"
POINTS = 10_000
"""Points, uniform by area, whose distance to the other surface is measured."""
NEIGHBOURS = 16
SMOOTHING = 1e-4
"""Of the interpolation; without it samples that nearly coincide make it oscillate."""
NEAR = 0.02
"""Samples within this of the surface give the picture its colours, box units."""
Coloured = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Vertices (V, 3), faces (F, 3), colours (V, 3)."""


@dataclass(frozen=True)
class Reconstruction:
    """One creature: its outer surface, the reconstruction, and how far they differ in box units.

    to_reconstruction, to_true : mean distances from one surface to the other.
    maximum : largest distance in either direction.
    """

    name: str
    category: str
    true: Coloured
    reconstructed: Coloured
    to_reconstruction: float
    to_true: float
    maximum: float


def interpolate(points: np.ndarray, distance: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the distance as a function of points (N, 3), interpolated from samples."""
    # Two samples at one place make the equations of the interpolation singular.
    _, first = np.unique(np.round(points, 5), axis=0, return_index=True)
    interpolator = RBFInterpolator(
        points[first], distance[first], neighbors=NEIGHBOURS, kernel="linear", smoothing=SMOOTHING, degree=1
    )
    return lambda x: np.asarray(interpolator(x.astype(np.float64)), dtype=np.float32)


def reconstruct(library: Library, entry: CreatureEntry, samples: int, detail: int) -> Reconstruction:
    """Sample a creature's rest pose as training does, and extract a surface from the samples."""
    asset = library.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    rng = np.random.default_rng(0)
    sampled = sample_distances(solid, samples, rng)
    # Interpolated distances are steeper than true ones where samples are few.
    surface = extract_surface(interpolate(sampled.points, sampled.distance), detail, gradient_bound=1.5)
    near = np.abs(sampled.distance) < NEAR
    tree, colours = KDTree(sampled.points[near]), sampled.colours[near] / 255.0
    outer, inverse = np.unique(solid.outer, return_inverse=True)
    true = (solid.vertices[outer], inverse.reshape(solid.outer.shape))
    ours = (surface.vertices.astype(np.float64), surface.faces)
    to_reconstruction = to_surface(sample_surface_points(*true, POINTS), *ours)
    to_true = to_surface(sample_surface_points(*ours, POINTS), *true)
    return Reconstruction(
        Path(entry.file).stem,
        entry.category,
        (*true, colours[tree.query(true[0])[1]]),
        (*ours, colours[tree.query(ours[0])[1]]),
        float(to_reconstruction.mean()),
        float(to_true.mean()),
        float(max(to_reconstruction.max(), to_true.max())),
    )


def choose(library: Library, count: int) -> list[CreatureEntry]:
    """Choose training creatures, the categories in turn, in the order of the split."""
    groups: dict[str, list[CreatureEntry]] = {}
    for entry in library.creatures("train"):
        groups.setdefault(entry.category, []).append(entry)
    chosen: list[CreatureEntry] = []
    while len(chosen) < count and any(groups.values()):
        chosen += [group.pop(0) for group in groups.values() if group]
    return chosen[:count]


def picture(results: list[Reconstruction], size: int, columns: int = 5) -> np.ndarray:
    """Render true and reconstructed surfaces side by side (H, W, 3) uint8."""
    cells = []
    for one in results:
        low, high = one.true[0].min(axis=0), one.true[0].max(axis=0)
        frame = {"centre": 0.5 * (low + high), "extent": 0.85 * float(np.linalg.norm(high - low))}
        pair = [render(*mesh, size=size, **frame) for mesh in (one.true, one.reconstructed)]
        image = Image.fromarray(np.concatenate(pair, axis=1))
        ImageDraw.Draw(image).text((4, size - 14), f"{one.name}  {one.to_reconstruction:.4f}", fill=(0, 0, 0))
        cells.append(np.asarray(image))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    return np.concatenate(
        [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    )


def row(one: Reconstruction) -> list[str]:
    """Return one row: distances, and the numbers of connected parts."""
    distances = f"{one.to_reconstruction:.5f}", f"{one.to_true:.5f}", f"{one.maximum:.4f}"
    parts = [str(len(component_volumes(*mesh[:2])[1])) for mesh in (one.true, one.reconstructed)]
    return [one.name, one.category, *distances, *parts]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "shared", "detail", detail=128)
    parser.add_argument("--count", type=int, default=10, help="creatures")
    parser.add_argument("--samples", type=int, default=60_000, help="distance samples a creature")
    parser.add_argument("--size", type=int, default=240, help="pixels along a side of one picture")
    return parser


def main() -> None:
    """Write the table and the picture."""
    options = build_parser().parse_args()
    library = Library(options.shared)
    results = []
    for entry in choose(library, options.count):
        results.append(reconstruct(library, entry, options.samples, options.detail))
        print(f"{results[-1].name}: {results[-1].to_reconstruction:.5f}", file=sys.stderr, flush=True)
    save_png(options.out / PICTURE, picture(results, options.size))
    head = ("creature", "category", "true to reconstruction", "reconstruction to true", "maximum")
    text = [
        f"{len(results)} training creatures, the categories in turn; {options.samples:,} distance samples "
        f"each, interpolated from the {NEIGHBOURS} nearest, extracted at detail {options.detail}. Distances "
        f"from {POINTS:,} points on one surface to the other, box units (longest side 1.8). Mean of the "
        f"first column {np.mean([one.to_reconstruction for one in results]):.5f}; a cell is "
        f"{2 / options.detail:.4f}.",
        "",
        *rows((*head, "parts", "parts reconstructed"), map(row, results)),
        "Left the outer surface of the file's mesh, right the reconstruction:",
        "",
        f"![{len(results)} creatures, true and reconstructed]({PICTURE})",
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
