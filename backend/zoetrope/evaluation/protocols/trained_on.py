"""What weights were trained on, by their own description: all of that is known to them, in a split or not."""

from collections.abc import Mapping
from typing import Any

from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.training.data.sources import training_part


def trained_on(library: Library, training: Mapping[str, Any]) -> list[CreatureEntry]:
    """The labelled creatures that weights were trained on, each with those of its clips.

    A user's own files are not in the library, and not found here.

    Parameters
    ----------
    training : mapping
        Of the weights' description: "split" and "creatures".
    """
    files = set(training["creatures"])
    in_no_split = any(file in library.entries and not library.entries[file].recommended for file in files)
    part = training_part(library, training["split"], in_no_split)
    return [entry for entry in part if entry.file in files]
