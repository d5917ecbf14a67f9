"""The page of the table of engines: rows computed now and before, published rows, pictures."""

from pathlib import Path
from typing import Any

from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.engine_sheets import engine_sheet
from zoetrope.evaluation.report.markdown_tables import (
    GENERATION,
    generation_section,
    generation_tables,
    rows,
)
from zoetrope.evaluation.results.engine_results import table_settings
from zoetrope.evaluation.session.output_files import read_findings, write_text
from zoetrope.evaluation.session.result_cache import write_json
from zoetrope.evaluation.session.session import Session
from zoetrope.evaluation.session.stored_json import read_json
from zoetrope.geometry.rendering import save_png

PUBLISHED = (
    ("voxel diffusion", "21.9", "35", "85", "HyperDiffusion (ICCV 2023)"),
    ("HyperDiffusion", "15.5", "45", "62", "HyperDiffusion (ICCV 2023)"),
    ("HyperDiffusion", "16.0", "45.9", "63.5", "DNF (CVPR 2025)"),
    ("Motion2VecSets", "18.7", "48.1", "68.2", "DNF (CVPR 2025)"),
    ("DNF", "15.3", "54.1", "58.2", "DNF (CVPR 2025)"),
)
"""Published results on DeformingThings4D animals, by clip: other data, and another unit of MMD."""
COSTS = (
    "engine", "weights", "parameters", "training, minutes", "seconds", "peak MiB", "rejected %", "machine",
)  # fmt: skip
COLOURS = 128
NO_LEAKS: dict[str, Any] = {"leaked": [], "references": 0, "creatures": 0}
UNPRINTABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What printing a page raises for a report that lacks something."""


def kept_rows(session: Session, split: str, earlier: Path) -> dict[str, Any]:
    """Return the rows of an earlier report: engines measured elsewhere, or before.

    Parameters
    ----------
    earlier : Path
        A report.json of this command.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file is missing or damaged, or its rows were measured otherwise.
    """
    settings = table_settings(session, split)
    try:
        kept = read_json(earlier)
        rows = {str(name): dict(row) for name, row in kept["engines"].items()}
    except (OSError, *UNPRINTABLE) as error:
        raise _not_kept(earlier) from error
    for name, now in settings.items():
        if kept.get(name) != now:
            raise ZoetropeError(
                f"The rows of {earlier} were measured otherwise: {name} {kept.get(name)}, now {now}.",
                code="bad_option",
                remedy="Give the same options, or another folder with --out.",
            )
    try:
        _print_rows({**settings, "engines": rows, "printed": {"command": session.cache.command}})
    except UNPRINTABLE as error:
        raise _not_kept(earlier) from error
    return rows


def _not_kept(earlier: Path) -> ZoetropeError:
    return ZoetropeError(
        f"{earlier} is no report whose rows could be kept.",
        code="bad_option",
        remedy="Leave --keep out, or give the folder of an earlier report with --out.",
    )


def _print_rows(report: dict[str, Any]) -> None:
    """Print all that a page may print of the rows of a report; raises one of `UNPRINTABLE` if it cannot."""
    engines_page(report, "")
    for row in report["engines"].values():
        scores, leaks = row["generation"][report["split"]], row.get("leaks", NO_LEAKS)
        if "leaks" in row:
            row["cost"]
        # Beside itself, since every row of whole sets may be compared with an engine's.
        compared = "leaks" in row or "sizes" in scores["centred"]
        generation_section({"one": scores, **({"other": scores} if compared else {})}, "one", leaks)


def engines_page(report: dict[str, Any], findings: str) -> str:
    """Return the Markdown page of a report; `findings` is text by hand that precedes the tables."""
    split, engines = report["split"], report["engines"]
    scored = {name: one["generation"][split] for name, one in engines.items()}
    sampled = [name for name, one in engines.items() if "leaks" in one]
    compared = "dnf" if "dnf" in sampled else next(iter(sampled), "")
    costs = [
        (
            name,
            f"`{one['weights'][:16]}`",
            f"{one['cost']['parameters']:,}",
            _minutes(one["cost"]["training_seconds"]),
            f"{one['cost']['seconds']:.1f}",
            _mebibytes(one["cost"]["peak_mib"]),
            f"{100 * one['rejected']:.0f}",
            one["cost_provenance"]["machine"],
        )
        for name, one in engines.items()
        if "cost" in one
    ]
    return "\n".join(
        [
            f"# Engines, split {split}",
            "",
            f"    {report['printed']['command']}",
            "",
            findings,
            "",
            f"Of {', '.join(report['categories'])}, the categories that all weights have; detail "
            f"{report['detail']}.",
            "",
            *_limited(report["limit"]),
            GENERATION,
            "",
            *(
                generation_section(
                    scored,
                    compared,
                    engines[compared]["leaks"],
                    {name: engines[name]["leaks"] for name in sampled if name != compared},
                )
                if compared
                else generation_tables(scored)
            ),
            "## Costs",
            "",
            "One creature in a process of its own, its start included: all faces, no textures; dnf's as",
            "shape keys, the others' as mesh frames, which are not tracked. Training from run folders,",
            "samples included. Rejected: of the sampled clips those with a frame without a surface. The next",
            "clip was taken instead, after a few the next label. What dnf's own checks reject is not",
            "counted.",
            "",
            *rows(COSTS, costs),
            "## Published",
            "",
            "Animals of DeformingThings4D, each paper's own split by clip and unit of MMD: only the order",
            "can be compared.",
            "",
            *rows(("method", "MMD", "COV %", "1-NNA %", "source"), PUBLISHED),
            "## Samples",
            "",
            "Seeds 0 to 15, none left out, categories in turn.",
            "",
            *(
                line
                for name, one in engines.items()
                if "cost" in one
                for line in (f"{name}:", "", f"![{name}]({picture_name(name)})", "")
            ),
            *_provenance(engines),
        ]
    ).rstrip()


def _limited(limit: int) -> list[str]:
    return [f"**A quick look: at most {limit} references (--limit), no result.**", ""] * bool(limit)


def _provenance(engines: dict[str, Any]) -> list[str]:
    """Print the command that computed the row of each engine."""
    lines = [
        f"- {name}: `{one['provenance']['command']}` (commit {one['provenance']['commit'] or 'unknown'})"
        for name, one in engines.items()
        if one.get("provenance")
    ]
    return ["## Provenance", "", *lines] if lines else []


def _minutes(seconds: float | None) -> str:
    return "not stored" if seconds is None else f"{seconds / 60:.0f}"


def _mebibytes(peak: float | None) -> str:
    return "–" if peak is None else f"{peak:.0f}"  # not known on Windows


def picture_name(engine: str) -> str:
    """Return the file name of an engine's sheet."""
    return f"samples_{engine.replace(' ', '_')}.png"


def save_engines(session: Session, report: dict[str, Any], out: Path) -> None:
    """Write report.json, README.md and a sheet for each engine; text of findings.md there comes first.

    All is made before the first file is replaced.
    """
    page = engines_page(report, read_findings(out).strip()) + "\n"
    sheets = {
        picture_name(name): engine_sheet(session.engines[name], session.detail, session.on_progress)
        for name, one in report["engines"].items()
        if name in session.engines and "cost" in one
    }
    write_json(out / "report.json", report)
    for file, image in sheets.items():
        save_png(out / file, image, COLOURS)
    write_text(out / "README.md", page)
