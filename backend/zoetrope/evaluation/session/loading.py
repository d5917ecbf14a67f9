"""Open an evaluation session: weights, training tokens, the labelled creatures, the cache."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, from_numpy

from zoetrope.clips.library import Library, find_shared
from zoetrope.engines import create_engine
from zoetrope.engines.base import Engine
from zoetrope.engines.devices import select_device
from zoetrope.engines.weights.bundle import read_description
from zoetrope.engines.weights.engine_name import engine_of_weights
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.references import FileFolder
from zoetrope.evaluation.protocols.token_baselines import (
    LatentOnly,
    MeanShape,
    TokenGaussian,
    WithoutProportions,
)
from zoetrope.evaluation.session.output_files import check_folder, tool_command
from zoetrope.evaluation.session.result_cache import ResultCache
from zoetrope.evaluation.session.row_names import ROWS, WITHOUT_PROPORTIONS, check_row_names
from zoetrope.evaluation.session.session import Session
from zoetrope.evaluation.session.training_check import checked_training
from zoetrope.training.data.training_tokens import load_tokens, tokens_path


def open_session(
    weights: Path | None,
    shared: Path | None,
    work: Path,
    device: str = "cpu",
    beside: Sequence[Path] = (),
    files: Path | None = None,
    files_alone: bool = False,
    any_engine: bool = False,
    **settings: Any,
) -> Session:
    """Open a session over the dnf engine and its baselines, or over another engine alone.

    Parameters
    ----------
    weights, shared : Path, optional
        Folders; by default those of `find_weights` and `find_shared`.
    work : Path
        Folder that keeps finished parts.
    beside : sequence of Path
        Folders of other weights, of any engine, which have rows too, named after their engine or, for dnf,
        after the weights; all rows are then of the categories of all.
    files : Path, optional
        Folder of a user's animated files, to compare with instead of the frozen splits.
    files_alone : bool
        With `files` nothing is read from the labelled creatures, so that they may be missing; what the
        weights were trained on is not needed either.
    any_engine : bool
        The weights may be of another engine than dnf, which has no baselines and nothing to reconstruct with.
    settings
        Other fields of `Session`.

    Raises
    ------
    ZoetropeError
        Code "weights_missing", "weights_..." or "bad_option": something is missing or does not fit;
        "cannot_write": no part could be kept in `work`.
    """
    check_folder(work)
    weights, shared = weights or find_weights(), shared or find_shared()
    if weights is None:
        raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give --weights.")
    if shared is None and not (files and files_alone):
        raise ZoetropeError(
            "This needs the labelled creatures, which are not part of the repository (docs/evaluating.md).",
            code="bad_option",
            remedy="Give their folder with --shared or in ZOETROPE_SHARED.",
        )
    name = engine_of_weights(weights) if any_engine else "dnf"
    engine = create_engine(name, weights, device)
    engines: dict[str, Engine] = {name: engine}
    if name == "dnf":
        engines[WITHOUT_PROPORTIONS] = WithoutProportions(weights, device)
        engines["latent only"] = LatentOnly(weights, device)
    if name == "dnf" and tokens_path(weights).exists():
        tokens = load_tokens(tokens_path(weights))
        engines["mean shape"] = MeanShape(weights, tokens, device)
        engines["gaussian"] = TokenGaussian(weights, tokens, device)
    names = [_row_name(folder) for folder in beside]
    check_row_names(names, (name, *ROWS))
    others = {
        other: create_engine(engine_of_weights(folder), folder, device)
        for other, folder in zip(names, beside, strict=True)
    }
    trainings = [] if files and files_alone else [checked_training(one) for one in (weights, *beside)]
    engines |= others
    settings["beside"] = tuple(others)
    session = Session(
        name,
        engines,
        weights,
        Library(shared) if shared else Library.empty(),
        ResultCache(work, tool_command()),
        device=select_device(device),
        training=trainings[0] if trainings else {},
        files=FileFolder(files) if files else None,
        **settings,
    )
    if not session.categories:
        raise ZoetropeError(
            f"{', '.join(map(str, beside))}: no category is also one of {weights}.",
            code="bad_option",
            remedy="Give weights that share a category with these.",
        )
    return session


def _row_name(weights: Path) -> str:
    engine = engine_of_weights(weights)
    return read_description(weights).name if engine == "dnf" else engine


def initial_tokens(weights: Path) -> Tensor | None:
    """Return the training bodies' shape tokens (K, S), from which fits may start; None if there are none."""
    path = tokens_path(weights)
    return from_numpy(load_tokens(path).shape) if path.exists() else None
