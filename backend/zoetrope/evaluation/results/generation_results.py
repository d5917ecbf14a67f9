"""Results of generation: the engine, its baselines and bounding rows against the test part of a split."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from zoetrope.engines.progress import OnProgress
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import NORMALISATIONS
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.decoded_clips import ClipDecoder
from zoetrope.evaluation.protocols.generation import METRICS, References, Row, score
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.session.row_names import BASELINES, DECODED
from zoetrope.evaluation.session.session import Session, digest_of
from zoetrope.evaluation.session.threads import map_in_threads
from zoetrope.training.data.training_tokens import tokens_path

MAX_SETS_OVER_ALL = 3
"""Sets at most over all categories: those rows differ far less between sets than between creatures."""


def score_rows(
    session: Session, split: str, all_categories: bool = False, only: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """Compute all rows of a split, each a part of the session's cache.

    Parameters
    ----------
    all_categories : bool
        Bounding rows over the clips of all categories; the engine, which has only some, has no row then.
    only : sequence of str
        Names of the rows to compute; empty: all.

    Returns
    -------
    dict
        Row's name -> part of the cache, whose result is {"centred", "as_is"} -> `Row` as dict.
    """
    train, test = (session.sequences(split, part, all_categories) for part in ("train", "test"))
    scope = ("all" if all_categories else session.scope) + "-outer" * session.outer
    sets = min(session.sets, MAX_SETS_OVER_ALL) if all_categories else session.sets
    references: dict[str, References] = {}

    def score_sets(generate: Callable[[], bounds.Sets]) -> dict[str, Any]:
        generated = generate()

        def one(normalisation: str, on_progress: OnProgress) -> dict[str, Any]:
            if normalisation not in references:
                references[normalisation] = References(test, normalisation, session.device)
            return asdict(score(generated, references[normalisation], on_progress))

        # The search trees release Python's lock, so two threads use two cores.
        scored = map_in_threads(one, NORMALISATIONS, session.on_progress)
        return dict(zip(NORMALISATIONS, scored, strict=True))

    engines = [] if all_categories else [session.name, *session.beside, *BASELINES]
    rows: dict[str, Callable[[], dict[str, Any]]] = {
        name: partial(score_sets, partial(_samples, session, name, len(test)))
        for name in engines
        if name in session.engines
    }
    training = partial(bounds.training_clips, train, len(test), sets)
    rows["training clips"] = partial(score_sets, training)
    if session.name == "dnf" and not all_categories and tokens_path(session.weights).exists():
        decoder = ClipDecoder(session.weights, session.device)
        known = decoder.trained(train)
        if len(known) >= len(test):
            rows[DECODED] = partial(score_sets, lambda: [_decoded_clips(session, decoder, known, len(test))])
    if len({one.creature for one in test}) > 1:
        rows["other half"] = partial(_other_half, session, test, sets)
    rows["still"] = partial(score_sets, lambda: bounds.still(training()))
    rows["shuffled frames"] = partial(score_sets, lambda: bounds.shuffled(training()))
    # All noise is equally far from everything, so nothing is abandoned, and more sets would not differ.
    rows["noise"] = partial(score_sets, lambda: bounds.noise(test, 1))
    unknown = sorted(set(only) - set(rows))
    if unknown:
        raise ZoetropeError(
            f"There is no row {unknown[0]!r}.", code="bad_option", remedy=f"Choose from {', '.join(rows)}."
        )
    out = {}
    for name, compute in rows.items():
        if not only or name in only:
            categories = "" if all_categories else session.categories
            engine = session.name if name == DECODED else name if name in session.engines else ""
            clips = [digest_of([(one.creature, one.clip) for one in part]) for part in (train, test)]
            parts = (name, split, scope, sets, *clips, categories)
            key = session.key(*parts, engine=engine, tokens=name == DECODED)
            file = f"generation/{split}/{scope}/{name.replace(' ', '_')}"
            out[name] = session.cache.part(file, key, compute)
    return out


def _samples(session: Session, name: str, count: int) -> bounds.Sets:
    return [[one.sequence for one in samples] for samples in session.samples(name, count)]


def _decoded_clips(
    session: Session, decoder: ClipDecoder, known: list[LabelledSequence], count: int
) -> list[LabelledSequence]:
    """Return a set of the clips trained on, decoded from their tokens."""
    (chosen,) = bounds.training_clips(known, count, 1)
    return decoder.decode(chosen, session.detail, session.points, session.on_progress)


def _other_half(session: Session, test: list[LabelledSequence], sets: int) -> dict[str, Any]:
    """Score one half of the test creatures against the other: means over several divisions."""
    out = {}
    for normalisation in NORMALISATIONS:
        rows: list[Row] = []
        for index in range(sets):
            first, second = bounds.halves(test, index)
            references = References(second, normalisation, session.device)
            rows.append(score([first], references, session.on_progress))
        out[normalisation] = {
            "sets": len(rows),
            "references": int(np.mean([row.references for row in rows])),
            **{metric: _mean_of(rows, metric) for metric in METRICS},
        }
    return out


def _mean_of(rows: Sequence[Row], metric: str) -> dict[str, float]:
    """Return the mean value of a metric, and the mean error of the rows that have one."""
    measured = [getattr(row, metric) for row in rows]
    errors = [one.se for one in measured if np.isfinite(one.se)]
    return {
        "value": float(np.mean([one.value for one in measured])),
        "se": float(np.mean(errors)) if errors else float("nan"),
    }
