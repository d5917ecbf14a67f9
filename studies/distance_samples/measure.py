"""Are the distance samples good enough? Ten real creatures rebuilt from their samples alone, and a sheet.

`python -m studies.distance_samples.measure --shared ../shared --out docs`

No network: the distance at a point is interpolated from the nearest samples, and the isosurface extracted.
What is wrong here (a false wall inside, a hole, a lost leg) no training can put right.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree
from zoetrope.clips.library import CreatureEntry, Library, find_shared
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.surface_distance import sample_surface, to_surface
from zoetrope.geometry.field_samples import sample_distances
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import component_volumes
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rendering import render, save_png
from zoetrope.geometry.solid import build_solid

log = logging.getLogger(__name__)

COUNT = 10
PROBES = 10_000
"""Points, evenly by area, whose distance to the other surface is taken."""
NEIGHBOURS = 16
SMOOTHING = 1e-4
"""Of the interpolation: samples that nearly coincide must not make it swing."""
PAGE = "README.md"


@dataclass(frozen=True)
class Rebuilt:
    """One creature: its outer surface and the one rebuilt (vertices, faces, colours), how far they differ.

    there, back : mean distance from the true surface to the rebuilt one and the other way, box units.
    """

    name: str
    category: str
    true: tuple[np.ndarray, np.ndarray, np.ndarray]
    ours: tuple[np.ndarray, np.ndarray, np.ndarray]
    true_parts: int
    parts: int
    there: float
    back: float
    worst: float


def interpolated(points: np.ndarray, distance: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The distance (N,) at points (N, 3), interpolated from the nearest samples."""
    # Two samples at one place make the interpolation's equations singular.
    _, first = np.unique(np.round(points, 5), axis=0, return_index=True)
    inner = RBFInterpolator(
        points[first], distance[first], neighbors=NEIGHBOURS, kernel="linear", smoothing=SMOOTHING, degree=1
    )
    return lambda x: np.asarray(inner(x.astype(np.float64)), dtype=np.float32)


def rebuild(library: Library, entry: CreatureEntry, samples: int, detail: int) -> Rebuilt:
    """Sample one creature's rest pose as training does, and extract a surface from the samples."""
    asset = library.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    rng = np.random.default_rng(0)
    drawn = sample_distances(solid, rest, asset.faces, asset.face_colours, samples, rng)
    # Interpolated distances are steeper than true ones where the samples are few.
    surface = extract_surface(interpolated(drawn.points, drawn.distance), detail, gradient_bound=1.5)
    near = np.abs(drawn.distance) < 0.02
    tree, paint = KDTree(drawn.points[near]), drawn.colours[near] / 255.0
    outer, inverse = np.unique(solid.outer, return_inverse=True)
    true = (solid.vertices[outer], inverse.reshape(solid.outer.shape))
    ours = (surface.vertices.astype(np.float64), surface.faces)
    there = to_surface(sample_surface(*true, PROBES), *ours)
    back = to_surface(sample_surface(*ours, PROBES), *true)
    return Rebuilt(
        Path(entry.file).stem,
        entry.category,
        (*true, paint[tree.query(true[0])[1]]),
        (*ours, paint[tree.query(ours[0])[1]]),
        len(component_volumes(*true)[1]),
        len(component_volumes(*ours)[1]),
        float(there.mean()),
        float(back.mean()),
        float(max(there.max(), back.max())),
    )


def chosen(library: Library, count: int) -> list[CreatureEntry]:
    """Training creatures, the categories in turn, in the order of the split."""
    groups: dict[str, list[CreatureEntry]] = {}
    for entry in library.creatures("train"):
        groups.setdefault(entry.category, []).append(entry)
    out: list[CreatureEntry] = []
    while len(out) < count and any(groups.values()):
        out += [group.pop(0) for group in groups.values() if group]
    return out[:count]


def picture(rebuilt: list[Rebuilt], size: int, columns: int = 5) -> np.ndarray:
    """True and rebuilt surface side by side, `columns` pairs a row, names written below: (H, W, 3) uint8."""
    cells = []
    for item in rebuilt:
        low, high = item.true[0].min(axis=0), item.true[0].max(axis=0)
        frame = {"centre": 0.5 * (low + high), "extent": 0.85 * float(np.linalg.norm(high - low))}
        pair = [render(*mesh, size=size, **frame) for mesh in (item.true, item.ours)]
        image = Image.fromarray(np.concatenate(pair, axis=1))
        ImageDraw.Draw(image).text((4, size - 14), f"{item.name}  {item.there:.4f}", fill=(0, 0, 0))
        cells.append(np.asarray(image))
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    return np.concatenate(rows)


def page(rebuilt: list[Rebuilt], samples: int, detail: int, command: str) -> str:
    """The Markdown page."""
    lines = [
        f"| {r.name} | {r.category} | {r.there:.5f} | {r.back:.5f} | {r.worst:.4f} "
        f"| {r.true_parts} | {r.parts} |"
        for r in rebuilt
    ]
    mean = float(np.mean([r.there for r in rebuilt]))
    return f"""# Real creatures from their samples alone

    {command}

{len(rebuilt)} training creatures, the categories in turn. Each is sampled as training does it
({samples:,} distance samples), then rebuilt without any network: the distance is interpolated from the
{NEIGHBOURS} nearest samples, the surface extracted at detail {detail}. Distances are in box units (longest
side 1.8), from {PROBES:,} points on one surface to the other: means, and the worst of both ways. The mean of
the first column is {mean:.5f}; a cell is {2 / detail:.4f}.

| creature | category | true to rebuilt | rebuilt to true | worst | parts | parts rebuilt |
|---|---|---:|---:|---:|---:|---:|
{chr(10).join(lines)}

Left the outer surface of the file's mesh, right what the samples say:

![Ten creatures, true and rebuilt](images/reconstruction.png)
"""


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=find_shared(), help="folder of the training data")
    parser.add_argument("--out", type=Path, default=Path("docs"), help=f"folder for {PAGE} and images/")
    parser.add_argument("--count", type=int, default=COUNT, help="creatures")
    parser.add_argument("--samples", type=int, default=60_000, help="distance samples a creature")
    parser.add_argument("--detail", type=int, default=128, help="cells along a side of the box")
    parser.add_argument("--size", type=int, default=240, help="pixels along a side of one picture")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if options.shared is None:
        log.error("There are no creatures here: give their folder with --shared.")
        return 1
    try:
        library = Library(options.shared)
        rebuilt = []
        for entry in chosen(library, options.count):
            rebuilt.append(rebuild(library, entry, options.samples, options.detail))
            log.info("%s: %.5f box units", rebuilt[-1].name, rebuilt[-1].there)
    except ZoetropeError as error:
        log.error("%s", error)
        return 1
    save_png(options.out / "images" / "reconstruction.png", picture(rebuilt, options.size))
    text = page(rebuilt, options.samples, options.detail, "python -m studies.distance_samples.measure")
    (options.out / PAGE).write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
