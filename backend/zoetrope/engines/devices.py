"""Choosing the torch device."""

import torch

from zoetrope.errors import ZoetropeError


def select_device(name: str, sparse: bool = False) -> str:
    """Return a device by name; "auto" chooses the fastest available one.

    Parameters
    ----------
    name : str
        "auto", "cpu", "cuda", "cuda:1", "mps", ...
    sparse : bool
        Whether sparse gradients are needed (training's embeddings): "auto" then skips "mps", which has none.

    Raises
    ------
    ZoetropeError
        Code "bad_option": no such device on this machine.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return "cuda" if available["cuda"] else "mps" if available["mps"] and not sparse else "cpu"
    if not available.get(name.partition(":")[0], False):
        choices = ", ".join(key for key, value in available.items() if value)
        raise ZoetropeError(
            f"There is no device {name!r} here.", code="bad_option", remedy=f"Choose auto, {choices}."
        )
    return name
