"""The tables of bodies at rest."""

from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.protocols.novelty import COPY
from zoetrope.evaluation.report.markdown_tables import (
    differences,
    generation_tables,
    leak_lines,
    number,
    rows,
)
from zoetrope.evaluation.results.body_results import BodyScores


def bodies_tables(scores: BodyScores, engine: str) -> list[str]:
    """Print all tables; differences are those of an engine to the others."""
    novelty = [
        (name, number(one["median"], 1, 4), number(one["copies"], 100), str(one["count"]))
        for name, one in scores.novelty.items()
    ]
    return [
        *generation_tables(
            scores.rows, {"centred": f"Against the test creatures, {POINTS:,} points of a body"}
        ),
        "Differences, paired:",
        "",
        *differences(scores.rows, engine),
        "Distance to the nearest training body, in box units (the longest side is 1.8). Copies are nearer "
        f"than {COPY} times the distance between two samplings of one body, {scores.sampling_error:.4f}:",
        "",
        *rows(("of", "median", "copies, %", "bodies"), novelty),
        *leak_lines(scores.leaks),
    ]
