"""The palette of a creature, kept with its mesh."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatVectorProperty, PointerProperty

from ..scene.colours import swatches


def _repaint(self, _context):
    swatches.repaint(self.id_data)


class ZoetropeSwatch(bpy.types.PropertyGroup):
    """One colour of a palette; its name says of which region."""

    colour: FloatVectorProperty(
        name="Color",
        description="Color of this region: changing it repaints the texture and the vertex colors",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        options=set(),
        update=_repaint,
    )
    painted: FloatVectorProperty(size=3, options={"HIDDEN"})
    """What the texture and the vertex colours have."""
    shown: BoolProperty(options={"HIDDEN"})
    """Whether the region is seen anywhere."""


class ZoetropePaint(bpy.types.PropertyGroup):
    """Swatches, and the images that they paint and that say where; the pointers keep these in the file."""

    swatches: CollectionProperty(type=ZoetropeSwatch)
    base_colour: PointerProperty(type=bpy.types.Image)
    regions: PointerProperty(type=bpy.types.Image)
