"""What an evaluation's options name, opened: weights, tokens, the labelled creatures, the store."""

from pathlib import Path
from typing import Any

import msgspec

from zoetrope.clips.library import Library, find_shared
from zoetrope.engines import find_weights
from zoetrope.engines.base import Engine
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.known_clips import KnownClips
from zoetrope.evaluation.page_tool import tool_command
from zoetrope.evaluation.session import Session
from zoetrope.evaluation.store import Store
from zoetrope.evaluation.token_engines import LatentOnly, MeanShape, TokenGaussian
from zoetrope.training.known import load_tokens, tokens_beside


def tokens_of(weights: Path, tokens: Path | None) -> Path | None:
    """The training tokens: those given, else those beside the weights' folder, if there."""
    if tokens:
        return tokens
    beside = tokens_beside(weights)
    return beside if beside.exists() else None


def open_session(
    weights: Path | None,
    shared: Path | None,
    tokens: Path | None,
    work: Path,
    sets: int,
    detail: int,
    limit: int,
    device: str,
    latents: Path | None = None,
    files: Path | None = None,
    split: str = "",
    beside: Path | None = None,
) -> tuple[Session, dict[str, Any]]:
    """A session over the dnf engine and its bounding relatives; the weights' description as plain data.

    Parameters
    ----------
    weights, shared, tokens : Path, optional
        Those that are found where not given (`find_weights`, `find_shared`, `tokens_of`).
    beside : Path, optional
        Other weights, whose engine has a row as well; everything is then of the categories of both.
    latents, files, split
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
    alone = DnfEngine(latents, device) if latents else LatentOnly(folder, device)
    engines: dict[str, Engine] = {"dnf": engine, "latent only": alone}
    path = tokens_of(folder, tokens)
    known = load_tokens(path) if path else None
    if known:
        engines["mean shape"] = MeanShape(folder, known, device)
        engines["gaussian"] = TokenGaussian(folder, known, device)
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
    if known and len(known.motion_creature):
        cyclic = {
            (entry.file, clip.name): clip.cyclic for entry in session.known for clip in entry.usable_clips
        }
        session.known_clips = KnownClips(folder, known, cyclic, device)
    return session, msgspec.to_builtins(engine.description)
