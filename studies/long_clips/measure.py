"""Do clips that are extended window by window lose their motion, drift, or come to a stop?

python -m studies.long_clips.measure --count 12 --out studies/long_clips
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.token_sampling import MotionConditions
from zoetrope.evaluation.protocols.motion_quality import edge_change, jerk, volume_change
from zoetrope.evaluation.protocols.quality_checks import MIN_DISPLACEMENT
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.evaluation.results.sample_results import FPS
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rendering import film_strip, save_png

from studies.command_line import run, study_parser
from studies.motion_inpainting import extend_clip
from studies.page import write_results

PICTURE = "long_clips.png"
FIRST_SEED = 6_000_000
SHOWN, MOMENTS, SIZE = 6, 12, 110
LOOP, RETURN, END = (
    "loops, extended as one-way motion",
    "one-way, returning to the start",
    "one-way, ending elsewhere",
)


@dataclass(frozen=True)
class Window:
    """Measurements of one window of a clip.

    jerk : diagonals / s³.
    edge_change, volume_change : as in `MotionQuality`.
    extent : 95th percentile over vertices of the extent of their path, diagonals.
    drift : distance of the mean pose from that of the first window, diagonals.
    """

    jerk: float
    edge_change: float
    volume_change: float
    extent: float
    drift: float


def measure_windows(
    rest: np.ndarray, faces: np.ndarray, frames: np.ndarray, fps: float, count: int
) -> list[Window]:
    """Cut frames (T, V, 3) into windows of the same length and measure each."""
    diagonal = float(np.linalg.norm(np.ptp(rest, axis=0)))
    cuts = np.linspace(0, len(frames), count + 1).round().astype(int)
    parts = [frames[a:b].astype(np.float64) for a, b in pairwise(cuts)]
    first = parts[0].mean(axis=0)
    return [
        Window(
            jerk(part, fps, False) / diagonal,
            edge_change(rest, faces, part),
            volume_change(rest, faces, part),
            float(np.quantile(np.linalg.norm(np.ptp(part, axis=0), axis=-1), 0.95)) / diagonal,
            float(np.linalg.norm(part.mean(axis=0) - first, axis=-1).mean()) / diagonal,
        )
        for part in parts
    ]


def group_of(cyclic: bool, returns: bool) -> str:
    """Return the table that a clip belongs to."""
    return LOOP if cyclic else RETURN if returns else END


def sample_extended(engine: DnfEngine, request: GenerateRequest, windows: int) -> tuple[MeshSequence, str]:
    """Sample a creature, extend its clip to so many windows; return it with the group of its action."""
    bundle, resolved = engine.load(), engine.resolve(request)
    creature, label = engine.generate(request, ignore_progress), resolved.action_label
    shape = torch.from_numpy(creature.tokens["shape"])[None].to(engine.device())
    motion = torch.from_numpy(creature.tokens["motion"]).to(engine.device())
    conditions = MotionConditions(
        shape,
        resolved.category_index,
        resolved.action_index,
        (False, label.returns_to_start and not label.cyclic),
        engine.description.motion_guidance,
    )
    generator = torch.Generator().manual_seed(request.seed)
    with torch.inference_mode():
        motion = extend_clip(bundle.motion_model, generator, motion, windows * len(motion), conditions)
    one_way = replace(resolved, action_label=replace(label, cyclic=False, returns_to_start=False))
    group = group_of(label.cyclic, label.returns_to_start)
    return engine.decode(one_way, shape, motion, ignore_progress), group


def measure_training_clips(library: Library, categories: Sequence[str]) -> dict[str, list[Window]]:
    """Measure the training clips of categories, each as one window."""
    measured: dict[str, list[Window]] = {LOOP: [], RETURN: [], END: []}
    for entry in library.creatures("train", tuple(categories)):
        asset = library.read(entry)
        for clip in entry.usable_clips:
            count = max(4, round(clip.seconds * FPS))
            frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), count))
            fps = count / max(clip.seconds, 1e-6)
            (whole,) = measure_windows(asset.rest, asset.faces, frames, fps, 1)
            measured[group_of(clip.cyclic, clip.returns_to_start)].append(whole)
    return measured


def row(title: str, windows: Sequence[Window]) -> list[str]:
    """Return one row: medians, and how many windows stand still."""
    still = sum(one.extent < MIN_DISPLACEMENT for one in windows)
    return [
        title,
        f"{np.median([one.jerk for one in windows]):.0f}",
        f"{np.median([one.edge_change for one in windows]):.3f}",
        f"{100 * np.median([one.volume_change for one in windows]):.1f}",
        f"{100 * np.median([one.extent for one in windows]):.1f}",
        f"{100 * np.median([one.drift for one in windows]):.1f}",
        f"{still} of {len(windows)}",
    ]


def tables(sampled: Sequence[tuple[str, list[Window]]], training: dict[str, list[Window]]) -> list[str]:
    """Return a table a group: one row a window, then the training clips."""
    out: list[str] = []
    head = ("window", "jerk", "edge change", "volume change %", "extent %", "drift %", "still")
    for group, real in training.items():
        clips = [windows for name, windows in sampled if name == group]
        if not clips:
            continue
        body = [row(str(i + 1), [windows[i] for windows in clips]) for i in range(len(clips[0]))]
        if real:
            body.append(row("training clips", real))
        out += [f"{group[0].upper()}{group[1:]}:", "", *rows(head, body)]
    return out


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device")
    parser.add_argument("--count", type=int, default=48, help="samples")
    parser.add_argument("--windows", type=int, default=4, help="length of each clip in windows of the model")
    return parser


def main() -> None:
    """Write the tables and the picture."""
    options = build_parser().parse_args()
    engine = DnfEngine(options.weights, options.device)
    pairs = [(c.name, action) for c in engine.info().categories for action in c.actions]
    sampled: list[tuple[str, list[Window]]] = []
    strips: list[np.ndarray] = []
    for number in range(options.count):
        # spread over all labels: neighbours in the list are of one category
        category, action = pairs[number * len(pairs) // options.count % len(pairs)]
        request = GenerateRequest(
            category, action, FIRST_SEED + number, detail=options.detail, faces=None, texture=None
        )
        clip, group = sample_extended(engine, request, options.windows)
        sampled.append(
            (group, measure_windows(clip.rest, clip.faces, clip.vertices, clip.fps, options.windows))
        )
        if number % max(1, options.count // SHOWN) == 0 and len(strips) < SHOWN:
            strips.append(film_strip(clip.vertices, clip.faces, clip.colours, MOMENTS, SIZE))
        print(number + 1, category, action, file=sys.stderr, flush=True)
    categories = [category.name for category in engine.info().categories]
    frames = options.windows * engine.description.motion_model.frames
    save_png(options.out / PICTURE, np.concatenate(strips), max_colours=128)
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, {options.count} samples over all labels (seeds "
        f"from {FIRST_SEED:,}, detail {options.detail}), each clip extended to {frames} model frames "
        "(`studies/motion_inpainting.py`): the last quarter of a window is given to the next. Medians. Jerk "
        "in diagonals / s³. *Extent*: 95th percentile over vertices of the extent of their path, percent of "
        "the diagonal. *Drift*: distance of the mean pose from that of the first window, percent of the "
        f"diagonal. *Still*: extent below {100 * MIN_DISPLACEMENT:g} %.",
        "",
        *tables(sampled, measure_training_clips(Library(options.shared), categories)),
        f"![{len(strips)} creatures, {MOMENTS} frames each]({PICTURE})",
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
