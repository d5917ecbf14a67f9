"""Results of the table of engines: the same metrics on the same references, and costs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoetrope.evaluation.protocols.costs import measure_cost, training_seconds
from zoetrope.evaluation.protocols.leak_check import find_leaks
from zoetrope.evaluation.results.generation_results import score_rows
from zoetrope.evaluation.session.result_cache import finite, machine
from zoetrope.evaluation.session.session import Session
from zoetrope.evaluation.session.training_check import checked_training


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
            **table_settings(session, split),
            "engines": engines,
            "printed": {
                "commit": session.cache.commit,
                "machine": machine(),
                "command": session.cache.command,
            },
        }
    )
    return report


def table_settings(session: Session, split: str) -> dict[str, Any]:
    """Return what the rows of one table have in common."""
    return {
        "split": split,
        "categories": list(session.categories),
        "sets": session.sets,
        "detail": session.detail,
        "limit": session.limit,
        "labels": session.label_digest,
    }
