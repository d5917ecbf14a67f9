"""What the artist sees; draws, never computes."""

from . import panel

CLASSES = panel.CLASSES
