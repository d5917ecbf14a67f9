"""Labels as the diffusions learn them."""

from collections.abc import Sequence

UNLABELLED = "other"
"""What the library calls creatures and clips that are no class: they are trained on without a label."""

REVERSIBLE = ("idle",)
"""Actions that are the same action played backwards; a walk played backwards is none."""


def number(label: str, labels: Sequence[str]) -> int:
    """A label's number from 1; 0 for one that is not told."""
    return 0 if label == UNLABELLED else labels.index(label) + 1
