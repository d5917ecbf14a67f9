"""The report as data: every number with its error and with what made it; the pages are printed from this."""

from collections.abc import Callable
from typing import Any

from zoetrope.evaluation.drawn_sections import clean_section, motion_section, novelty_section
from zoetrope.evaluation.generation_table import table
from zoetrope.evaluation.leaks import met_in_training
from zoetrope.evaluation.session import Session
from zoetrope.evaluation.store import commit, machine

SPLITS = ("by_clip", "by_creature")
SECTIONS: dict[str, Callable[[Session, str], dict[str, Any]]] = {
    "clean": clean_section,
    "motion": motion_section,
    "novelty": novelty_section,
}


def build(session: Session, description: dict[str, Any], splits: tuple[str, ...] = SPLITS) -> dict[str, Any]:
    """Make all parts that are not there yet, and put them together.

    Parameters
    ----------
    description : dict
        Of the weights: at least "training", which says the split and the creatures.

    Returns
    -------
    dict
        engines.<name>.generation.<split>.<centred|as_is>.<mmd|cov|one_nna> each with "value" and "se";
        engines.<name>.clean, .motion, .novelty; bounds.<split>.<row> over the clips of all categories;
        met.<split>: references that the training held; made.<part>: command, commit, machine, seconds.
    """
    engines: dict[str, dict[str, Any]] = {}
    bounds: dict[str, Any] = {}
    made: dict[str, Any] = {}
    met = {}
    for split in splits:
        test = session.items(split, "test")
        met[split] = {
            "met": met_in_training(session.library, split, test, description["training"]),
            "references": len(test),
            "creatures": len({item.creature for item in test}),
        }
        for name, part in table(session, split).items():
            engines.setdefault(name, {}).setdefault("generation", {})[split] = part["result"]
            made[f"generation/{split}/{name}"] = part["made"]
        bounds[split] = {}
        for name, part in table(session, split, every=True).items():
            bounds[split][name] = part["result"]
            made[f"bounds/{split}/{name}"] = part["made"]
    for section, make in SECTIONS.items():
        part = session.store.part(
            section,
            session.key(section),
            lambda make=make: make(session, session.name),  # type: ignore[misc]
        )
        engines[session.name][section] = part["result"]
        made[section] = part["made"]
    return {
        "engine": session.name,
        "weights": session.engine.info().weights_checksum,
        "categories": list(session.categories),
        "sets": session.sets,
        "detail": session.detail,
        "training": description["training"],
        "met": met,
        "engines": engines,
        "bounds": bounds,
        "made": made,
        "printed": {"commit": commit(), "machine": machine(), "command": session.store.command},
    }
