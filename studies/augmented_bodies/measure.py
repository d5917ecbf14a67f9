"""Do augmented bodies bend and stand as well as the bodies that they were made from?

python -m studies.augmented_bodies.measure --out studies/augmented_bodies
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.augmentation import AugmentedShape, apply_body_map, body_generator
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, measure
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges
from zoetrope.geometry.rendering import render, save_png, stack_with_labels

from studies.command_line import run, study_parser
from studies.page import write_results

PICTURE = "augmented_bodies.png"
FRAMES, BODIES, SIZE = 16, 6, 120
GAITS = ("walk", "run", "swim", "fly")


class Measured(NamedTuple):
    """Motion quality of one body, and the 99th percentile of its edge stretch."""

    quality: MotionQuality
    stretch: float


def choose_clip(entry: CreatureEntry) -> ClipEntry:
    """Return a clip that moves the limbs: a gait if the creature has one."""
    gaits = [clip for action in GAITS for clip in entry.usable_clips if clip.action == action]
    return (gaits or list(entry.usable_clips))[0]


def augmented_body(asset: AnimatedAsset, file: str, index: int) -> AnimatedAsset:
    """Return body `index` of a creature as the preparation makes it; 0 is the unaugmented one."""
    if not index:
        return asset
    return apply_body_map(asset, AugmentedShape.sample(body_generator(file, index)).map_for(asset.rest))


def measure_clip(asset: AnimatedAsset, clip: ClipEntry) -> Measured:
    """Measure a body in a clip."""
    times = np.linspace(*asset.span(clip.name), FRAMES, endpoint=not clip.cyclic)
    frames = asset.evaluate(clip.name, times)
    fps = FRAMES / max(clip.seconds, 1e-6)
    quality = measure(asset.rest, asset.faces, frames, fps, clip.cyclic, clip.action)
    return Measured(quality, edge_stretch(asset.rest, unique_edges(asset.faces), frames))


def table(unaugmented: Sequence[Measured], augmented: Sequence[Measured]) -> list[str]:
    """Return the table of medians and 95th percentiles."""

    def cell(values: Sequence[float | None]) -> str:
        finite = [value for value in values if value is not None and np.isfinite(value)]
        return f"{np.median(finite):.4f} ({np.quantile(finite, 0.95):.4f})" if finite else "–"

    titles = {
        "edge_change": "edge change, mean \\|log(length / rest length)\\|",
        "penetration": "penetration of the ground, body heights",
        "sliding": "foot sliding, body heights / s",
    }
    groups = unaugmented, augmented
    body = [
        [title, *(cell([getattr(one.quality, name) for one in group]) for group in groups)]
        for name, title in titles.items()
    ]
    body.append(
        ["edge stretch, 99th percentile", *(cell([one.stretch for one in group]) for group in groups)]
    )
    return rows(("median (95th percentile)", "unaugmented bodies", "augmented bodies"), body)


def picture(library: Library, entries: Sequence[CreatureEntry], bodies: int) -> np.ndarray:
    """Render a row a creature, a quarter into its clip: unaugmented body, then augmented ones."""
    strips, titles = [], []
    for entry in entries:
        asset, clip = library.read(entry), choose_clip(entry)
        first, last = asset.span(clip.name)
        time = np.array([first + 0.25 * (last - first)])
        tiles = []
        for index in range(bodies + 1):
            body = augmented_body(asset, entry.file, index)
            tiles.append(render(body.evaluate(clip.name, time)[0], body.faces, body.colours, SIZE))
        strips.append(np.concatenate(tiles, axis=1))
        titles.append(f"{entry.file.removesuffix('.glb')}, {clip.action}")
    return stack_with_labels(strips, titles)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "shared")
    parser.add_argument("--creatures", type=int, help="first so many creatures (default: all)")
    parser.add_argument("--rows", type=int, default=12, help="creatures on the picture")
    parser.add_argument("--bodies", type=int, default=BODIES, help="augmented bodies a creature")
    return parser


def main() -> None:
    """Write the table and the picture."""
    options = build_parser().parse_args()
    library = Library(options.shared)
    entries = sorted(library.creatures("train"), key=lambda entry: (entry.category, entry.file))
    entries = entries[: options.creatures]
    groups: tuple[list[Measured], list[Measured]] = [], []
    for entry in entries:
        asset, clip = library.read(entry), choose_clip(entry)
        for index in range(options.bodies + 1):
            groups[index > 0].append(measure_clip(augmented_body(asset, entry.file, index), clip))
    shown = [entries[i * len(entries) // options.rows] for i in range(options.rows)]
    save_png(options.out / PICTURE, picture(library, shown, options.bodies), max_colours=128)
    text = [
        f"Bodies 1 to {options.bodies} of {len(entries)} training creatures beside their unaugmented bodies, "
        f"each in one clip (a gait if there is one), {FRAMES} frames.",
        "",
        *table(*groups),
        f"![{options.rows} creatures: the unaugmented body, then augmented ones]({PICTURE})",
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
