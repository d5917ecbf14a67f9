"""What the artist sees; draws, never computes."""

from . import facing_arrow, menu, panel

CLASSES = panel.CLASSES

__all__ = ["CLASSES", "facing_arrow", "menu"]
