"""The categories and actions that weights offer, from the clips they were trained on."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

from zoetrope.clips.guessed_labels import CYCLIC_ACTIONS
from zoetrope.engines.weights.bundle import ActionLabel, CategoryLabel
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared_samples import PreparedData

ClipLabels = tuple[str, str, bool, bool, Hashable, float]
"""Category, action, whether the clip loops and returns to its start, creature, its height in metres."""


def category_labels(data: PreparedData) -> tuple[CategoryLabel, ...]:
    """Return the categories of prepared clips, see `labels_of_clips`."""
    return labels_of_clips(
        [
            (c.category, c.action, c.cyclic, c.returns_to_start, c.creature, data.bodies[c.creature].height)
            for c in data.clips
        ]
    )


def labels_of_clips(clips: Sequence[ClipLabels]) -> tuple[CategoryLabel, ...]:
    """Return the categories with their actions (flags of the majority) and mean height in metres.

    An action that repeats (a gait) is offered as a loop where any of its clips is one, since a run that does
    not loop is of little use.
    """
    out = []
    for category in sorted({clip[0] for clip in clips} - {UNLABELLED}):
        own = [clip for clip in clips if clip[0] == category]
        heights = {creature: height for *_, creature, height in own}
        actions = []
        counts = Counter(clip[1] for clip in own if clip[1] != UNLABELLED)
        for name, count in sorted(counts.items()):
            flags = Counter((cyclic, returns) for _, action, cyclic, returns, *_ in own if action == name)
            (cyclic, returns), _ = flags.most_common(1)[0]
            if name in CYCLIC_ACTIONS and any(flag[0] for flag in flags):
                cyclic, returns = True, True
            actions.append(ActionLabel(name, cyclic, returns, count))
        out.append(CategoryLabel(category, round(sum(heights.values()) / len(heights), 2), tuple(actions)))
    return tuple(out)


def merge_category_labels(
    old: tuple[CategoryLabel, ...], new: tuple[CategoryLabel, ...]
) -> tuple[CategoryLabel, ...]:
    """Append new categories, and new actions to old categories.

    Old categories keep their index and height, old actions their flags; counts of clips are added up.
    """
    out = {category.name: category for category in old}
    for category in new:
        if category.name not in out:
            out[category.name] = category
            continue
        actions = {action.name: action for action in out[category.name].actions}
        for action in category.actions:
            before = actions.get(action.name)
            count = action.clips + (before.clips if before else 0)
            actions[action.name] = replace(before or action, clips=count)
        out[category.name] = replace(out[category.name], actions=tuple(actions.values()))
    return tuple(out.values())
