"""Where work runs."""

import torch

from zoetrope.errors import ZoetropeError


def select_device(name: str, sparse: bool = False) -> str:
    """The device of a name: "auto" takes the fastest that is there.

    Parameters
    ----------
    sparse : bool
        Whether sparse gradients are needed (training's tables): "mps" has none, and "auto" then passes it by.

    Raises
    ------
    ZoetropeError
        There is no device of that name, or not on this machine.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return "cuda" if there["cuda"] else "mps" if there["mps"] and not sparse else "cpu"
    if not there.get(name.partition(":")[0], False):
        offered = ", ".join(key for key, value in there.items() if value)
        raise ZoetropeError(
            f"There is no device {name!r} here.", code="bad_option", remedy=f"Choose auto, {offered}."
        )
    return name
