"""What the artist sees; draws, never computes."""

from . import menu, panel

CLASSES = panel.CLASSES

__all__ = ["CLASSES", "menu"]
