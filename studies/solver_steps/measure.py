"""How many steps of the sampler are enough? Few steps beside many, in the metrics of generation.

python -m studies.solver_steps.measure --limit 40 --sets 1 --out studies/solver_steps
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.protocols.generation import METRICS, References, difference, score
from zoetrope.evaluation.report.markdown_tables import SCALES, number, rows
from zoetrope.evaluation.session.output_files import tool_command
from zoetrope.evaluation.session.result_cache import ResultCache
from zoetrope.evaluation.session.session import Session

from studies.command_line import run, study_parser
from studies.page import write_results


def score_engines(session: Session, split: str) -> dict[str, dict[str, Any]]:
    """Return the metrics of every engine of a session: the same seeds and labels, centred clouds."""
    test = session.sequences(split, "test")
    references = References(test, "centred", session.device)
    results = {}
    for name in session.engines:
        sets = [[one.sequence for one in samples] for samples in session.samples(name, len(test))]
        results[name] = asdict(score(sets, references, session.on_progress))
    return results


def table(results: dict[str, dict[str, Any]], reference: str) -> list[str]:
    """Return a row each: the metrics, and their differences from those of the reference row."""
    body = []
    for name, scores in results.items():
        cells = [number(scores[metric], SCALES[metric]) for metric in METRICS]
        for metric in METRICS:
            if name == reference:
                cells.append("–")
                continue
            less = difference(scores, results[reference], metric)
            cells.append(number({"value": less.value, "se": less.se}, SCALES[metric]))
        body.append([name, *cells])
    head = ("steps", "MMD × 10³", "COV %", "1-NNA %")
    return rows((*head, *(f"{title} minus {reference}" for title in head[1:])), body)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device")
    parser.add_argument(
        "--steps", type=int, nargs="+", default=[10, 20, 250], help="the last is the reference"
    )
    parser.add_argument("--split", default="by_creature", help="by_clip or by_creature")
    parser.add_argument("--sets", type=int, default=2, help="independent sets")
    parser.add_argument("--limit", type=int, default=0, help="at most so many references; 0: all")
    parser.add_argument("--work", type=Path, default=Path("runs/solver_steps"), help="stores the sets")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    engines = {str(steps): DnfEngine(options.weights, options.device, steps) for steps in options.steps}
    reference = str(options.steps[-1])
    session = Session(
        reference,
        dict(engines),
        options.weights,
        Library(options.shared),
        ResultCache(options.work, tool_command()),
        sets=options.sets,
        detail=options.detail,
        limit=options.limit,
        device=engines[reference].device(),
        training=engines[reference].description.training,
        on_progress=lambda name, step, total: print(f"{name}: {step}/{total}", file=sys.stderr, flush=True),
    )
    results = score_engines(session, options.split)
    text = [
        f"Weights `{engines[reference].info().weights_checksum[:16]}`, detail {options.detail}; "
        f"{options.sets} independent sets of {results[reference]['references']} samples against the test "
        f"part of `{options.split}`, clouds centred. Same seeds and labels in every row; "
        "± is one standard error.",
        "",
        *table(results, reference),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
