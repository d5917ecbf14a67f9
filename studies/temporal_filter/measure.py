"""What the filter in time does to drawn motion: the same creatures with and without it, real clips beside.

`python -m studies.temporal_filter.measure --weights weights --shared ../shared --out studies/temporal_filter`
"""

from dataclasses import replace

import numpy as np
from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.metrics.point_clouds import FRAMES
from zoetrope.evaluation.protocols.clean_bodies import LEAST_DISPLACEMENT
from zoetrope.evaluation.protocols.motion_quality import MovingMesh, measure
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.sections import quality_of
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.rigid_alignment import max_displacement

from studies.command_line import page_parser

PAGE = "README.md"
Numbers = tuple[float, float]
"""Jerk (diagonals / s³) and displacement (diagonals)."""


def drawn(engine: DnfEngine, category: str, action: str, seed: int, detail: int) -> Numbers:
    """The numbers of one drawn creature."""
    made = engine.generate(GenerateRequest(category, action, seed, detail=detail), lambda *_: None)
    moving = MovingMesh(made.rest, made.faces, made.vertices, made.fps, made.cyclic, action)
    return measure(moving).jerk, max_displacement(made.rest.astype(float), made.vertices.astype(float))


def real(library: Library, category: str, action: str) -> list[Numbers]:
    """The numbers of the training clips of a label."""
    found = []
    for entry in library.creatures("train", (category,)):
        asset = library.read(entry)
        for clip in entry.usable_clips:
            if clip.action == action:
                frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), FRAMES))
                jerk = quality_of(asset, clip.name, clip.cyclic, action).jerk
                found.append((jerk, max_displacement(asset.rest.astype(float), frames.astype(float))))
    return found


def row(action: str, before: list[Numbers], after: list[Numbers], true: list[Numbers]) -> list[str]:
    """Medians of jerk and displacement, and how many move too little."""
    cells = [f"{np.median([jerk for jerk, _ in some]):.0f}" for some in (before, after, true)]
    cells += [f"{100 * np.median([moved for _, moved in some]):.1f}" for some in (before, after, true)]
    for some in (before, after, true):
        cells.append(f"{sum(moved < LEAST_DISPLACEMENT for _, moved in some)} of {len(some)}")
    return [action, *cells]


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail")
    parser.add_argument("--category", default="quadruped", help="kind of creature")
    parser.add_argument("--first", type=int, default=100, help="first seed")
    parser.add_argument("--seeds", type=int, default=10, help="seeds an action")
    given = parser.parse_args()
    filtered, plain = DnfEngine(given.weights), DnfEngine(given.weights)
    plain.description = replace(plain.description, smoothing=None)
    library = Library(given.shared)
    (category,) = (c for c in filtered.info().categories if c.name == given.category)
    seeds = range(given.first, given.first + given.seeds)
    table = []
    for action in category.actions:
        before, after = (
            [drawn(engine, category.name, action, seed, given.detail) for seed in seeds]
            for engine in (plain, filtered)
        )
        table.append(row(action, before, after, real(library, category.name, action)))
        print(*table[-1], flush=True)
    sides = ("without", "with", "real")
    head = ["action", *(f"jerk, {s}" for s in sides), *(f"moves %, {s}" for s in sides)]
    head += [f"below {100 * LEAST_DISPLACEMENT:.0f} %, {s}" for s in sides]
    text = [
        f"Category {category.name}, seeds {seeds[0]} to {seeds[-1]}, detail {given.detail}, weights "
        f"`{filtered.info().weights_checksum[:16]}`: the same creatures drawn without the filter of "
        "`zoetrope.diffusion.temporal_filter` and with it, and the training's own clips. Medians; jerk in "
        "diagonals / s³, displacement after rigid alignment in % of the diagonal.",
        "",
        *rows(head, table),
    ]
    save_page(given.out / PAGE, "The filter in time", text)


if __name__ == "__main__":
    main()
