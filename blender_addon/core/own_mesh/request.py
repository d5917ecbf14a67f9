"""The requests for an artist's mesh, made from the panel's settings."""

import dataclasses

from ..catalogue import DEFAULT_ACTIONS
from ..errors import GenerationError


@dataclasses.dataclass(frozen=True)
class Choices:
    """What the artist chose in the panel; None where it is left to the backend.

    `direction` in radians as in `guess.direction_of`; `actions`: names, in the panel's order; `rig`: "own" or
    "donor"; `output`: "armature", "shape_keys" or "both"; `fallback`: whether shape keys may
    replace an armature that would stretch the mesh visibly.
    """

    category: str | None
    direction: float | None
    donor: str | None
    actions: tuple
    seed: int
    fps: float
    rig: str
    output: str
    fallback: bool = True


def default_actions(names):
    """Actions that are ticked before the artist has chosen any; names: those of a kind, default first."""
    chosen = [name for name in names if name in DEFAULT_ACTIONS]
    return chosen or names[:1]


def actions_for(chosen, names):
    """The chosen actions that a kind has, or its default ones where it has none of them.

    Where the kind is guessed, actions of all kinds can be ticked.
    """
    return [name for name in chosen if name in names] or default_actions(names)


def all_actions(catalogue):
    """Actions of all kinds, the usual ones first."""
    names = {a: None for category in catalogue.category_names() for a in catalogue.action_names(category)}
    return sorted(
        names, key=lambda a: DEFAULT_ACTIONS.index(a) if a in DEFAULT_ACTIONS else len(DEFAULT_ACTIONS)
    )


def check(choices):
    """GenerationError where nothing can be animated with these choices."""
    if not choices.actions:
        raise GenerationError("bad_option", "No action is ticked.", "Tick one or more actions.")
