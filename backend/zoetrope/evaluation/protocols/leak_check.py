"""Does a test meet what was trained on? By creature, near-copies and augmented bodies included."""

from collections.abc import Sequence
from typing import Any

from zoetrope.clips.library import Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.references import Item


def met_in_training(
    library: Library, split: str, items: Sequence[Item], training: dict[str, Any]
) -> list[tuple[str, str]]:
    """The (creature, clip) pairs among reference items that the training held.

    An augmented body counts as its creature, so does a near-copy. Of weights trained by creature every clip
    of a training creature was trained on.

    Parameters
    ----------
    training : dict
        What the weights say of it: "split" and "creatures".

    Raises
    ------
    ZoetropeError
        The references are of the very split that the weights were trained on, and some were met: the split
        was broken, and no number of such a test is worth anything.
    """
    copies = {library.entries[file].near_copies for file in training["creatures"] if file in library.entries}
    if training["split"] == "by_clip":
        trained = {tuple(pair) for pair in library.splits["by_clip"]["train"]}
        met = [(i.creature, i.clip) for i in items if (i.creature, i.clip) in trained]
    else:
        met = [
            (i.creature, i.clip)
            for i in items
            if i.creature in library.entries and library.entries[i.creature].near_copies in copies
        ]
    if met and split == training["split"]:
        raise ZoetropeError(
            f"{len(met)} of {len(items)} test clips of {split} were trained on, the first {met[0][0]}.",
            code="bad_option",
            remedy="Train again on the frozen split; these weights cannot be tested on it.",
        )
    return met


def met_among(
    library: Library, split: str, items: Sequence[Item], training: dict[str, Any]
) -> dict[str, Any]:
    """What a table says of its references: "met" (`met_in_training`), how many "references", "creatures"."""
    return {
        "met": met_in_training(library, split, items, training),
        "references": len(items),
        "creatures": len({item.creature for item in items}),
    }
