"""The report's pages: Markdown printed from `report.json`, and the same as one HTML file."""

from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt

from zoetrope.evaluation.generation import difference

Json = dict[str, Any]
KINDS = {"centred": "each frame centred (published)", "as_is": "frames as they stand"}
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


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table: the first column to the left, numbers to the right."""
    return [
        f"| {' | '.join(head)} |",
        f"|---|{'---:|' * (len(head) - 1)}",
        *(f"| {' | '.join(cells)} |" for cells in body),
        "",
    ]


def number(measured: Json | None, scale: float = 1.0, digits: int = 1) -> str:
    """`{"value", "se"}` as text: value ± standard error."""
    if not measured or measured.get("value") is None:
        return "–"
    text = f"{measured['value'] * scale:.{digits}f}"
    return text if measured.get("se") is None else f"{text} ± {measured['se'] * scale:.{digits}f}"


def generation_tables(scored: dict[str, Json]) -> list[str]:
    """A table for each normalisation: name -> {"centred", "as_is"} as `Row.to_dict` has it."""
    out: list[str] = []
    for kind, title in KINDS.items():
        out += [f"{title[0].upper()}{title[1:]}:", ""]
        out += rows(
            ("generator", "MMD × 10³", "COV %", "1-NNA %", "sets", "references"),
            (
                (
                    name,
                    number(row[kind]["mmd"], 1e3),
                    number(row[kind]["cov"], 100),
                    number(row[kind]["one_nna"], 100),
                    str(row[kind]["sets"]),
                    str(row[kind]["references"]),
                )
                for name, row in scored.items()
            ),
        )
    return out


RECONSTRUCTION = {
    "there": ("true to ours", 1, 4),
    "back": ("ours to true", 1, 4),
    "normals": ("normals", 1, 3),
    "iou": ("IoU, %", 100, 1),
    "f_small": ("F at 0.005, %", 100, 1),
    "f_large": ("F at 0.01, %", 100, 1),
}
ERRORS = {
    "mean": "mean",
    "p95": "95th percentile",
    "between": "between model frames",
    "interpolation": "of interpolating the truth",
}


def reconstruction_rows(made: dict[str, Json]) -> list[str]:
    """Two tables of groups of creatures: surfaces, and end-point errors of their clips; box units."""
    out = rows(
        ("surface, box units", "creatures", *(title for title, _, _ in RECONSTRUCTION.values())),
        (
            (
                group,
                str(one["creatures"]),
                *(
                    number(one[metric], scale, digits)
                    for metric, (_, scale, digits) in RECONSTRUCTION.items()
                ),
            )
            for group, one in made.items()
        ),
    )
    return out + rows(
        ("end-point error, box units", "clips", *ERRORS.values()),
        (
            (group, str(one["clips"]), *(number(one.get(f"motion_{metric}"), 1, 4) for metric in ERRORS))
            for group, one in made.items()
        ),
    )


def ablation_rows(seeds: Sequence[dict[str, Json]]) -> list[str]:
    """A row a variant: the held-out error of each seed, box units, and to the latent alone."""
    base = sum(one["latent only"]["error"] for one in seeds)
    return rows(
        (
            "variant",
            *(f"seed {i}" for i in range(len(seeds))),
            "latent only / this",
            "numbers a creature",
            "steps",
        ),
        (
            (
                name,
                *(f"{one[name]['error']:.5f}" for one in seeds),
                f"{base / sum(one[name]['error'] for one in seeds):.2f}",
                str(seeds[0][name]["numbers"]),
                str(seeds[0][name]["steps"]),
            )
            for name in seeds[0]
        ),
    )


def differences(scored: dict[str, Json], name: str) -> list[str]:
    """How far each row lies from the engine's, paired over the references' creatures, in points of 100."""
    own = scored[name]["centred"]
    others = {
        other: row["centred"] for other, row in scored.items() if row["centred"].get("sizes") == own["sizes"]
    }
    body = []
    for other, row in others.items():
        if other == name:
            continue
        cells = []
        for metric, scale in (("mmd", 1e3), ("cov", 100), ("one_nna", 100)):
            found = difference(own, row, metric)
            cells.append(number({"value": found.value, "se": found.se}, scale))
        body.append((other, *cells))
    return rows((f"{name} less", "MMD × 10³", "COV, points", "1-NNA, points"), body)


def markdown(report: Json, findings: str = "") -> str:
    """The page.

    Parameters
    ----------
    findings : str
        Markdown by whoever read the numbers; it stands before the tables.
    """
    engines, name = report["engines"], report["engine"]
    own = engines[name]
    out = [
        f"# Evaluation of {name}",
        "",
        f"Weights `{report['weights'][:16]}`, trained on {len(report['training']['creatures'])} creatures "
        f"({', '.join(report['categories'])}), split {report['training']['split']}. "
        f"{report['sets']} independent sets, detail {report['detail']}; seeds "
        f"{', '.join(f'{a} to {b}' for a, b in report['seeds'])} in steps of {report['seed_step']} (those "
        "between stand in for draws without a body).",
        "",
        f"    {report['printed']['command']}",
        "",
        f"Printed at commit {report['printed']['commit'] or 'unknown'} on {report['printed']['machine']}; "
        "which command, commit and machine made each part stands at the end. ± is one standard error.",
        "",
        *([findings.strip(), ""] if findings.strip() else []),
        "## Generation",
        "",
        "MMD, COV and 1-NNA over the 16-frame Chamfer distance of 2,048 points a frame (HyperDiffusion, "
        "section 6.3): mean over references of the distance to the nearest drawn one; share of references "
        "that are nearest to a drawn one; how often a sequence's nearest other is of its own kind "
        "(50 % is best). As many are drawn as there are references. The error holds what another draw of "
        "sets and another choice of creatures would change (jackknife over creatures).",
        "",
    ]
    for split, title in SPLITS.items():
        scored = {n: e["generation"][split] for n, e in engines.items() if split in e.get("generation", {})}
        if not scored:
            continue
        met = report["met"][split]
        out += [f"### {title}, the engine's categories", "", *generation_tables(scored)]
        if name in scored:
            out += ["Differences, centred, paired (both rows lose the same creature at a time):", ""]
            out += differences(scored, name)
        out += [
            f"{met['references']} references of {met['creatures']} creatures; {len(met['met'])} of them are "
            "clips of creatures that the training held"
            + (
                ": the engine's own rows are then no test, and copies would do well."
                if met["met"]
                else ", as it must be."
            ),
            "",
        ]
        if report["bounds"].get(split):
            out += [f"### {title}, all categories: how far the scale reaches", ""]
            out += generation_tables(report["bounds"][split])
    if "reconstruction" in own:
        out += [
            "## Reconstruction",
            "",
            "Tokens fitted to samples, measured on points that the fit did not see, against the outer "
            "surface; box units (longest side 1.8).",
            "",
            *reconstruction_rows(own["reconstruction"]),
        ]
    out += [
        "## Clean bodies",
        "",
        f"Of {own['clean']['count']} drawn creatures, seeds that nobody picked:",
        "",
    ]
    out += rows(("check", "share, %"), ((text, number(own["clean"][bar], 100)) for bar, text in BARS.items()))
    out += ["The first of them, none left out:", "", "![Drawn creatures](drawn.png)", ""]
    motion = own["motion"]
    out += ["## Quality of motion", "", "Means over clips, beside real ones:", ""]
    out += rows(
        ("", "drawn", "training clips", "test clips", "drawn / training"),
        (
            (
                text,
                *(number(motion[part].get(m), 1, 4) for part in ("drawn", "training", "test")),
                "–" if motion["ratio"].get(m) is None else f"{motion['ratio'][m]:.2f}",
            )
            for m, text in MOTION.items()
        ),
    )
    out += [
        "## Novelty",
        "",
        "Distance to the nearest of the training's (augmented bodies included), beside that of real "
        "creatures and clips that it did not hold. *Copies* are nearer than 1.5 times what two samplings of "
        "one surface are apart.",
        "",
    ]
    out += rows(
        (
            "",
            "drawn, median",
            "test, median",
            "ratio",
            "sampling floor",
            "copies among drawn, %",
            "among test, %",
        ),
        (
            (
                title,
                number(own["novelty"][key]["drawn"]["median"], 1, 4),
                number(own["novelty"][key]["test"]["median"], 1, 4),
                f"{own['novelty'][key]['ratio']:.2f}",
                f"{own['novelty'][key]['floor']:.4f}",
                number(own["novelty"][key]["drawn"]["copies"], 100),
                number(own["novelty"][key]["test"]["copies"], 100),
            )
            for key, title in (("shape", "shape, box units"), ("motion", "clip, half widths"))
        ),
    )
    out += ["The first drawn creatures and the three training bodies nearest to each:", ""]
    out += ["![Nearest training bodies](nearest_bodies.png)", ""]
    out += ["The first drawn clips, each above the three training clips nearest to it:", ""]
    out += ["![Nearest training clips](nearest_clips.png)", ""]
    if report.get("ablation"):
        seconds = report["ablation"]["seconds"]
        out += ["## What the dictionary is worth", ""]
        out += [
            f"DNF's ablation on the shape field, {seconds:.0f} seconds a variant (pre-training included), as "
            "many numbers a creature where there are codes; mean error of the distance at held-out samples "
            "near the surface, box units:",
            "",
            *ablation_rows(report["ablation"]["seeds"]),
        ]
    out += ["## What made each part", ""]
    commands = list(dict.fromkeys(made["command"] for made in report["made"].values()))
    out += rows(
        ("part", "seconds", "commit", "command"),
        (
            (part, f"{made['seconds']:.0f}", made["commit"], str(commands.index(made["command"]) + 1))
            for part, made in report["made"].items()
        ),
    )
    out += [f"{number}. `{command}`" for number, command in enumerate(commands, 1)]
    out += [""]
    return "\n".join(out)


def html(page: str, title: str) -> str:
    """A Markdown page as one HTML file."""
    body = MarkdownIt("commonmark").enable("table").render(page)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n{body}</html>\n"
    )
