"""Does sampled motion between given poses meet them, and get smoothly from one to the other?

python -m studies.in_betweens.measure --count 8 --out studies/in_betweens
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.token_sampling import MotionConditions, sample_motion
from zoetrope.engines.weights.bundle import ActionLabel
from zoetrope.evaluation.protocols.motion_quality import jerk
from zoetrope.evaluation.report.markdown_tables import rows

from studies.command_line import run, study_parser
from studies.motion_inpainting import GivenPoses, InBetweenEngine, sample_in_between
from studies.page import write_results

FIRST_SEED = 7_000_000
GIVEN = 4
"""Given poses at each end."""
TOLERANCE = 0.5
"""Percent of the diagonal within which a given pose counts as met."""
ONE_CLIP, TWO_ACTIONS = "within one clip", "from one action to another"


@dataclass(frozen=True)
class InBetween:
    """Measurements of one in-between.

    error : mean distance of the vertices from each given pose (2 GIVEN,), percent of the diagonal.
    seam : the longer of the steps out of and into the given poses, over the longest step of the clips.
    jerk : over the mean jerk of the clips.
    """

    error: np.ndarray
    seam: float
    jerk: float


def measure(
    sampled: np.ndarray, first: np.ndarray, last: np.ndarray, clips: Sequence[np.ndarray], diagonal: float
) -> InBetween:
    """Measure frames (T, V, 3) between poses (GIVEN, V, 3) of clips (T, V, 3), all of one body."""
    ends = np.concatenate([sampled[:GIVEN] - first, sampled[-GIVEN:] - last])
    steps = _step_lengths(sampled)
    longest = max(float(_step_lengths(clip).max()) for clip in clips)
    clip_jerk = float(np.mean([jerk(clip, 1.0, False) for clip in clips]))
    return InBetween(
        100 * np.linalg.norm(ends, axis=-1).mean(axis=1) / diagonal,
        float(max(steps[GIVEN - 1], steps[-GIVEN])) / max(longest, 1e-9),
        jerk(sampled, 1.0, False) / max(clip_jerk, 1e-9),
    )


def _step_lengths(frames: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=1)
    return lengths


def measure_in_between(
    engine: InBetweenEngine, category: str, actions: tuple[str, str], seed: int, detail: int
) -> InBetween:
    """Sample and measure an in-between of one body.

    With two actions: from the last poses of the first to the first poses of the second. With one action: from
    its first poses to its last, the middle sampled again.
    """
    bundle = engine.load()
    frames = bundle.motion_model.config.frames
    request = GenerateRequest(
        category, actions[0], seed, detail=detail, frames=frames, faces=None, texture=None
    )
    creature = engine.generate(request, ignore_progress)
    shape = torch.from_numpy(creature.tokens["shape"])[None].to(engine.device())
    conditions, resolved_requests = [], []
    for action in actions:
        resolved = engine.resolve(replace(request, action=action))
        resolved_requests.append(replace(resolved, action_label=ActionLabel(action, False, False, 0)))
        labels = resolved.category_index, resolved.action_index
        guidance = engine.description.motion_guidance
        conditions.append(MotionConditions(shape, *labels, (False, False), guidance))

    def decode(motion: Tensor, index: int, given: Sequence[GivenPoses] = ()) -> np.ndarray:
        engine.given = given
        return engine.decode(resolved_requests[index], shape, motion, ignore_progress).vertices

    def sample_clip(index: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed + index)
        return sample_motion(bundle.motion_model, generator, conditions[index])

    with torch.inference_mode():
        start, end = slice(None, GIVEN), slice(-GIVEN, None)
        if actions[0] == actions[1]:
            motions, (leaving, arriving) = [sample_clip(0)], (start, end)
        else:
            motions, (leaving, arriving) = [sample_clip(0), sample_clip(1)], (end, start)
        clips = [decode(motion, i) for i, motion in enumerate(motions)]
        sampled = sample_in_between(
            bundle.motion_model,
            torch.Generator().manual_seed(seed),
            motions[0][leaving],
            motions[-1][arriving],
            frames,
            conditions[-1],
        )
        given = (
            GivenPoses(motions[0], resolved_requests[0].action_label, leaving, 0),
            GivenPoses(motions[-1], resolved_requests[-1].action_label, arriving, frames - GIVEN),
        )
        vertices = decode(sampled, -1, given)
    diagonal = float(np.linalg.norm(np.ptp(creature.rest, axis=0)))
    return measure(vertices, clips[0][leaving], clips[-1][arriving], clips, diagonal)


def row(title: str, results: Sequence[InBetween]) -> list[str]:
    """Return one row: errors at the given poses, medians of seam and jerk."""
    error = np.concatenate([one.error for one in results])
    return [
        title,
        f"{len(results)}",
        f"{error.mean():.2f}",
        f"{np.quantile(error, 0.95):.2f}",
        f"{np.mean(error <= TOLERANCE):.0%}",
        f"{np.median([one.seam for one in results]):.2f}",
        f"{np.median([one.jerk for one in results]):.2f}",
    ]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "detail", "device")
    parser.add_argument("--count", type=int, default=24, help="in-betweens of each kind")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    engine = InBetweenEngine(options.weights, options.device)
    pairs = [(c.name, c.actions, i) for c in engine.info().categories for i in range(len(c.actions))]
    cases: dict[str, list[InBetween]] = {ONE_CLIP: [], TWO_ACTIONS: []}
    for number in range(options.count):
        category, actions, i = pairs[number * len(pairs) // options.count % len(pairs)]
        first, other = actions[i], actions[(i + 1) % len(actions)]
        seed = FIRST_SEED + number
        for case, second in ((ONE_CLIP, first), (TWO_ACTIONS, other)):
            cases[case].append(measure_in_between(engine, category, (first, second), seed, options.detail))
        print(number + 1, category, first, other, file=sys.stderr, flush=True)
    head = ("", "clips", "error %", "95th percentile", f"within {TOLERANCE:g} %", "seam", "jerk")
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, seeds from {FIRST_SEED:,}, detail "
        f"{options.detail}. The first and last {GIVEN} of {engine.description.motion_model.frames} model "
        "frames are poses of sampled clips, the rest is sampled (`studies/motion_inpainting.py`). *Error*: "
        "mean distance of the vertices from a given pose, percent of the body's diagonal. *Seam*: the longer "
        "of the steps out of and into the given poses, over the longest step of their clips. *Jerk*: over "
        "the jerk of these clips. Seam and jerk are medians.",
        "",
        *rows(head, (row(title, results) for title, results in cases.items())),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
