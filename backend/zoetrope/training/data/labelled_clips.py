"""Training clips whose labels the weights offer, with the label indices of the motion diffusion."""

from dataclasses import dataclass

from zoetrope.engines.weights.bundle import Description
from zoetrope.training.data.training_tokens import TrainingTokens


@dataclass(frozen=True)
class LabelledClip:
    """One training clip.

    row, body : of the clip's tokens, and of the body of its creature, in `TrainingTokens`.
    category, action : label names.
    category_index, action_index : from 1.
    flags : (cyclic, returns to its start), as its action is generated.
    """

    row: int
    body: int
    category: str
    action: str
    category_index: int
    action_index: int
    flags: tuple[bool, bool]


def labelled_clips(description: Description, tokens: TrainingTokens) -> list[LabelledClip]:
    """Return all training clips whose category and action are offered, in the order of their tokens."""
    order = list(description.action_order)
    offered = {
        (category.name, action.name): (index, order.index(action.name) + 1, action)
        for index, category in enumerate(description.categories, start=1)
        for action in category.actions
    }
    body_of = {name: row for row, name in enumerate(tokens.shape_creature.tolist())}
    labels = zip(
        tokens.motion_creature.tolist(),
        tokens.motion_category.tolist(),
        tokens.motion_action.tolist(),
        strict=True,
    )
    clips = []
    for row, (creature, category, action) in enumerate(labels):
        if (category, action) in offered:
            category_index, action_index, label = offered[category, action]
            flags = label.cyclic, label.returns_to_start
            indices = category_index, action_index
            clips.append(LabelledClip(row, body_of[creature], category, action, *indices, flags))
    return clips
