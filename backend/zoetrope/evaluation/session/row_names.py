"""Names of the rows of a table: those that it has by itself, and those of other weights."""

from collections.abc import Sequence

from zoetrope.errors import ZoetropeError

WITHOUT_PROPORTIONS = "dnf without proportions"
"""The row of dnf without sampled proportions; all else, at its own detail, as shipped."""
BASELINES = (WITHOUT_PROPORTIONS, "mean shape", "gaussian", "latent only")
"""Rows of the engine's fields without sampled proportions, and with tokens from simpler sources."""
DECODED = "training tokens"
"""The row of training clips or bodies decoded from their tokens. Of clips one set: it differs from the next
far less than one choice of creatures from another."""
ROWS = (*BASELINES, DECODED, "training clips", "other half", "still", "shuffled frames", "noise")
"""Names of rows that no other weights may have."""
BODIES = "training bodies"
"""The row of bodies at rest of the training creatures."""
FORBIDDEN = set('/\\:*?"<>|')
"""Characters that no name of a file may have on some system."""


def check_row_names(others: Sequence[str], own: Sequence[str]) -> None:
    """Check the names that rows of other weights would have.

    Parameters
    ----------
    own : sequence of str
        Names of the other rows, all different.

    Raises
    ------
    ZoetropeError
        Code "bad_option": two rows would have one name, or one file; or a name is no part of a file's name.
    """
    for name in others:
        if FORBIDDEN & set(name):
            raise ZoetropeError(
                f"The weights' name {name!r} cannot be part of the name of a file.",
                code="bad_option",
                remedy="Give weights with another name in model.json.",
            )
    files = [name.replace(" ", "_").lower() for name in (*others, *own)]
    if len(set(files)) < len(files):
        raise ZoetropeError(
            "Two of the weights would have rows of one name.",
            code="bad_option",
            remedy="Give weights of different engines, or with different names in model.json.",
        )
