"""Tables of an evaluation in Markdown, printed from its data (`Row` as dict and the like)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zoetrope.evaluation.protocols.generation import difference

Json = dict[str, Any]
NORMALISATION_TITLES = {"centred": "Each frame centred (published)", "as_is": "Frames as they stand"}
SCALES = {"mmd": 1e3, "cov": 100.0, "one_nna": 100.0}

GENERATION = (
    "MMD, COV and 1-NNA over the 16-frame Chamfer distance of 2,048 points a frame (HyperDiffusion, "
    "section 6.3): mean over references of the distance to the nearest sample; share of references that are "
    "nearest to a sample; how often a sequence's nearest other is of its own set (50 % is best). There are "
    "as many samples as references. The error covers other sets of samples and another choice of creatures "
    "(jackknife over creatures)."
)
"""Explains the generation tables."""


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table: the first column to the left, numbers to the right."""
    return [
        f"| {' | '.join(head)} |",
        f"|---|{'---:|' * (len(head) - 1)}",
        *(f"| {' | '.join(cells)} |" for cells in body),
        "",
    ]


def number(measured: Json | None, scale: float = 1.0, digits: int = 1) -> str:
    """Return {"value", "se"} as text: value ± standard error."""
    if not measured or measured.get("value") is None:
        return "–"
    text = f"{measured['value'] * scale:.{digits}f}"
    return text if measured.get("se") is None else f"{text} ± {measured['se'] * scale:.{digits}f}"


def generation_tables(scored: dict[str, Json], titles: Mapping[str, str] = NORMALISATION_TITLES) -> list[str]:
    """Print a table for each normalisation of rows: name -> {"centred", "as_is"} -> `Row` as dict."""
    head = ("generator", "MMD × 10³", "COV %", "1-NNA %", "sets", "references")
    out: list[str] = []
    for normalisation, title in titles.items():
        body = []
        for name, both in scored.items():
            row = both[normalisation]
            cells = [number(row[metric], scale) for metric, scale in SCALES.items()]
            body.append((name, *cells, str(row["sets"]), str(row["references"])))
        out += [f"{title}:", "", *rows(head, body)]
    return out


def differences(scored: dict[str, Json], name: str) -> list[str]:
    """Print the differences of the engine's row to the others, paired over the references' creatures."""
    own, body = scored[name]["centred"], []
    for other, both in scored.items():
        row = both["centred"]
        if other != name and row.get("sizes") == own["sizes"]:
            found = {metric: difference(own, row, metric) for metric in SCALES}
            cells = [number({"value": f.value, "se": f.se}, SCALES[metric]) for metric, f in found.items()]
            body.append((other, *cells))
    return rows((f"{name} minus", "MMD × 10³", "COV, points", "1-NNA, points"), body)


def own_set_tables(scored: dict[str, Json]) -> list[str]:
    """Print by category the share of references, and of samples, nearest to another of their own set."""
    by_row = {name: row["centred"]["own_set"] for name, row in scored.items() if "own_set" in row["centred"]}
    out: list[str] = []
    for side, title in {"references": "references", "generated": "samples"}.items() if by_row else ():
        categories = sorted({c for shares in by_row.values() for c in shares if side in shares[c]})
        body = []
        for name, shares in by_row.items():
            found = (shares.get(c, {}) for c in categories)
            body.append(
                (
                    name,
                    *(f"{100 * s[f'{side}_share']:.0f} ({s[side]:.0f})" if side in s else "–" for s in found),
                )
            )
        out += [f"Nearest to another of their own set, % of the {title} (their number), centred:", ""]
        out += rows(("generator", *categories), body)
    return out


def generation_section(
    scored: dict[str, Json], name: str, leaks: Json, leaks_of_others: dict[str, Json] | None = None
) -> list[str]:
    """Print the tables of a split, and how many references the trainings contained (`find_leaks`)."""
    out = generation_tables(scored)
    if name in scored and len(scored) > 1:
        out += ["Differences, centred, paired (both rows lose the same creature at a time):", ""]
        out += differences(scored, name)
    verdict = "; the engine's own rows are then no test, and copies would score well." * bool(leaks["leaked"])
    return [
        *out,
        *own_set_tables(scored),
        f"{leaks['references']} references of {leaks['creatures']} creatures; {len(leaks['leaked'])} of them "
        f"were trained on{verdict or ', as it must be.'}",
        "",
        *leak_lines(leaks_of_others or {}),
    ]


def leak_lines(leaks: dict[str, Json]) -> list[str]:
    """Print how many references the training of each engine contained."""
    return [
        line
        for name, one in leaks.items()
        for line in (f"{name}: {len(one['leaked'])} of {one['references']} references were trained on.", "")
    ]


SURFACE_COLUMNS = {
    "completeness": ("true to reconstruction", 1, 4),
    "accuracy": ("reconstruction to true", 1, 4),
    "normals": ("normals", 1, 3),
    "iou": ("IoU, %", 100, 1),
    "f_small": ("F at 0.005, %", 100, 1),
    "f_large": ("F at 0.01, %", 100, 1),
}
CLIP_COLUMNS = {
    "mean": "mean",
    "p95": "95th percentile",
    "between": "between model frames",
    "interpolation": "of interpolating the true frames",
}


def reconstruction_tables(groups: dict[str, Json]) -> list[str]:
    """Print surface errors and end-point errors of groups of creatures, and their lost legs."""
    surfaces, clips, legs = [], [], []
    for group, one in groups.items():
        cells = [number(one[m], scale, digits) for m, (_, scale, digits) in SURFACE_COLUMNS.items()]
        surfaces.append((group, str(one["creatures"]), *cells))
        cells = [number(one.get(f"motion_{m}"), 1, 4) for m in CLIP_COLUMNS]
        clips.append((group, str(one["clips"]), *cells))
        if "legs" in one:
            of, lost = one["legs"]["of"], one["legs"]["lost"]
            names = f"; not: {', '.join(lost)}" if lost else ""
            legs += [f"All legs on the ground at detail 128, {group}: {of - len(lost)} of {of}{names}.", ""]
    titles = [title for title, _, _ in SURFACE_COLUMNS.values()]
    return [
        *rows(("surface, box units", "creatures", *titles), surfaces),
        *rows(("end-point error, box units", "clips", *CLIP_COLUMNS.values()), clips),
        *legs,
    ]
