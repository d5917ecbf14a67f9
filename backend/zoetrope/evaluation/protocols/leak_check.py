"""What weights were trained on, and which references of a test were among it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.training.data.sources import training_part


def training_creatures(library: Library, training: Mapping[str, Any]) -> list[CreatureEntry]:
    """Return the labelled creatures that weights were trained on, each with the clips that were used.

    A user's own files are not in the library and not returned. Creatures of weights that these started from
    count, where all of those was taken.

    Parameters
    ----------
    training : mapping
        Of the weights' description: "split" and "creatures", perhaps "start".
    """
    found: dict[str, CreatureEntry] = {}
    one: Mapping[str, Any] | None = training
    while one:
        files = set(one["creatures"])
        open_meshes = any(file in library.entries and not library.entries[file].recommended for file in files)
        for entry in training_part(library, one["split"], open_meshes):
            if entry.file in files:
                known = found.get(entry.file, entry)
                clips = dict.fromkeys((*known.clips, *entry.clips))
                found[entry.file] = replace(entry, clips=tuple(clips))
        start = one.get("start")
        one = start if start and start["taken"] == "all" else None
    return list(found.values())


def find_leaks(
    library: Library, split: str, references: Sequence[LabelledSequence], training: Mapping[str, Any]
) -> dict[str, Any]:
    """Find the references that the training contained.

    By creature a near-copy counts as its creature, whichever clips of it were trained on. By clip the clips
    themselves are compared; weights trained on the split by creature were trained on every clip of their
    creatures. What the weights started from counts too; where they took its shape field alone, no clip of it.

    Returns
    -------
    dict
        "leaked": (creature, clip) pairs; "references" and "creatures": how many there are.

    Raises
    ------
    ZoetropeError
        Code "bad_option": references of the split that the weights were trained on leaked, so the split was
        broken and the test is invalid.
    """
    leaked = _leaked(library, split, references, training)
    before = training.get("start")
    while before:
        if before["taken"] == "all" or split == "by_creature":
            leaked += [pair for pair in _leaked(library, split, references, before) if pair not in leaked]
        before = before.get("start")
    if leaked and split == training["split"]:
        raise ZoetropeError(
            f"{len(leaked)} of {len(references)} test clips of {split} were trained on, "
            f"the first {leaked[0][0]}.",
            code="bad_option",
            remedy="Train again on the frozen split; these weights cannot be tested on it.",
        )
    creatures = {one.creature for one in references}
    return {"leaked": leaked, "references": len(references), "creatures": len(creatures)}


def _leaked(
    library: Library, split: str, references: Sequence[LabelledSequence], training: Mapping[str, Any]
) -> list[tuple[str, str]]:
    if split == training["split"] == "by_clip":
        trained = {tuple(pair) for pair in library.splits["by_clip"]["train"]}
        return [(one.creature, one.clip) for one in references if (one.creature, one.clip) in trained]
    entries = library.entries
    copies = {entries[file].near_copies for file in training["creatures"] if file in entries}
    return [
        (one.creature, one.clip)
        for one in references
        if one.creature in entries and entries[one.creature].near_copies in copies
    ]
