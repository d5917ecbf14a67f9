"""How much does rejection sampling improve bodies and motions, beside real ones?

python -m studies.resampling.measure --seeds 24 --out studies/resampling
"""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.base import CategoryInfo
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.body_checks import (
    BODY_PASSED,
    CHECK_DETAIL,
    MAX_OVERHANG,
    BodyCheck,
    check_body,
    check_surface,
)
from zoetrope.engines.sampling.motion_checks import (
    MAX_FOOT_CLEARANCE,
    MAX_STRETCH,
    MIN_MOVEMENT,
    MOTION_PASSED,
    PROBE_EDGES,
    MotionCheck,
    Probe,
    check_frames,
    check_motion,
    must_touch_ground,
)
from zoetrope.engines.sampling.rejection_sampling import (
    MAX_ATTEMPTS,
    sample_body_candidate,
    sample_motion_candidate,
    sample_passing_body,
    sample_until_passing,
)
from zoetrope.evaluation.protocols.leak_check import training_creatures
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.ground_contact import find_feet
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.signed_distance import find_thin_faces, signed_distance
from zoetrope.geometry.solid import build_solid

from studies.command_line import run, study_parser
from studies.page import write_results

FPS, MIN_FRAMES, MAX_FRAMES = 12, 8, 24
"""Frames at which real clips are checked."""
GROUPS = ("first samples", "accepted samples", "training clips")
DEFECTS = ("stretched", "foot in the air", "hardly moving")
"""Names of the fields of `MotionCheck`."""


def check_training_body(library: Library, entry: CreatureEntry) -> BodyCheck:
    """Check the true surface of a training creature, extracted like that of a sample."""
    asset = library.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    thin = find_thin_faces(solid)
    surface = extract_surface(
        lambda points: signed_distance(solid, points.astype(np.float64), thin)[0].astype(np.float32),
        CHECK_DETAIL,
    )
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    return check_surface(vertices, faces, entry.category)


def check_training_clips(library: Library, entry: CreatureEntry) -> list[MotionCheck]:
    """Check every usable clip of a training creature on the mesh of its file."""
    asset = library.read(entry)
    edges, height = unique_edges(asset.faces), float(np.ptp(asset.rest[:, 2]))
    checks = []
    for clip in entry.usable_clips:
        feet = find_feet(asset.rest) if must_touch_ground(entry.category, clip.action) else []
        count = int(np.clip(round(clip.seconds * FPS), MIN_FRAMES, MAX_FRAMES))
        frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), count))
        checks.append(check_frames(Probe(asset.rest, edges, feet, height), frames))
    return checks


@torch.inference_mode()
def check_sampled_bodies(engine: DnfEngine, category: str, seed: int) -> list[BodyCheck]:
    """Return the checks of all bodies that are sampled for a seed; only the last can pass."""
    bundle, resolved = engine.load(), engine.resolve(GenerateRequest(category, "", seed))
    checks: list[BodyCheck] = []

    def check(shape: torch.Tensor) -> BodyCheck:
        checks.append(check_body(bundle, shape, category)[0])
        return checks[-1]

    sample_until_passing(lambda attempt: sample_body_candidate(bundle, resolved, attempt), check, BODY_PASSED)
    return checks


@torch.inference_mode()
def check_sampled_motions(engine: DnfEngine, category: str, action: str, seed: int) -> list[MotionCheck]:
    """Return the checks of all motions that are sampled for a seed; only the last can pass."""
    bundle, resolved = engine.load(), engine.resolve(GenerateRequest(category, action, seed))
    body = sample_passing_body(bundle, resolved)
    surface = body.surface
    if surface is None:
        return [MOTION_PASSED]
    checks: list[MotionCheck] = []

    def check(motion: torch.Tensor) -> MotionCheck:
        checks.append(check_motion(bundle, resolved, body.tokens, surface, motion))
        return checks[-1]

    sample_until_passing(
        lambda attempt: sample_motion_candidate(bundle, resolved, body.tokens, attempt), check, MOTION_PASSED
    )
    return checks


def row(category: str, sampled: Sequence[Sequence[Any]], passed: object, real: Sequence[Any]) -> list[str]:
    """Return a row: first samples that pass, accepted ones that pass, mean attempts, real ones that pass.

    Parameters
    ----------
    sampled : the checks of all attempts of each seed.
    passed : the check without defects.
    """
    first = sum(checks[0] == passed for checks in sampled)
    last = sum(checks[-1] == passed for checks in sampled)
    count = len(sampled)
    attempts = np.mean([len(checks) for checks in sampled])
    passing_real = sum(check == passed for check in real)
    return [
        category,
        *(f"{first} of {count}", f"{last} of {count}", f"{attempts:.1f}", f"{passing_real} of {len(real)}"),
    ]


def defect_row(
    category: str, sampled: Sequence[Sequence[MotionCheck]], real: Sequence[MotionCheck]
) -> list[str]:
    """Return how many first motions, accepted motions and training clips have each defect."""
    groups = [checks[0] for checks in sampled], [min(checks) for checks in sampled], real
    counts = (sum(value > 0 for value in values) for group in groups for values in zip(*group, strict=True))
    return [category, *map(str, counts)]


def head(real: str) -> tuple[str, ...]:
    """Return the head of a table of passing samples."""
    return ("category", "first sample passes", f"one of {MAX_ATTEMPTS} passes", "mean attempts", real)


def cycle_actions(category: CategoryInfo, seeds: Sequence[int]) -> list[tuple[str, int]]:
    """Return (action, seed), the category's actions in turn."""
    return [(category.actions[i % len(category.actions)], seed) for i, seed in enumerate(seeds)]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "device")
    parser.add_argument("--first", type=int, default=2000, help="first seed")
    parser.add_argument("--seeds", type=int, default=40, help="seeds a category")
    return parser


def main() -> None:
    """Write the tables."""
    options = build_parser().parse_args()
    engine, library = DnfEngine(options.weights, options.device), Library(options.shared)
    training = training_creatures(library, engine.description.training)
    seeds = range(options.first, options.first + options.seeds)
    bodies, motions, defects, failing = [], [], [], []
    for category in engine.info().categories:
        entries = [entry for entry in training if entry.category == category.name]
        real_bodies = {entry.file: check_training_body(library, entry) for entry in entries}
        failing += [file for file, check in real_bodies.items() if check != BODY_PASSED]
        sampled_bodies = [check_sampled_bodies(engine, category.name, seed) for seed in seeds]
        bodies.append(row(category.name, sampled_bodies, BODY_PASSED, list(real_bodies.values())))
        print(*bodies[-1], flush=True)
        sampled = [
            check_sampled_motions(engine, category.name, *one) for one in cycle_actions(category, seeds)
        ]
        real = [check for entry in entries for check in check_training_clips(library, entry)]
        motions.append(row(category.name, sampled, MOTION_PASSED, real))
        defects.append(defect_row(category.name, sampled, real))
        print(*motions[-1], flush=True)
    defect_head = ("category", *(f"{group}: {defect}" for group in GROUPS for defect in DEFECTS))
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, seeds {seeds[0]} to {seeds[-1]} of every "
        "category. Actions in turn; the motions are on the accepted bodies.",
        "",
        "**Bodies** (`engines/sampling/body_checks.py`, surface at detail "
        f"{CHECK_DETAIL}): one connected part, but for fragments that the clean-up removes; quadrupeds on "
        "four legs; bipeds, dinosaurs and quadrupeds with the centre of mass over their feet (at most "
        f"{MAX_OVERHANG:.1%} of the diagonal outside) and no fragments on the ground.",
        "",
        *rows(head("training creatures that pass"), bodies),
        f"Training creatures that do not pass: {', '.join(failing) or 'none'}.",
        "",
        f"**Motions** (`engines/sampling/motion_checks.py`): 99 % of {PROBE_EDGES} edges over all frames "
        f"stretched at most {MAX_STRETCH} times; every foot of a quadruped within "
        f"{MAX_FOOT_CLEARANCE:.0%} of its height of the ground at some time, except in deaths; some point "
        f"moves by {MIN_MOVEMENT:.1%} of the diagonal.",
        "",
        *rows(head("training clips that pass"), motions),
        "Defects of the motions:",
        "",
        *rows(defect_head, defects),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
