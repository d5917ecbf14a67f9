"""What the artist sees; draws, never computes."""

from . import facing_arrow, facing_gizmo, menu, panel

CLASSES = (*panel.CLASSES, facing_gizmo.ZOETROPE_GGT_facing)

__all__ = ["CLASSES", "facing_arrow", "menu"]
