"""Icons of donors in menus: the pictures that come with the weights."""

import bpy.utils.previews

_previews = None


def attach():
    """Called when the extension is registered."""
    global _previews
    _previews = bpy.utils.previews.new()


def detach():
    """Called when the extension is unregistered."""
    global _previews
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None


def icon_of(path):
    """Icon number of a picture file, read when it is drawn; 0, no icon, where there is none."""
    if _previews is None or path is None:
        return 0
    key = str(path)
    if key not in _previews:
        if not path.is_file():
            return 0
        _previews.load(key, key, "IMAGE")
    return _previews[key].icon_id
