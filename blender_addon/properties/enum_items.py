"""Items of enumerations whose lists change."""

# Blender keeps only pointers to the strings of a dynamic enum: they must outlive the call.
_items = {}


def keep(key, items):
    """Items of an EnumProperty, (identifier, name, description, ...), kept until the key gets others."""
    if _items.get(key) != items:
        _items[key] = items
    return _items[key]
