"""What an evaluation's options name, opened: weights, tokens, the labelled creatures, the store."""

from pathlib import Path
from typing import Any

import msgspec

from zoetrope.clips.library import Library, find_shared
from zoetrope.engines import find_weights
from zoetrope.engines.base import Engine
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.session import Session
from zoetrope.evaluation.protocols.token_baselines import LatentOnly, MeanShape, TokenGaussian
from zoetrope.evaluation.report.page_files import tool_command
from zoetrope.evaluation.report.store import Store
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens, tokens_path


def load_tokens_of(weights: Path, tokens: Path | None) -> TrainingTokens | None:
    """The training tokens in a file, or in the weights' folder where none is given; None where it has none."""
    path = tokens or tokens_path(weights)
    return load_tokens(path) if tokens or path.exists() else None


def open_session(
    weights: Path | None,
    shared: Path | None,
    tokens: Path | None,
    work: Path,
    sets: int,
    detail: int,
    limit: int,
    device: str,
    files: Path | None = None,
    split: str = "",
    beside: Path | None = None,
) -> tuple[Session, dict[str, Any]]:
    """A session over the dnf engine and its bounding relatives; the weights' description as plain data.

    Parameters
    ----------
    weights, shared, tokens : Path, optional
        Those that are found where not given (`find_weights`, `find_shared`, `load_tokens_of`).
    beside : Path, optional
        Other weights, whose engine has a row as well; everything is then of the categories of both.
    files, split
        As `Session` and the commands have them.

    Raises
    ------
    ZoetropeError
        Code "weights_missing", "weights_..." or "bad_option": something of it is not there or does not fit.
    """
    folder, where = weights or find_weights(), shared or find_shared()
    if folder is None:
        raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give --weights.")
    if where is None:
        raise ZoetropeError(
            "The labelled creatures are not beside the repository.",
            code="bad_option",
            remedy="Give --shared.",
        )
    engine = DnfEngine(folder, device)
    engines: dict[str, Engine] = {"dnf": engine, "latent only": LatentOnly(folder, device)}
    trained = load_tokens_of(folder, tokens)
    if trained:
        engines["mean shape"] = MeanShape(folder, trained, device)
        engines["gaussian"] = TokenGaussian(folder, trained, device)
    other = DnfEngine(beside, device) if beside else None
    if other:
        engines[other.description.name] = other
    store = Store(work, tool_command())
    session = Session("dnf", engines, folder, Library(where), store, sets, detail, limit, engine.device())
    session.folder, session.split = files, split
    session.beside = other.description.name if other else ""
    if not session.categories:
        raise ZoetropeError(
            f"{beside} draws nothing of what {folder} draws.",
            code="bad_option",
            remedy="Give weights that share a category with these.",
        )
    session.training = engine.description.training
    return session, msgspec.to_builtins(engine.description)
