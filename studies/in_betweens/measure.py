"""Motion drawn between given poses: are the poses met, and does the body get smoothly from one to the other?

`python -m studies.in_betweens.measure --weights weights --out studies/in_betweens`
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from zoetrope.engines.base import GenerateRequest, ignore_progress
from zoetrope.engines.bundle import ActionLabel
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.motion_inpainting import GivenPoses, MotionConditions, sample_in_between
from zoetrope.engines.sampling import sample_motion
from zoetrope.evaluation.protocols.motion_quality import jerk
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows

from studies.command_line import page_parser

PAGE = "README.md"
FIRST_SEED = 7_000_000
GIVEN = 4
"""Poses at each end."""
AIM = 0.5
"""Percent of the diagonal by which a given pose may be missed."""


@dataclass(frozen=True)
class Between:
    """One drawn in-between in numbers.

    missed : mean distance of the vertices from each given pose (2 GIVEN,), percent of the diagonal.
    seam : the longer of the two steps out of and into the given poses, over the longest step of the clips.
    jerk : over that of the clips.
    """

    missed: np.ndarray
    seam: float
    jerk: float


def measured(
    drawn: np.ndarray, first: np.ndarray, last: np.ndarray, clips: list[np.ndarray], diagonal: float
) -> Between:
    """Frames (T, V, 3) between poses (GIVEN, V, 3) of clips (T, V, 3), all of one body."""
    ends = np.concatenate([drawn[:GIVEN] - first, drawn[-GIVEN:] - last])
    steps = _steps(drawn)
    longest = max(float(_steps(clip).max()) for clip in clips)
    usual = float(np.mean([jerk(clip, 1.0, False) for clip in clips]))
    return Between(
        100 * np.linalg.norm(ends, axis=-1).mean(axis=1) / diagonal,
        float(max(steps[GIVEN - 1], steps[-GIVEN])) / max(longest, 1e-9),
        jerk(drawn, 1.0, False) / max(usual, 1e-9),
    )


def _steps(frames: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=1)
    return found


def drawn_between(
    engine: DnfEngine, category: str, actions: tuple[str, str], seed: int, detail: int
) -> Between:
    """Poses of one body: from the end of one action to the start of another, or over the middle of one."""
    bundle = engine.load()
    frames = bundle.motion_model.config.frames
    request = GenerateRequest(category, actions[0], seed, detail=detail, frames=frames)
    made = engine.generate(request, lambda *_: None)
    shape = torch.from_numpy(made.tokens["shape"])[None].to(engine.device())
    conditions, labels = [], []
    for action in actions:
        resolved = engine.resolve(replace(request, action=action))
        label = ActionLabel(action, False, False, 0)
        labels.append(replace(resolved, action_label=label))
        conditions.append(
            MotionConditions(
                shape,
                resolved.category_index,
                resolved.action_index,
                (False, False),
                engine.description.motion_guidance,
            )
        )

    def shown(motion: Tensor, which: int, given: Sequence[GivenPoses] = ()) -> np.ndarray:
        return engine.decode(labels[which], shape, motion, ignore_progress, given).vertices

    def drawn(which: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed + which)
        one = conditions[which]
        return sample_motion(
            bundle.motion_model, generator, shape, one.category, one.action, one.flags, one.guidance
        )

    with torch.inference_mode():
        if actions[0] == actions[1]:
            motions = [drawn(0)]
            ends = slice(None, GIVEN), slice(-GIVEN, None)
        else:
            motions = [drawn(0), drawn(1)]
            ends = slice(-GIVEN, None), slice(None, GIVEN)
        clips = [shown(motion, i) for i, motion in enumerate(motions)]
        generator = torch.Generator().manual_seed(seed)
        middle = sample_in_between(
            bundle.motion_model,
            generator,
            motions[0][ends[0]],
            motions[-1][ends[1]],
            frames,
            conditions[-1],
        )
    diagonal = float(np.linalg.norm(np.ptp(made.rest, axis=0)))
    given = (
        GivenPoses(motions[0], labels[0].action_label, ends[0], 0),
        GivenPoses(motions[-1], labels[-1].action_label, ends[1], frames - GIVEN),
    )
    return measured(shown(middle, -1, given), clips[0][ends[0]], clips[-1][ends[1]], clips, diagonal)


def row(title: str, some: list[Between]) -> list[str]:
    """One line of the table: how the poses are met, medians of seam and jerk."""
    missed = np.concatenate([one.missed for one in some])
    return [
        title,
        f"{len(some)}",
        f"{missed.mean():.2f}",
        f"{np.quantile(missed, 0.95):.2f}",
        f"{np.mean(missed <= AIM):.0%}",
        f"{np.median([one.seam for one in some]):.2f}",
        f"{np.median([one.jerk for one in some]):.2f}",
    ]


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "detail", "device")
    parser.add_argument("--count", type=int, default=24, help="drawn creatures, for each case")
    given = parser.parse_args()
    engine = DnfEngine(given.weights, given.device)
    pairs = [(c.name, c.actions, i) for c in engine.info().categories for i in range(len(c.actions))]
    cases: dict[str, list[Between]] = {"over the middle of one clip": [], "from one action to another": []}
    for number in range(given.count):
        category, actions, i = pairs[int(number * len(pairs) / given.count) % len(pairs)]
        other = actions[(i + 1) % len(actions)]
        for case, second in zip(cases, (actions[i], other), strict=True):
            asked, seed = (actions[i], second), FIRST_SEED + number
            cases[case].append(drawn_between(engine, category, asked, seed, given.detail))
        print(number + 1, category, actions[i], other, flush=True)
    head = ("", "clips", "missed by %", "95th percentile", f"within {AIM:g} %", "seam", "jerk")
    table = rows(head, (row(title, some) for title, some in cases.items()))
    text = [
        f"The first and last {GIVEN} poses of {engine.description.motion_model.frames} are given, poses of "
        "drawn clips as they are shown; what lies between is drawn by `engines/motion_inpainting.py` (seeds from "
        f"{FIRST_SEED:,}, detail {given.detail}, weights `{engine.info().weights_checksum[:16]}`). *Missed "
        "by*: mean distance of a given pose's vertices, percent of the body's diagonal. *Seam*: the longer "
        "of the steps out of and into the given poses, over the longest of the clips they are of. *Jerk*: "
        "over that of these clips. Both are medians over clips.",
        "",
        *table,
    ]
    save_page(given.out / PAGE, "Between given poses", text)
    print("\n".join(table))


if __name__ == "__main__":
    main()
