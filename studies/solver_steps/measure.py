"""How many steps of the sampler are enough? Few against many, in the metrics of generation.

`python -m studies.solver_steps.measure --weights weights --shared ../shared --out studies/solver_steps`
"""

import sys
from pathlib import Path
from typing import Any

from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.protocols.generation import METRICS, References, difference, score
from zoetrope.evaluation.protocols.session import Session
from zoetrope.evaluation.report.page_files import save_page, tool_command
from zoetrope.evaluation.report.store import Store
from zoetrope.evaluation.report.tables import number, rows

from studies.command_line import page_parser

PAGE = "README.md"
SCALES = {"mmd": 1e3, "cov": 100.0, "one_nna": 100.0}


def scored(session: Session, split: str) -> dict[str, dict[str, Any]]:
    """A row of metrics for every engine of a session: the same seeds and labels, centred clouds."""
    test = session.items(split, "test")
    known = References(test, "centred", session.device)
    out = {}
    for name in session.engines:
        sets = [one.items for one in session.drawn(name, len(test))]
        out[name] = score(sets, known, session.on_step).to_dict()
    return out


def table(found: dict[str, dict[str, Any]], most: str) -> list[str]:
    """A row for each number of steps: the metrics, and by how much they differ from the most steps'."""
    body = []
    for name, one in found.items():
        cells = [number(one[metric], SCALES[metric]) for metric in METRICS]
        for metric in METRICS:
            if name == most:
                cells.append("–")
                continue
            less = difference(one, found[most], metric)
            cells.append(number({"value": less.value, "se": less.se}, SCALES[metric]))
        body.append([name, *cells])
    head = ("steps", "MMD × 10³", "COV %", "1-NNA %")
    return rows((*head, *(f"{title} less that of {most}" for title in head[1:])), body)


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail", "device")
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 20, 250], help="the last: yardstick")
    parser.add_argument("--split", default="by_creature", help="by_clip or by_creature")
    parser.add_argument("--sets", type=int, default=2, help="independent sets")
    parser.add_argument("--limit", type=int, default=0, help="at most so many references; 0: all")
    parser.add_argument("--work", type=Path, default=Path("runs/solver_steps"), help="keeps the sets")
    given = parser.parse_args()
    engines: dict[str, Any] = {
        f"{steps}": DnfEngine(given.weights, given.device, steps) for steps in given.steps
    }
    most = f"{given.steps[-1]}"
    session = Session(
        most,
        engines,
        given.weights,
        Library(given.shared),
        Store(given.work, tool_command()),
        given.sets,
        given.detail,
        given.limit,
        engines[most].device(),
    )
    session.training = engines[most].description.training
    session.on_step = lambda name, step, total: print(f"{name}: {step}/{total}", file=sys.stderr, flush=True)
    found = scored(session, given.split)
    lines = table(found, most)
    references = found[most]["references"]
    text = [
        f"{given.sets} independent sets of {references} against the test part of `{given.split}`, clouds "
        f"centred, detail {given.detail}, weights `{engines[most].info().weights_checksum[:16]}`. Seeds and "
        "labels are the same in every row; ± is one standard error.",
        "",
        *lines,
    ]
    save_page(given.out / PAGE, "Steps of the sampler", text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
