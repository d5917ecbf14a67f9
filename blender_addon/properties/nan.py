"""Numbers that are none: a field's expression may be nan, which min and max let through."""

import math


def unset_nan(name):
    """The `update` of a FloatProperty of this name: it sets the default in place of nan."""

    def update(self, _context):
        if math.isnan(getattr(self, name)):
            self.property_unset(name)

    return update
