"""The table of engines: the same metrics on the same references, costs, published rows, pictures."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.costs import measure_cost, training_seconds
from zoetrope.evaluation.protocols.leak_check import find_leaks
from zoetrope.evaluation.report.engine_sheets import engine_sheet
from zoetrope.evaluation.report.generation_results import score_rows
from zoetrope.evaluation.report.markdown_tables import (
    GENERATION,
    generation_section,
    generation_tables,
    rows,
)
from zoetrope.evaluation.report.page_files import read_findings, write_text
from zoetrope.evaluation.report.result_cache import finite, machine, write_json
from zoetrope.evaluation.report.session import Session
from zoetrope.evaluation.report.stored_json import read_json
from zoetrope.evaluation.report.training_check import checked_training
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


def build_engines(
    session: Session, split: str, folders: dict[str, Path], only: Sequence[str] = ()
) -> dict[str, Any]:
    """Compute the table as data; every part is kept in the session's cache.

    Parameters
    ----------
    folders : dict of str to Path
        Row name of an engine -> folder of its weights.
    only : sequence of str
        Names of the rows to compute; empty: all.

    Returns
    -------
    dict
        engines.<name>.generation.<split>.<centred|as_is>.<mmd|cov|one_nna> with "value" and "se";
        engines.<name>.cost (`Cost`), .cost_provenance, .rejected (share of the sampled clips with a frame
        without a surface), .weights, .leaks (`find_leaks`) and .provenance for engines.
    """
    test = session.sequences(split, "test")
    leaks = {
        name: find_leaks(session.library, split, test, checked_training(folder))
        for name, folder in folders.items()
    }
    for folder in folders.values():
        training_seconds(folder)  # may be damaged
    parts = score_rows(session, split, only=only)
    engines: dict[str, Any] = {name: {"generation": {split: part["result"]}} for name, part in parts.items()}
    for name, folder in folders.items():
        if name not in engines:
            continue
        info = session.engines[name].info()
        session.on_progress(f"cost of {name}", 0, 1)

        def cost(name: str = name, folder: Path = folder) -> dict[str, Any]:
            one = session.engines[name].info()
            return asdict(measure_cost(one, folder, session.detail, session.device))

        key = session.key("cost", session.device, engine=name)
        part = session.cache.part(f"cost/{split}/{name}", key, cost)

        def rejected(name: str = name) -> dict[str, float]:
            samples = [one for one_set in session.samples(name, len(test)) for one in one_set]
            return {"share": 1 - len(samples) / sum(1 + one.rejected for one in samples)}

        empty = session.cache.part(
            f"rejected/{split}/{name}", session.key("rejected", len(test), engine=name), rejected
        )
        engines[name] |= {
            "cost": part["result"],
            "cost_provenance": part["provenance"],
            "rejected": empty["result"]["share"],
            "weights": info.weights_checksum,
            "leaks": leaks[name],
            "provenance": parts[name]["provenance"],
        }
    report: dict[str, Any] = finite(
        {
            **_settings(session, split),
            "engines": engines,
            "printed": {
                "commit": session.cache.commit,
                "machine": machine(),
                "command": session.cache.command,
            },
        }
    )
    return report


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
    settings = _settings(session, split)
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


def _settings(session: Session, split: str) -> dict[str, Any]:
    """Return what the rows of one table have in common."""
    return {
        "split": split,
        "categories": list(session.categories),
        "sets": session.sets,
        "detail": session.detail,
        "limit": session.limit,
        "labels": session.label_digest,
    }


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
            f"Of {', '.join(report['categories'])}; detail {report['detail']}.",
            "",
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
            "One creature in a process of its own, its start included; training from run folders. Rejected:",
            "of the sampled clips those with a frame without a surface. The next clip was taken instead,",
            "after a few the next label.",
            "",
            *rows(COSTS, costs),
            "## Published",
            "",
            "Animals of DeformingThings4D, each paper's own split by clip: only the order can be compared.",
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
        ]
    ).rstrip()


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
