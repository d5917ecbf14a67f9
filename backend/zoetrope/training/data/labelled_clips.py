"""Known clips of labels that weights draw, with the labels as the diffusion of motion takes them."""

from dataclasses import dataclass

from zoetrope.engines.bundle import Description
from zoetrope.training.data.training_tokens import TrainingTokens


@dataclass(frozen=True)
class LabelledClip:
    """One clip.

    row, body : of its tokens, and of its creature's own body among the known.
    kind, name : of the label.
    category, action : their numbers, from 1.
    flags : (cyclic, returns to its start), as its action is drawn.
    """

    row: int
    body: int
    kind: str
    name: str
    category: int
    action: int
    flags: tuple[bool, bool]


def labelled_clips(description: Description, known: TrainingTokens) -> list[LabelledClip]:
    """All known clips whose category and action are offered, in the order of their tokens."""
    order = list(description.action_order)
    offered = {
        (category.name, action.name): (number, order.index(action.name) + 1, action)
        for number, category in enumerate(description.categories, start=1)
        for action in category.actions
    }
    own = {name: row for row, name in reversed(list(enumerate(known.shape_creature.tolist())))}
    labels = zip(
        known.motion_creature.tolist(),
        known.motion_category.tolist(),
        known.motion_action.tolist(),
        strict=True,
    )
    found = []
    for row, (creature, kind, name) in enumerate(labels):
        if (kind, name) in offered:
            category, number, action = offered[kind, name]
            flags = action.cyclic, action.returns_to_start
            found.append(LabelledClip(row, own[creature], kind, name, category, number, flags))
    return found
