"""Which engine weights belong to, by their description."""

from pathlib import Path
from typing import Any

import msgspec

from zoetrope.engines.weights.files import damaged, read_text_file
from zoetrope.errors import ZoetropeError


class _Engine(msgspec.Struct):
    """The engine in a description, and the training; descriptions of dnf name no engine."""

    engine: str = "dnf"
    training: dict[str, Any] = {}


def engine_of_weights(folder: Path) -> str:
    """Return the engine that a folder's weights are of; raises ZoetropeError as `read_text_file`."""
    return _described(folder).engine


def training_of_weights(folder: Path) -> dict[str, Any]:
    """Return what weights were trained on: "split", "creatures"; raises as `engine_of_weights`."""
    return _described(folder).training


def _described(folder: Path) -> _Engine:
    path = folder / "model.json"
    try:
        return msgspec.json.decode(read_text_file(path), type=_Engine)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, error) from error


def _training(engine: str) -> str:
    return "" if engine == "dnf" else f" (zoetrope train --recipe {engine} makes them)"


def check_engine(folder: Path, description: bytes, engine: str) -> None:
    """Refuse weights of another engine.

    Parameters
    ----------
    folder : Path
        Of the weights.
    description : bytes
        Content of their `model.json`.
    engine : str
        Name of the engine that is to read them.

    Raises
    ------
    ZoetropeError
        Code "weights_damaged".
    """
    try:
        found = msgspec.json.decode(description, type=_Engine).engine[:40]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # what is wrong is found where it is read
    if found != engine:
        raise ZoetropeError(
            f"The weights in {folder} are of the engine {found}, not of {engine}.",
            code="weights_damaged",
            remedy=f"Choose the engine {found}, or a folder of weights of {engine}{_training(engine)}.",
        )
