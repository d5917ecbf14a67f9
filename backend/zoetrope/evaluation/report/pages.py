"""The report's pages: Markdown printed from `report.json`, and the same as one HTML file."""

from typing import Any

from markdown_it import MarkdownIt

from zoetrope.evaluation.report.tables import (
    GENERATION,
    generation_section,
    generation_tables,
    number,
    reconstruction_rows,
    rows,
)

Json = dict[str, Any]
SPLITS = {
    "by_clip": "Split by clip",
    "by_creature": "Split by creature",
    "folder": "The files that were given",
}
MOTION = {
    "edge_change": "edge length change, mean \\|log\\|",
    "volume_change": "volume change",
    "jerk": "jerk, diagonals / s³",
    "closing": "loop closing, median steps",
    "penetration": "below ground, heights",
    "sliding": "foot sliding, heights / s",
}
BARS = {
    "all": "all checks",
    "largest_share": "one part, 98 % of the volume",
    "legs": "3 legs on the ground (quadrupeds)",
    "displacement": "moves 3 % of the diagonal",
    "stretch": "edge stretch at most 2",
    "closing": "loop closes",
}
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{border-bottom:1px solid #ddd;padding:.25em .7em}"
    "th{text-align:left}code{background:#f4f4f4;padding:.1em .3em}img{max-width:100%}"
)


def markdown(report: Json, findings: str = "") -> str:
    """The page.

    Parameters
    ----------
    findings : str
        Markdown by whoever read the numbers; it stands before the tables.
    """
    own = report["engines"][report["engine"]]
    rebuilt = _reconstruction(own["reconstruction"]) if "reconstruction" in own else []
    return "\n".join(
        [
            *_title(report, f"Evaluation of {report['engine']}"),
            *_told(findings),
            *_generation(report),
            *rebuilt,
            *_drawn(own),
            *_made(report["made"]),
        ]
    )


def samples_markdown(report: Json, findings: str = "") -> str:
    """The page of what drawn creatures say by themselves."""
    own = report["engines"][report["engine"]]
    title = _title(report, f"What {report['engine']} draws")
    return "\n".join([*title, *_told(findings), *_drawn(own), *_made(report["made"])])


def _told(findings: str) -> list[str]:
    return [findings.strip(), ""] if findings.strip() else []


def _drawn(own: Json) -> list[str]:
    return [*_clean(own["clean"]), *_motion(own["motion"]), *_novelty(own["novelty"])]


def _title(report: Json, title: str) -> list[str]:
    training = report["training"]
    seeds = ", ".join(f"{a} to {b}" for a, b in report["seeds"])
    return [
        f"# {title}",
        "",
        f"Weights `{report['weights'][:16]}`, trained on {len(training['creatures'])} creatures "
        f"({', '.join(report['categories'])}), split {training['split']}. "
        f"{report['sets']} independent sets, detail {report['detail']}; seeds "
        f"{seeds} in steps of {report['seed_step']} (those "
        "between stand in for draws without a body).",
        "",
        f"    {report['printed']['command']}",
        "",
        f"Printed at commit {report['printed']['commit'] or 'unknown'} on {report['printed']['machine']}; "
        "which command, commit and machine made each part stands at the end. ± is one standard error.",
        "",
    ]


def _generation(report: Json) -> list[str]:
    engines, name = report["engines"], report["engine"]
    out = ["## Generation", "", GENERATION, ""]
    for split, title in SPLITS.items():
        scored = {n: e["generation"][split] for n, e in engines.items() if split in e.get("generation", {})}
        if not scored:
            continue
        out += [f"### {title}, the engine's categories", ""]
        out += generation_section(scored, name, report["met"][split])
        if report["bounds"].get(split):
            out += [f"### {title}, all categories: how far the scale reaches", ""]
            out += generation_tables(report["bounds"][split])
    return out


def _reconstruction(groups: dict[str, Json]) -> list[str]:
    return [
        "## Reconstruction",
        "",
        "Tokens fitted to samples, measured on points that the fit did not see, against the outer "
        "surface; box units (longest side 1.8).",
        "",
        *reconstruction_rows(groups),
    ]


def _clean(clean: Json) -> list[str]:
    return [
        "## Clean bodies",
        "",
        f"Of {clean['count']} drawn creatures, seeds that nobody picked:",
        "",
        *rows(("check", "share, %"), ((text, number(clean[bar], 100)) for bar, text in BARS.items())),
        "The first of them, none left out:",
        "",
        "![Drawn creatures](drawn.png)",
        "",
    ]


def _motion(motion: Json) -> list[str]:
    body = (
        (
            text,
            *(number(motion[part].get(m), 1, 4) for part in ("drawn", "training", "test")),
            "–" if motion["ratio"].get(m) is None else f"{motion['ratio'][m]:.2f}",
        )
        for m, text in MOTION.items()
    )
    return [
        "## Quality of motion",
        "",
        "Means over clips, beside real ones:",
        "",
        *rows(("", "drawn", "training clips", "test clips", "drawn / training"), body),
    ]


def _novelty(novelty: Json) -> list[str]:
    head = (
        "",
        "drawn, median",
        "test, median",
        "ratio",
        "sampling floor",
        "copies among drawn, %",
        "among test, %",
    )
    body = (
        (
            title,
            number(novelty[key]["drawn"]["median"], 1, 4),
            number(novelty[key]["test"]["median"], 1, 4),
            f"{novelty[key]['ratio']:.2f}",
            f"{novelty[key]['floor']:.4f}",
            number(novelty[key]["drawn"]["copies"], 100),
            number(novelty[key]["test"]["copies"], 100),
        )
        for key, title in (("shape", "shape, box units"), ("motion", "clip, half widths"))
    )
    return [
        "## Novelty",
        "",
        "Distance to the nearest of the training's (augmented bodies included), beside that of real "
        "creatures and clips that it did not hold. *Copies* are nearer than 1.5 times what two samplings of "
        "one surface are apart.",
        "",
        *rows(head, body),
        "The first drawn creatures and the three training bodies nearest to each:",
        "",
        "![Nearest training bodies](nearest_bodies.png)",
        "",
        "The first drawn clips, each above the three training clips nearest to it:",
        "",
        "![Nearest training clips](nearest_clips.png)",
        "",
    ]


def _made(parts: dict[str, Json]) -> list[str]:
    commands = list(dict.fromkeys(made["command"] for made in parts.values()))
    body = (
        (part, f"{made['seconds']:.0f}", made["commit"], str(commands.index(made["command"]) + 1))
        for part, made in parts.items()
    )
    return [
        "## What made each part",
        "",
        *rows(("part", "seconds", "commit", "command"), body),
        *(f"{number}. `{command}`" for number, command in enumerate(commands, 1)),
        "",
    ]


def html(page: str, title: str) -> str:
    """A Markdown page as one HTML file."""
    body = MarkdownIt("commonmark").enable("table").render(page)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n{body}</html>\n"
    )
