"""At which truncation distance do sampled bodies score best? Bodies at rest, without sampled proportions.

python -m studies.truncation.measure --device cpu --out studies/truncation
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from zoetrope.engines.decoding.surface import decode_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.token_sampling import MAX_DISTANCE
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.protocols.bodies import bodies_of, body_of
from zoetrope.evaluation.protocols.generation import References, score
from zoetrope.evaluation.protocols.novelty import COPY, shape_sampling_error
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.protocols.sample_sets import ATTEMPTS, sample_labels, sample_seed
from zoetrope.evaluation.report.markdown_tables import SCALES, differences, number, rows
from zoetrope.evaluation.results.body_results import body_novelty
from zoetrope.evaluation.session.loading import open_session
from zoetrope.evaluation.session.session import Session

from studies.command_line import run, study_parser
from studies.page import write_results

DISTANCES = (0.5, 1.0, 2.0, math.inf)
SHIPPED = f"{MAX_DISTANCE:g}"


def sampled_bodies(
    engine: DnfEngine, categories: Sequence[str], count: int, set_index: int, detail: int
) -> list[LabelledSequence]:
    """Sample a set of bodies; categories: of the training creatures, of which samples are as frequent."""
    offered = [(name, "") for name in sorted(set(categories))]
    training = [(name, "") for name in categories]
    found = []
    for i in range(count):
        ((category, _),) = sample_labels(offered, training, 1, np.random.default_rng([set_index, i]))
        for attempt in range(ATTEMPTS):
            seed = sample_seed(set_index, i, attempt)
            try:
                found.append(sampled_body(engine, category, seed, detail))
                break
            except ZoetropeError as error:
                if error.code != "empty_surface" or attempt + 1 == ATTEMPTS:
                    raise
    return found


def sampled_body(engine: DnfEngine, category: str, seed: int, detail: int) -> LabelledSequence:
    """Sample one body as the engine does, and its cloud at rest."""
    action = engine.info().default_action(category)
    request = GenerateRequest(category, action, seed, detail=detail, faces=None, texture=None)
    with torch.inference_mode():
        body = engine.sample_body(engine.resolve(request), ignore_progress)
        vertices, faces = decode_surface(engine.load(), body.tokens, detail, ignore_progress, body.surface)
    return body_of(f"seed {seed}", category, vertices, faces, seed)


def measure(session: Session) -> list[str]:
    """Score samples of each distance."""
    test = bodies_of(session.library, session.test_creatures())
    training = [one for one in session.training_creatures if one.category in session.categories]
    known = bodies_of(session.library, session.training_creatures)
    references = References(test, "centred", session.device)
    error = shape_sampling_error(
        [(one.file, session.library.read(one)) for one in session.training_creatures]
    )
    scored: dict[str, dict[str, Any]] = {}
    table = []
    for distance in DISTANCES:
        name = "not truncated" if math.isinf(distance) else f"{distance:g}"
        engine = DnfEngine(session.weights, session.device, max_distance=distance)
        categories = [one.category for one in training]
        sets = [sampled_bodies(engine, categories, len(test), i, session.detail) for i in range(session.sets)]
        row = asdict(score(sets, references))
        scored[name] = {"centred": row}
        near = body_novelty([one for one_set in sets for one in one_set], known, error)
        table.append(
            (
                name,
                *(number(row[metric], scale) for metric, scale in SCALES.items()),
                number(near["copies"], 100),
                number(near["median"], 1, 4),
            )
        )
        print(table[-1], flush=True)
    head = ("distance", "MMD × 10³", "COV %", "1-NNA %", "copies, %", "median to the nearest")
    return [
        f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {session.detail}, "
        f"{session.sets} sets of {len(test)} bodies without sampled proportions against the test creatures, "
        f"{POINTS:,} points. Distances are between standardised latents. "
        f"Copies are nearer to a training body than {COPY} times the distance "
        "of two samplings of one.",
        "",
        *rows(head, table),
        f"Differences of the shipped distance, {SHIPPED}, paired:",
        "",
        *differences(scored, SHIPPED),
    ]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device")
    parser.add_argument("--sets", type=int, default=5, help="independent sets of samples")
    parser.add_argument("--work", type=Path, default=Path("runs/evaluation"), help="folder of finished parts")
    return parser


def main() -> None:
    """Write the tables."""
    options = build_parser().parse_args()
    settings: dict[str, Any] = {"sets": options.sets, "detail": options.detail}
    session = open_session(options.weights, options.shared, options.work, options.device, **settings)
    write_results(options.out, "measure", measure(session))


if __name__ == "__main__":
    run(main)
