"""The generation table: the engine and the rows that bound the scale, against the test part of a split."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import NORMALISATIONS
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.generation import METRICS, References, Row, score
from zoetrope.evaluation.protocols.references import Item
from zoetrope.evaluation.protocols.session import Session

OF_TOKENS = ("mean shape", "gaussian", "latent only")
"""Rows of the engine's own fields with simpler tokens."""
SPOILED: dict[str, Callable[[bounds.Sets], bounds.Sets]] = {
    "still": bounds.still,
    "shuffled frames": bounds.shuffled,
}
"""Rows made of spoiled training clips, drawn anew for each set."""
SETS_OVER_ALL = 3
"""At most so many over all categories: between sets those rows differ far less than between creatures."""


def table(
    session: Session, split: str, every: bool = False, only: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """All rows of a split, each kept in the session's store.

    Parameters
    ----------
    split : str
        "by_clip" or "by_creature".
    every : bool
        Bounding rows over the clips of all categories; the engine, which draws only some, has no row then.
    only : sequence of str
        Names of the rows that are wanted; none: all.

    Returns
    -------
    dict
        Row's name -> part of the store, whose result is {"centred", "as_is"} -> `Row.to_dict()`.
    """
    train, test = session.items(split, "train", every), session.items(split, "test", every)
    scope = ("all" if every else session.scope) + "-outer" * session.outer
    sets = min(session.sets, SETS_OVER_ALL) if every else session.sets
    known: dict[str, References] = {}

    def against(sets: Callable[[], bounds.Sets]) -> dict[str, Any]:
        made = sets()

        def one(kind: str) -> dict[str, Any]:
            if kind not in known:
                known[kind] = References(test, kind, session.device)
            return score(made, known[kind], session.on_step).to_dict()

        # the search trees leave Python's lock: two threads keep two cores busy
        with ThreadPoolExecutor(len(NORMALISATIONS)) as pool:
            return dict(zip(NORMALISATIONS, pool.map(one, NORMALISATIONS), strict=True))

    makers: dict[str, Callable[[], dict[str, Any]]] = {}
    if not every:
        for name in (session.name, session.beside, *OF_TOKENS):
            if name in session.engines:
                makers[name] = partial(against, partial(_samples, session, name, len(test)))
    own = set(makers)
    makers["training clips"] = partial(against, partial(bounds.training_clips, train, len(test), sets))
    if len({item.creature for item in test}) > 1:
        makers["other half"] = partial(_halves, test, session, sets)
    for name, spoil in SPOILED.items():
        makers[name] = partial(against, partial(_spoiled, spoil, train, len(test), sets))
    # All noise is equally far from all: nothing is abandoned, and another set would say the same.
    makers["noise"] = partial(against, partial(bounds.noise, test, 1))
    if only:
        unknown = sorted(set(only) - set(makers))
        if unknown:
            raise ZoetropeError(
                f"There is no row {unknown[0]!r}.",
                code="bad_option",
                remedy=f"Choose from {', '.join(makers)}.",
            )
        makers = {name: make for name, make in makers.items() if name in only}
    sizes = [sets, len(train), len(test)]

    def key(name: str) -> dict[str, object]:
        if name in own:
            return session.key(split, scope, name, *sizes, of=name)
        return session.key_without_engine(name, split, scope, *sizes, "" if every else session.categories)

    return {
        name: session.store.part(f"generation/{split}/{scope}/{name.replace(' ', '_')}", key(name), make)
        for name, make in makers.items()
    }


def _samples(session: Session, name: str, count: int) -> bounds.Sets:
    return [one.items for one in session.samples(name, count)]


def _spoiled(
    spoil: Callable[[bounds.Sets], bounds.Sets], train: list[Item], count: int, sets: int
) -> bounds.Sets:
    return spoil(bounds.training_clips(train, count, sets))


def _halves(test: list[Item], session: Session, sets: int) -> dict[str, Any]:
    """One half of the test creatures against the other: means over several divisions."""
    out = {}
    for kind in NORMALISATIONS:
        rows: list[Row] = []
        for number in range(sets):
            first, second = bounds.halves(test, number)
            rows.append(score([first], References(second, kind, session.device), session.on_step))
        out[kind] = {
            **{
                metric: {
                    "value": float(np.mean([getattr(row, metric).value for row in rows])),
                    "se": _mean_error([getattr(row, metric).se for row in rows]),
                }
                for metric in METRICS
            },
            "sets": len(rows),
            "references": int(np.mean([row.references for row in rows])),
        }
    return out


def _mean_error(errors: list[float]) -> float:
    """Mean of the errors that are known; nan where none is (every half held one creature)."""
    known = [error for error in errors if np.isfinite(error)]
    return float(np.mean(known)) if known else float("nan")
