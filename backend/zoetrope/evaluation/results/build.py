"""The report as data: every number with its error and provenance; pages are printed from it."""

from typing import Any

from zoetrope.evaluation.protocols.leak_check import find_leaks
from zoetrope.evaluation.protocols.sample_sets import ATTEMPTS, sample_seed
from zoetrope.evaluation.results.generation_results import score_rows
from zoetrope.evaluation.results.reconstruction_results import FitSettings, reconstruct_groups
from zoetrope.evaluation.results.sample_results import SECTIONS
from zoetrope.evaluation.session.result_cache import finite, machine
from zoetrope.evaluation.session.session import Session


def build(session: Session, fits: FitSettings, all_categories: bool = False) -> dict[str, Any]:
    """Compute all parts that are not in the cache yet, and assemble them.

    Parameters
    ----------
    all_categories : bool
        Also bounding rows over the clips of all categories, which take most of the time.

    Returns
    -------
    dict
        engines.<name>.generation.<split>.<centred|as_is>.<mmd|cov|one_nna> each with "value" and "se";
        engines.<name>.checks, .motion, .novelty, .reconstruction; bounds.<split>.<row> over the clips of
        all categories; leaks.<split> (`find_leaks`); provenance.<part>: command, commit, machine, seconds.
    """
    leaks = {
        split: find_leaks(session.library, split, session.sequences(split, "test"), session.training)
        for split in session.splits
    }
    bounds: dict[str, Any] = {}
    report = {**build_samples(session), "leaks": leaks, "bounds": bounds}
    engines, provenance = report["engines"], report["provenance"]
    for split in session.splits:
        for name, part in score_rows(session, split).items():
            engines.setdefault(name, {}).setdefault("generation", {})[split] = part["result"]
            provenance[f"generation/{split}/{name}"] = part["provenance"]
        if all_categories and not session.files:
            for name, part in score_rows(session, split, True).items():
                bounds.setdefault(split, {})[name] = part["result"]
                provenance[f"bounds/{split}/{name}"] = part["provenance"]
    engines[session.name]["reconstruction"] = reconstruct_groups(session, fits)
    whole: dict[str, Any] = finite(report)
    return whole


def build_samples(session: Session) -> dict[str, Any]:
    """Build a report of samples alone: no generation table, no reconstruction.

    Returns
    -------
    dict
        As `build`, the parts of the engine being "checks", "motion" and "novelty".
    """
    split = session.splits[-1]
    count = len(session.sequences(split, "test"))
    parts = {
        name: session.cache.part(
            name,
            session.key(name, split, count, engine=session.name),
            lambda s=section: s(session),  # type: ignore[misc]
        )
        for name, section in SECTIONS.items()
    }
    seeds = [[sample_seed(index, 0), sample_seed(index, count - 1)] for index in range(session.sets)]
    report: dict[str, Any] = finite(
        {
            "engine": session.name,
            "weights": session.engine.info().weights_checksum,
            "categories": session.categories,
            "training": session.training,
            "sets": session.sets,
            "detail": session.detail,
            "seed_step": ATTEMPTS,
            "seeds": seeds,
            "engines": {session.name: {name: part["result"] for name, part in parts.items()}},
            "provenance": {name: part["provenance"] for name, part in parts.items()},
            "printed": {
                "commit": session.cache.commit,
                "machine": machine(),
                "command": session.cache.command,
            },
        }
    )
    return report
