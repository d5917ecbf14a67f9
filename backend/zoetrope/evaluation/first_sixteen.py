"""Seeds 0 to 15, none skipped: are the creatures clean bodies that move, and new ones? A table and a sheet.

`python -m zoetrope.evaluation.first_sixteen --weights weights --out docs`
"""

import argparse
import logging
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.clips.library import Library, find_shared
from zoetrope.engines import ENGINES, create_engine
from zoetrope.engines.base import DETAILS, Engine, GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.clean_bodies import (
    GROUND_BAND,
    LEAST_DISPLACEMENT,
    LEAST_LEGS,
    LEAST_SHARE,
    MOST_CLOSING,
    MOST_STRETCH,
    CleanBody,
    check,
)
from zoetrope.evaluation.distances import KnownShapes, Nearest
from zoetrope.evaluation.render import contact_sheet, save_png
from zoetrope.geometry.sequence import MeshSequence

log = logging.getLogger(__name__)

SEEDS = range(16)
CATEGORY = "quadruped"
ACTIONS = ("walk", "run", "idle", "eat", "jump", "attack", "hit", "death")
"""Seed i is drawn with the i-th of these, in turn; those that the engine does not offer are left out."""
FRAMES_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """One seed: what was drawn and measured; `error` where nothing was drawn."""

    seed: int
    action: str
    seconds: float
    sequence: MeshSequence | None = None
    body: CleanBody | None = None
    nearest: Nearest | None = None
    error: str = ""

    @property
    def clean(self) -> bool:
        """Whether it clears all bars."""
        return self.body is not None and self.body.clean


def draw(
    engine: Engine,
    detail: int,
    known: KnownShapes | None,
    actions: Sequence[str] = ACTIONS,
    seeds: Sequence[int] = SEEDS,
) -> list[Row]:
    """Draw and measure every seed, with the actions in turn."""
    categories = {category.name: category for category in engine.info().categories}
    if CATEGORY not in categories:
        raise ZoetropeError(
            f"These weights draw no {CATEGORY}.",
            code="bad_option",
            remedy="Give the shipped weights with --weights.",
        )
    actions = [name for name in actions if name in categories[CATEGORY].actions]
    if not actions:
        raise ZoetropeError(
            f"These weights draw no {CATEGORY} that does any of the actions.",
            code="bad_option",
            remedy=f"Choose --actions from {', '.join(categories[CATEGORY].actions)}.",
        )
    return [_draw_one(engine, seed, actions[seed % len(actions)], detail, known) for seed in seeds]


def _draw_one(engine: Engine, seed: int, action: str, detail: int, known: KnownShapes | None) -> Row:
    start = time.perf_counter()
    request = GenerateRequest(category=CATEGORY, action=action, seed=seed, detail=detail)
    try:
        sequence = engine.generate(request, lambda stage, step, total: None)
    except ZoetropeError as error:
        log.info("Seed %2d, %s: %s", seed, action, error)
        return Row(seed, action, time.perf_counter() - start, error=str(error))
    seconds = time.perf_counter() - start
    body = check(sequence)
    nearest = known.nearest(sequence.rest, sequence.faces) if known else None
    log.info("Seed %2d, %s: %s", seed, action, "passes" if body.clean else f"fails {body.passes}")
    return Row(seed, action, seconds, sequence, body, nearest)


def training_creatures(shared: Path, categories: tuple[str, ...]) -> KnownShapes:
    """Rest poses of the training creatures (part "train" of the split by creature) of some categories."""
    library = Library(shared)
    meshes: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for entry in library.creatures("train", categories):
        asset = library.read(entry)
        meshes[Path(entry.file).stem] = (asset.rest, asset.faces)
    return KnownShapes(meshes)


def table(rows: list[Row]) -> str:
    """The Markdown table; a number that misses its bar is bold."""
    heads = (
        "seed",
        "action",
        "vertices",
        "frames",
        "largest part",
        "legs",
        "displacement",
        "edge stretch",
        "closing step",
        "nearest training creature",
        "distance",
        "verdict",
    )
    left = ("action", "nearest training creature", "verdict")
    rules = ("---" if head in left else "---:" for head in heads)
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(rules)}|"]
    for row in rows:
        if row.body is None or row.sequence is None:
            lines.append(f"| {row.seed} | {row.action} | | | | | | | | | | **fails: {row.error}** |")
            continue
        body, passes = row.body, row.body.passes
        cells = {
            "largest_share": f"{100 * body.largest_share:.2f} %",
            "legs": str(body.legs),
            "displacement": f"{100 * body.displacement:.1f} %",
            "stretch": f"{body.stretch:.2f}",
            "closing": "" if body.closing is None else f"{body.closing:.2f}",
        }
        numbers = " | ".join(text if passes[name] else f"**{text}**" for name, text in cells.items())
        near = f"{row.nearest.name} | {row.nearest.distance:.4f}" if row.nearest else " | "
        lines.append(
            f"| {row.seed} | {row.action} | {len(row.sequence.rest):,} | {len(row.sequence.vertices)} "
            f"| {numbers} | {near} | {'passes' if row.clean else '**fails**'} |"
        )
    return "\n".join(lines)


BARS = f"""at least {100 * LEAST_SHARE:.0f} % of the volume in the largest connected part;
at least {LEAST_LEGS} separate cross-sections at {100 * GROUND_BAND:.0f} % of the height of the rest pose;
largest displacement after rigid alignment at least {100 * LEAST_DISPLACEMENT:.0f} % of the diagonal;
99th percentile of edge stretch (longer or shorter than at rest) at most {MOST_STRETCH:.0f};
of clips that repeat, the step from the last frame to the first at most {MOST_CLOSING:.0f} median step.
What misses its bar is bold."""


def report(rows: list[Row], engine: Engine, detail: int, command: str, picture: str) -> str:
    """The page: what was asked, what came out, the table and the sheet."""
    info = engine.info()
    distances = [row.nearest.distance for row in rows if row.nearest]
    novelty = (
        f"""
The median distance to the nearest training creature is {np.median(distances):.4f} box units (longest side
1.8): mean nearest distance of 4,096 surface points, both ways averaged. Two samplings of one creature are
some 0.01 apart.
"""
        if distances
        else ""
    )
    return f"""# The first sixteen

Seeds {SEEDS[0]} to {SEEDS[-1]}, none skipped, as this command drew them:

    {command}

Category {CATEGORY}, detail {detail}, 24 frames a second, the actions in turn. Engine {info.engine}, weights
{info.weights_name} (checksum {info.weights_checksum[:16] or "none"}), device {info.device}.

**{sum(row.clean for row in rows)} of {len(rows)} pass** all of: {BARS}
{novelty}
{table(rows)}

A row a seed, {FRAMES_SHOWN} moments from left to right:

![Sheet of the sixteen]({picture})
"""


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 whatever the creatures are like."""
    parser = argparse.ArgumentParser(
        prog="python -m zoetrope.evaluation.first_sixteen", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument(
        "--out", type=Path, default=Path("docs"), help="folder for first_weights.md and images/"
    )
    parser.add_argument("--engine", choices=ENGINES, default="dnf", help="what draws")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--detail", type=int, choices=DETAILS, default=128, help="cells along a side of the box"
    )
    parser.add_argument("--actions", nargs="+", default=list(ACTIONS), help="what they do, in turn")
    parser.add_argument("--size", type=int, default=160, help="pixels along a side of one picture")
    parser.add_argument(
        "--shared",
        type=Path,
        default=find_shared(),
        help="folder of the training data, for the distance to the nearest creature; blank without it",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        engine = create_engine(options.engine, options.weights, options.device)
        categories = tuple(category.name for category in engine.info().categories)
        known = training_creatures(options.shared, categories) if options.shared else None
        rows = draw(engine, options.detail, known, options.actions)
        picture = Path("images") / "first_weights.png"
        shown = {f"{row.seed} {row.action}": row.sequence for row in rows if row.sequence is not None}
        if shown:
            sheet = contact_sheet(list(shown.values()), FRAMES_SHOWN, options.size, labels=list(shown))
            save_png(options.out / picture, sheet)
        given = shlex.join(sys.argv[1:] if arguments is None else arguments)
        command = f"python -m zoetrope.evaluation.first_sixteen {given}".strip()
        options.out.mkdir(parents=True, exist_ok=True)
        page = report(rows, engine, options.detail, command, picture.as_posix())
        (options.out / "first_weights.md").write_text(page, encoding="utf-8")
    except ZoetropeError as error:
        log.error("%s", error)
        return 1
    sys.stdout.write(table(rows) + f"\n{sum(row.clean for row in rows)} of {len(rows)} pass.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
