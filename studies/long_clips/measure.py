"""Clips drawn on to four windows and more: does motion decay, does the body drift, does it come to a stop?

`python -m studies.long_clips.measure --weights weights --shared ../shared --out studies/long_clips`
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest, ignore_progress
from zoetrope.engines.bundle import ActionLabel
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.motion_inpainting import MotionConditions, extend_clip
from zoetrope.evaluation.protocols.clean_bodies import LEAST_DISPLACEMENT
from zoetrope.evaluation.protocols.motion_quality import edge_change, jerk, volume_change
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.sections import FPS
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rendering import film_strip, save_png

from studies.command_line import page_parser

PAGE = "README.md"
PICTURE = Path("images") / "long_clips.png"
FIRST_SEED = 6_000_000
SHOWN, MOMENTS, SIZE = 6, 12, 110
KINDS = {
    "loop": "loops, told as motion one way",
    "return": "one way, back to where they began",
    "end": "one way, ending elsewhere (death, jumps)",
}


@dataclass(frozen=True)
class Stretch:
    """A stretch of motion in numbers.

    jerk : diagonals / s³; moved : diagonals that the liveliest vertices (95th percentile) span; drift : of
    the mean pose from the first stretch's, diagonals; the others as in `motion_quality`.
    """

    jerk: float
    edge_change: float
    volume_change: float
    moved: float
    drift: float


def stretches(
    rest: np.ndarray, faces: np.ndarray, frames: np.ndarray, fps: float, count: int
) -> list[Stretch]:
    """Cut frames (T, V, 3) into stretches of the same length and measure each."""
    size = float(np.linalg.norm(np.ptp(rest, axis=0)))
    cuts = np.linspace(0, len(frames), count + 1).round().astype(int)
    parts = [frames[a:b].astype(np.float64) for a, b in pairwise(cuts)]
    first = parts[0].mean(axis=0)
    return [
        Stretch(
            jerk(part, fps, False) / size,
            edge_change(rest, faces, part),
            volume_change(rest, faces, part),
            float(np.quantile(np.linalg.norm(np.ptp(part, axis=0), axis=-1), 0.95)) / size,
            float(np.linalg.norm(part.mean(axis=0) - first, axis=-1).mean()) / size,
        )
        for part in parts
    ]


def kind_of(cyclic: bool, returns: bool) -> str:
    """The group of the page that a clip belongs to."""
    return "loop" if cyclic else "return" if returns else "end"


def drawn_on(engine: DnfEngine, request: GenerateRequest, windows: int) -> tuple[MeshSequence, str]:
    """A creature whose clip is so many windows long, and which kind of clip it was asked for."""
    bundle, resolved = engine.load(), engine.resolve(request)
    one = engine.generate(request, lambda *_: None)
    shape = torch.from_numpy(one.tokens["shape"])[None].to(engine.device())
    motion = torch.from_numpy(one.tokens["motion"]).to(engine.device())
    conditions = MotionConditions(
        shape,
        resolved.category_index,
        resolved.action_index,
        (False, resolved.action_label.returns_to_start and not resolved.action_label.cyclic),
        engine.description.motion_guidance,
    )
    generator = torch.Generator().manual_seed(request.seed)
    with torch.inference_mode():
        motion = extend_clip(bundle.motion_model, generator, motion, windows * len(motion), conditions)
    kind = kind_of(resolved.action_label.cyclic, resolved.action_label.returns_to_start)
    one_way = replace(
        resolved,
        action_label=ActionLabel(resolved.action_label.name, False, False, resolved.action_label.clips),
    )
    return engine.decode(one_way, shape, motion, ignore_progress), kind


def real(library: Library, categories: Sequence[str]) -> dict[str, list[Stretch]]:
    """Training clips of the categories, each one stretch."""
    found: dict[str, list[Stretch]] = {kind: [] for kind in KINDS}
    for entry in library.creatures("train", tuple(categories)):
        asset = library.read(entry)
        for clip in entry.usable_clips:
            count = max(4, round(clip.seconds * FPS))
            frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), count))
            (whole,) = stretches(asset.rest, asset.faces, frames, count / max(clip.seconds, 1e-6), 1)
            found[kind_of(clip.cyclic, clip.returns_to_start)].append(whole)
    return found


def row(title: str, some: Sequence[Stretch]) -> list[str]:
    """Medians, and how many stand still."""
    still = sum(one.moved < LEAST_DISPLACEMENT for one in some)
    return [
        title,
        f"{np.median([one.jerk for one in some]):.0f}",
        f"{np.median([one.edge_change for one in some]):.3f}",
        f"{100 * np.median([one.volume_change for one in some]):.1f}",
        f"{100 * np.median([one.moved for one in some]):.1f}",
        f"{100 * np.median([one.drift for one in some]):.1f}",
        f"{still} of {len(some)}",
    ]


def tables(drawn: Iterable[tuple[str, list[Stretch]]], true: dict[str, list[Stretch]]) -> list[str]:
    """A table for each kind of clip: a row a window, real clips last."""
    drawn = list(drawn)
    out: list[str] = []
    head = ("window", "jerk", "edges change", "volume changes %", "moves %", "drifts %", "stand still")
    for kind, title in KINDS.items():
        own = [parts for found, parts in drawn if found == kind]
        if not own:
            continue
        body = [row(str(i + 1), [parts[i] for parts in own]) for i in range(len(own[0]))]
        if true[kind]:
            body.append(row("real clips", true[kind]))
        out += [f"{title[0].upper()}{title[1:]}:", "", *rows(head, body)]
    return out


def main() -> None:
    """Print the tables and write them as a page with a picture."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail", "device")
    parser.add_argument("--count", type=int, default=48, help="drawn creatures")
    parser.add_argument("--windows", type=int, default=4, help="length of each, in windows of the model")
    given = parser.parse_args()
    engine = DnfEngine(given.weights, given.device)
    pairs = [(c.name, action) for c in engine.info().categories for action in c.actions]
    # spread over all labels: neighbours in the list are of one category
    chosen = [pairs[int(i * len(pairs) / given.count) % len(pairs)] for i in range(given.count)]
    drawn: list[tuple[str, list[Stretch]]] = []
    pictures: list[np.ndarray] = []
    for number, (category, action) in enumerate(chosen):
        request = GenerateRequest(category, action, FIRST_SEED + number, detail=given.detail)
        made, kind = drawn_on(engine, request, given.windows)
        drawn.append((kind, stretches(made.rest, made.faces, made.vertices, made.fps, given.windows)))
        if number % max(1, given.count // SHOWN) == 0 and len(pictures) < SHOWN:
            pictures.append(film_strip(made.vertices, made.faces, made.colours, MOMENTS, SIZE))
        print(number + 1, category, action, flush=True)
    names = [category.name for category in engine.info().categories]
    frames = given.windows * engine.description.motion_model.frames
    save_png(given.out / PICTURE, np.concatenate(pictures), max_colours=128)
    text = [
        f"{given.count} creatures over all labels (seeds from {FIRST_SEED:,}, detail {given.detail}, weights "
        f"`{engine.info().weights_checksum[:16]}`), each clip drawn on to {frames} model frames by "
        "`engines/motion_inpainting.py`: every window is given the last quarter of the one before. Medians. Jerk in "
        "diagonals / s³; *moves*: what the liveliest twentieth of the vertices spans at least, in diagonals; "
        "*drifts*: the mean pose from that of the first window; *stand still*: move less than "
        f"{100 * LEAST_DISPLACEMENT:g} %.",
        "",
        *tables(drawn, real(Library(given.shared), names)),
        f"![{len(pictures)} creatures, {MOMENTS} moments each]({PICTURE.as_posix()})",
    ]
    save_page(given.out / PAGE, "Clips that are drawn on", text)
    print(given.out / PAGE)


if __name__ == "__main__":
    main()
