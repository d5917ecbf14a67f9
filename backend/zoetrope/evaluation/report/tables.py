"""Tables of an evaluation in Markdown, printed from its plain data (`Row.to_dict` and the like)."""

from collections.abc import Iterable, Sequence
from typing import Any

from zoetrope.evaluation.protocols.generation import difference

Json = dict[str, Any]
KINDS = {"centred": "each frame centred (published)", "as_is": "frames as they stand"}

GENERATION = (
    "MMD, COV and 1-NNA over the 16-frame Chamfer distance of 2,048 points a frame (HyperDiffusion, "
    "section 6.3): mean over references of the distance to the nearest drawn one; share of references "
    "that are nearest to a drawn one; how often a sequence's nearest other is of its own kind "
    "(50 % is best). As many are drawn as there are references. The error holds what another draw of "
    "sets and another choice of creatures would change (jackknife over creatures)."
)
"""What the tables of generation say."""


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
    """Tables of groups of creatures: surfaces, end-point errors of their clips (box units), and lost legs."""
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
    out += rows(
        ("end-point error, box units", "clips", *ERRORS.values()),
        (
            (group, str(one["clips"]), *(number(one.get(f"motion_{metric}"), 1, 4) for metric in ERRORS))
            for group, one in made.items()
        ),
    )
    for group, one in made.items():
        if "legs" in one:
            of, lost = one["legs"]["of"], one["legs"]["lost"]
            names = f"; not: {', '.join(lost)}" if lost else ""
            out += [f"Stand on all their legs at detail 128, {group}: {of - len(lost)} of {of}{names}.", ""]
    return out


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


def told_tables(scored: dict[str, Json]) -> list[str]:
    """By category, the share of references, and of drawn ones, nearest to one of their own set."""
    of = {name: row["centred"]["told"] for name, row in scored.items() if row["centred"].get("told")}
    sides = {"references": "of the references, %", "generated": "of the drawn, %"}
    out: list[str] = []
    for side, title in sides.items() if of else ():
        categories = sorted({c for told in of.values() for c in told if side in told[c]})
        body = (
            (
                name,
                *(
                    f"{100 * told[c][f'{side}_told']:.0f} ({told[c][side]:.0f})"
                    if side in told.get(c, {})
                    else "–"
                    for c in categories
                ),
            )
            for name, told in of.items()
        )
        out += [f"Nearest to another of their own set, {title} (how many there are), centred:", ""]
        out += rows(("generator", *categories), body)
    return out


def generation_section(scored: dict[str, Json], name: str, met: Json) -> list[str]:
    """Tables of a split, its kinds, differences to the engine's row, and how many references training held.

    met : "met", the references that it held; "references" and "creatures", how many there are.
    """
    out = generation_tables(scored)
    if name in scored:
        out += ["Differences, centred, paired (both rows lose the same creature at a time):", ""]
        out += differences(scored, name)
    out += told_tables(scored)
    spoiled = ": the engine's own rows are then no test, and copies would do well."
    return [
        *out,
        f"{met['references']} references of {met['creatures']} creatures; {len(met['met'])} of them are "
        f"clips of creatures that the training held{spoiled if met['met'] else ', as it must be.'}",
        "",
    ]
