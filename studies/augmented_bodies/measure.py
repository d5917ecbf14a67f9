"""Augmented bodies to look at: do joints bend where they should, and do feet stand on the ground?

`python -m studies.augmented_bodies.measure --shared ../shared --out docs`
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.augmentation import BodyShape, apply_body_map, body_generator
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, MovingMesh, measure
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges
from zoetrope.geometry.rendering import render, save_png, stack_with_labels

from studies.command_line import page_parser

PAGE, PICTURE = "README.md", Path("augmented_bodies.png")
FRAMES, BODIES, SIZE = 16, 6, 120
FIRST = ("walk", "run", "swim", "fly")
Measured = tuple[MotionQuality, float]
"""The motion of a body, and the 99th percentile of its edge stretch."""


def clip_of(entry: CreatureEntry) -> ClipEntry:
    """A clip that moves the limbs: a gait where there is one."""
    gaits = [clip for action in FIRST for clip in entry.usable_clips if clip.action == action]
    return (gaits or list(entry.usable_clips))[0]


def body_of(asset: AnimatedAsset, file: str, number: int) -> AnimatedAsset:
    """Body `number` of a file as the preparation makes it; 0 is the file's own."""
    if not number:
        return asset
    return apply_body_map(asset, BodyShape.sample(body_generator(file, number)).map_for(asset.rest))


def moving(asset: AnimatedAsset, clip: ClipEntry) -> MovingMesh:
    """A body through a clip."""
    times = np.linspace(*asset.span(clip.name), FRAMES, endpoint=not clip.cyclic)
    frames = asset.evaluate(clip.name, times)
    return MovingMesh(
        asset.rest, asset.faces, frames, FRAMES / max(clip.seconds, 1e-6), clip.cyclic, clip.action
    )


def table(
    own: Sequence[tuple[MotionQuality, float]], others: Sequence[tuple[MotionQuality, float]]
) -> list[str]:
    """Own bodies beside augmented ones: medians and 95th percentiles."""

    def cells(values: Sequence[float | None]) -> str:
        known = [value for value in values if value is not None and np.isfinite(value)]
        return f"{np.median(known):.4f} ({np.quantile(known, 0.95):.4f})" if known else "–"

    titles = {
        "edge_change": "edge length change, mean \\|log\\|",
        "penetration": "below the ground, heights",
        "sliding": "sliding of what touches the ground, heights / s",
    }
    body = [
        [title, cells([getattr(q, name) for q, _ in own]), cells([getattr(q, name) for q, _ in others])]
        for name, title in titles.items()
    ]
    body.append(
        ["99th percentile of edge stretch", cells([s for _, s in own]), cells([s for _, s in others])]
    )
    return rows(("median (95th percentile)", "bodies of the files", "augmented bodies"), body)


def picture(library: Library, chosen: Sequence[CreatureEntry], bodies: int) -> np.ndarray:
    """A row a creature, a quarter into its clip: its own body first, then augmented ones."""
    strips, titles = [], []
    for entry in chosen:
        asset, clip = library.read(entry), clip_of(entry)
        first, last = asset.span(clip.name)
        moment = np.array([first + 0.25 * (last - first)])
        tiles = []
        for number in range(bodies + 1):
            one = body_of(asset, entry.file, number)
            tiles.append(render(one.evaluate(clip.name, moment)[0], one.faces, one.colours, SIZE))
        strips.append(np.concatenate(tiles, axis=1))
        titles.append(f"{entry.file.removesuffix('.glb')}, {clip.action}")
    return stack_with_labels(strips, titles)


def main() -> None:
    """Print the table and write it as a page with a picture."""
    parser = page_parser(__doc__, PAGE, "shared")
    parser.add_argument("--rows", type=int, default=12, help="creatures on the picture")
    parser.add_argument("--bodies", type=int, default=BODIES, help="augmented bodies of each")
    given = parser.parse_args()
    library = Library(given.shared)
    entries = sorted(library.creatures("train"), key=lambda entry: (entry.category, entry.file))
    measured: list[list[Measured]] = [[], []]
    for entry in entries:
        asset, clip = library.read(entry), clip_of(entry)
        for number in range(given.bodies + 1):
            mesh = moving(body_of(asset, entry.file, number), clip)
            measured[number > 0].append(
                (measure(mesh), edge_stretch(mesh.rest, unique_edges(mesh.faces), mesh.frames))
            )
    lines = table(*measured)
    chosen = [entries[i * len(entries) // given.rows] for i in range(given.rows)]
    save_png(given.out / PICTURE, picture(library, chosen, given.bodies), max_colours=128)
    text = [
        f"Bodies 1 to {given.bodies} of every creature of the training part (`clips/augmentation.py`), each "
        f"in a gait of its own, {FRAMES} moments, beside the bodies of the files. A body that bends or "
        "stands worse than the one it was made from would show in the right column.",
        "",
        *lines,
        f"![{given.rows} creatures: own body, then augmented ones]({PICTURE.as_posix()})",
    ]
    save_page(given.out / PAGE, "Augmented bodies", text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
