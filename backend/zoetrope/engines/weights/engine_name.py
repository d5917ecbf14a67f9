"""Which engine weights belong to, by their description."""

from pathlib import Path

import msgspec

from zoetrope.errors import ZoetropeError


class _Engine(msgspec.Struct):
    """What a description says of its engine; that of dnf says nothing."""

    engine: str = "dnf"


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
            remedy=f"Choose the engine {found}, or a folder of weights of {engine}.",
        )
