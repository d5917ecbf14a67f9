"""Label indices as the diffusions use them."""

from collections.abc import Sequence

UNLABELLED = "other"
"""The library's label of creatures and clips that belong to no class: they are trained on without one."""

REVERSIBLE = ("idle",)
"""Actions that are the same action played backwards, unlike a walk."""


def label_index(label: str, labels: Sequence[str]) -> int:
    """Return a label's index from 1, or 0 for `UNLABELLED`."""
    return 0 if label == UNLABELLED else labels.index(label) + 1
