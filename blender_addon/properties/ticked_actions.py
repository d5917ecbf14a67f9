"""A list of actions with ticks, which *Generate* and *Animate Selected* have."""

from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..core.catalogue import label
from .enum_items import keep


def _action_items(self, _context):
    names = tuple(self.action_names())
    return keep(names, [(name, label(name), "", 1 << i) for i, name in enumerate(names)])


# Ticks are stored by name: the list changes with the kind.
def _get_actions(self):
    names, chosen = self.action_names(), self.chosen_actions()
    return sum(1 << i for i, name in enumerate(names) if name in chosen)


def _set_actions(self, value):
    names = self.action_names()
    kept = [name for name in self.ticked.split() if name not in names]
    self.ticked = " ".join([*kept, *(name for i, name in enumerate(names) if value >> i & 1)])
    self.ticks_set = True
    self.unticked = "" if value else " ".join(names)


class TickedActions:
    """Base of property groups with such a list; they have `action_names` and `default_actions`."""

    ticked: StringProperty(options={"HIDDEN"})
    ticks_set: BoolProperty(options={"HIDDEN"})
    # The list of which the artist took the last tick off; of another one the default is ticked.
    unticked: StringProperty(options={"HIDDEN"})
    actions: EnumProperty(
        name="Actions",
        description="What the creature does: an Action each",
        options={"ENUM_FLAG"},
        items=_action_items,
        get=_get_actions,
        set=_set_actions,
    )

    def action_names(self):
        """Actions to tick."""
        raise NotImplementedError

    def default_actions(self, names):
        """Those of the names that are ticked where the artist has chosen none."""
        raise NotImplementedError

    def chosen_actions(self):
        """The ticked actions, in the list's order."""
        names, ticked = self.action_names(), self.ticked.split() if self.ticks_set else []
        chosen = [name for name in names if name in ticked]
        return chosen if chosen or self.unticked == " ".join(names) else self.default_actions(names)
