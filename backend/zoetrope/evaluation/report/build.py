"""The report as data: every number with its error and with what made it; the pages are printed from this."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from zoetrope.evaluation.protocols.leak_check import met_among
from zoetrope.evaluation.protocols.sample_sets import ATTEMPTS, seed_of
from zoetrope.evaluation.protocols.session import Session
from zoetrope.evaluation.report.generation_table import table
from zoetrope.evaluation.report.reconstruction_table import folder_jobs, jobs_of
from zoetrope.evaluation.report.reconstruction_table import table as fitted
from zoetrope.evaluation.report.sections import clean_section, motion_section, novelty_section
from zoetrope.evaluation.report.store import finite, machine

SECTIONS: dict[str, Callable[[Session, str], dict[str, Any]]] = {
    "clean": clean_section,
    "motion": motion_section,
    "novelty": novelty_section,
}


@dataclass(frozen=True)
class Fits:
    """What reconstruction is measured on: at most so many creatures a group and clips a creature (0: all)."""

    creatures: int = 0
    clips: int = 2
    steps: int = 300
    detail: int = 256
    starts: Tensor | None = None


def build(session: Session, description: dict[str, Any], fits: Fits, every: bool = True) -> dict[str, Any]:
    """Make all parts that are not there yet, and put them together.

    Parameters
    ----------
    description : dict
        Of the weights: at least "training", which says the split and the creatures.
    every : bool
        Make bounding rows over the clips of all categories as well, which takes most of the time; else
        those alone that are there already.

    Returns
    -------
    dict
        engines.<name>.generation.<split>.<centred|as_is>.<mmd|cov|one_nna> each with "value" and "se";
        engines.<name>.clean, .motion, .novelty, .reconstruction; bounds.<split>.<row> over the clips of
        all categories; met.<split>: references that the training held; made.<part>: command, commit,
        machine, seconds.
    """
    engines: dict[str, dict[str, Any]] = {}
    bounds: dict[str, Any] = {}
    made: dict[str, Any] = {}
    met: dict[str, Any] = {}
    for split in session.splits:
        test = session.items(split, "test")
        met[split] = met_among(session.library, split, test, description["training"])
        for name, part in table(session, split).items():
            engines.setdefault(name, {}).setdefault("generation", {})[split] = part["result"]
            made[f"generation/{split}/{name}"] = part["made"]
    for section, part in sample_parts(session).items():
        engines[session.name][section] = part["result"]
        made[section] = part["made"]
    if session.folder:
        groups = {session.folder.name: folder_jobs(session.folder, fits.clips)}
    else:
        groups = jobs_of(session, description["training"], fits.creatures, fits.clips)
    rebuilt = fitted(session, session.weights, groups, fits.starts, fits.detail, fits.steps)
    engines[session.name]["reconstruction"] = rebuilt
    for split in () if session.folder else session.splits:
        over_all = table(session, split, every=True) if every else _kept_rows(session, split)
        for name, part in over_all.items():
            bounds.setdefault(split, {})[name] = part["result"]
            made[f"bounds/{split}/{name}"] = part["made"]
    most = max(one["references"] for one in met.values())
    report = {
        **_weights(session, description),
        **_sample_seeds(session, most),
        "met": met,
        "engines": engines,
        "bounds": bounds,
        "made": made,
        "printed": _printed(session),
    }
    whole: dict[str, Any] = finite(report)
    return whole


def sample_parts(session: Session) -> dict[str, dict[str, Any]]:
    """What the drawn creatures say by themselves: section -> part of the store, made where there is none."""
    return {
        section: session.store.part(
            section,
            session.key(section),
            lambda make=make: make(session, session.name),  # type: ignore[misc]
        )
        for section, make in SECTIONS.items()
    }


def build_samples(session: Session, description: dict[str, Any]) -> dict[str, Any]:
    """A report of the drawn creatures alone: no rows of generation, no fits.

    Returns
    -------
    dict
        As `build`, its parts being "clean", "motion" and "novelty".
    """
    parts = sample_parts(session)
    made: dict[str, Any] = finite(
        {
            **_weights(session, description),
            **_sample_seeds(session, len(session.items(session.splits[-1], "test"))),
            "engines": {session.name: {section: part["result"] for section, part in parts.items()}},
            "made": {section: part["made"] for section, part in parts.items()},
            "printed": _printed(session),
        }
    )
    return made


def _weights(session: Session, description: dict[str, Any]) -> dict[str, Any]:
    return {
        "engine": session.name,
        "weights": session.engine.info().weights_checksum,
        "categories": list(session.categories),
        "sets": session.sets,
        "detail": session.detail,
        "training": description["training"],
    }


def _sample_seeds(session: Session, count: int) -> dict[str, Any]:
    """The seeds of sets of so many creatures."""
    seeds = [[seed_of(number, 0), seed_of(number, count - 1)] for number in range(session.sets)]
    return {"seed_step": ATTEMPTS, "seeds": seeds}


def _printed(session: Session) -> dict[str, Any]:
    return {"commit": session.store.commit, "machine": machine(), "command": session.store.command}


def _kept_rows(session: Session, split: str) -> dict[str, dict[str, Any]]:
    """The bounding rows over all categories that were made before."""
    kept = session.store.kept(f"generation/{split}/all")
    fitting = {name: part for name, part in kept.items() if part["key"]["limit"] == session.limit}
    return {name.replace("_", " "): part for name, part in fitting.items()}
