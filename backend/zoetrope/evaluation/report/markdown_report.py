"""The report's pages: Markdown printed from its data, and the same as one HTML file."""

from typing import Any

from markdown_it import MarkdownIt

from zoetrope.evaluation.protocols.novelty import COPY
from zoetrope.evaluation.report.markdown_tables import (
    GENERATION,
    generation_section,
    generation_tables,
    number,
    reconstruction_tables,
    rows,
)

Json = dict[str, Any]
SPLITS = {
    "by_clip": "Split by clip",
    "by_creature": "Split by creature",
    "folder": "The given files",
}
CHECKS = {
    "all": "all checks",
    "largest_share": "one part, 98 % of the volume",
    "legs": "3 legs on the ground (quadrupeds)",
    "displacement": "moves 3 % of the diagonal",
    "stretch": "edge stretch at most 2",
    "closing": "loop closes",
}
MOTION = {
    "edge_change": "edge length change, mean \\|log\\|",
    "volume_change": "volume change",
    "jerk": "jerk, diagonals / s³",
    "closing": "loop closing, median steps",
    "penetration": "below ground, heights",
    "sliding": "foot sliding, heights / s",
}
NOVELTY = {"shape": "shape, box units", "motion": "clip, half widths"}
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{border-bottom:1px solid #ddd;padding:.25em .7em}"
    "th{text-align:left}code{background:#f4f4f4;padding:.1em .3em}img{max-width:100%}"
)


def markdown(report: Json, findings: str = "") -> str:
    """Print a report, or a report of samples alone, as Markdown.

    Parameters
    ----------
    findings : str
        Markdown that interprets the numbers; it precedes the tables.
    """
    own = report["engines"][report["engine"]]
    whole = "generation" in own
    lines = _title(report, f"{'Evaluation' if whole else 'Samples'} of {report['engine']}")
    if findings.strip():
        lines += [findings.strip(), ""]
    if whole:
        lines += [*_generation(report), *_reconstruction(own["reconstruction"])]
    lines += [*_checks(own["checks"]), *_motion(own["motion"]), *_novelty(own["novelty"])]
    return "\n".join([*lines, *_provenance(report["provenance"])])


def _title(report: Json, title: str) -> list[str]:
    training, printed = report["training"], report["printed"]
    seeds = ", ".join(f"{a} to {b}" for a, b in report["seeds"])
    return [
        f"# {title}",
        "",
        f"Weights `{report['weights'][:16]}`, trained on {len(training['creatures'])} creatures "
        f"({', '.join(report['categories'])}), split {training['split']}. {report['sets']} independent sets, "
        f"detail {report['detail']}; seeds {seeds} in steps of {report['seed_step']} (those between replace "
        "samples without a surface).",
        "",
        f"    {printed['command']}",
        "",
        f"Printed at commit {printed['commit'] or 'unknown'} on {printed['machine']}; command and commit of "
        "each part are listed at the end. ± is one standard error.",
        "",
    ]


def _generation(report: Json) -> list[str]:
    out = ["## Generation", "", GENERATION, ""]
    for split, title in SPLITS.items():
        scored = {
            name: engine["generation"][split]
            for name, engine in report["engines"].items()
            if split in engine.get("generation", {})
        }
        if scored:
            out += [f"### {title}, the engine's categories", ""]
            out += generation_section(scored, report["engine"], report["leaks"][split])
        if split in report["bounds"]:
            out += [f"### {title}, all categories: bounding rows", ""]
            out += generation_tables(report["bounds"][split])
    return out


def _reconstruction(groups: dict[str, Json]) -> list[str]:
    return [
        "## Reconstruction",
        "",
        "Tokens are fitted to samples of a creature and its clips; errors are measured at held-out points, "
        "against the outer surface; box units (longest side 1.8).",
        "",
        *reconstruction_tables(groups),
    ]


def _checks(checks: Json) -> list[str]:
    return [
        "## Quality checks",
        "",
        f"Of {checks['count']} samples, none left out:",
        "",
        *rows(("check", "share, %"), ((text, number(checks[check], 100)) for check, text in CHECKS.items())),
        "The first samples:",
        "",
        "![Samples](samples.png)",
        "",
    ]


def _motion(motion: Json) -> list[str]:
    body = []
    for metric, text in MOTION.items():
        ratio = motion["ratio"].get(metric)
        cells = (number(motion[part].get(metric), 1, 4) for part in ("sampled", "training", "test"))
        body.append((text, *cells, "–" if ratio is None else f"{ratio:.2f}"))
    return [
        "## Quality of motion",
        "",
        "Means over clips, beside those of real clips:",
        "",
        *rows(("", "samples", "training clips", "test clips", "samples / training"), body),
    ]


def _novelty(novelty: Json) -> list[str]:
    head = ("", "samples, median", "test, median", "ratio", "sampling error", "copies in samples, %")
    body = []
    for key, text in NOVELTY.items():
        one = novelty[key]
        medians = (number(one[part]["median"], 1, 4) for part in ("sampled", "test"))
        copies = (number(one[part]["copies"], 100) for part in ("sampled", "test"))
        body.append((text, *medians, f"{one['ratio']:.2f}", f"{one['sampling_error']:.4f}", *copies))
    return [
        "## Novelty",
        "",
        "Distance to the nearest training body or training clip, beside that of "
        "real creatures and clips outside the training. The sampling error is the distance between two "
        f"samplings of one surface; *copies* are nearer than {COPY} times that.",
        "",
        *rows((*head, "in test, %"), body),
        "The first samples and the three training bodies nearest to each:",
        "",
        "![Nearest training bodies](nearest_bodies.png)",
        "",
        "The clips of the first samples, each above the three training clips nearest to it:",
        "",
        "![Nearest training clips](nearest_clips.png)",
        "",
    ]


def _provenance(parts: dict[str, Json]) -> list[str]:
    commands = list(dict.fromkeys(part["command"] for part in parts.values()))
    body = (
        (name, f"{part['seconds']:.0f}", part["commit"], str(commands.index(part["command"]) + 1))
        for name, part in parts.items()
    )
    return [
        "## Provenance of each part",
        "",
        *rows(("part", "seconds", "commit", "command"), body),
        *(f"{index}. `{command}`" for index, command in enumerate(commands, 1)),
        "",
    ]


def html(page: str, title: str) -> str:
    """Convert a Markdown page to one HTML file."""
    body = MarkdownIt("commonmark").enable("table").render(page)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n{body}</html>\n"
    )
