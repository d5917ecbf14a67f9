"""Settings of the next creature, kept with the scene."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import runtime
from .core.catalogue import index_of, label
from .core.request import DETAILS, SEED_MAX, make_request

# Blender keeps only pointers to the strings of a dynamic enum: they must outlive the call.
_items = {}


def _enum_items(key, names):
    _items[key] = [(name, label(name), "", i) for i, name in enumerate(names)]
    return _items[key]


def _category_names():
    return runtime.catalogue().category_names()


def _action_names(settings):
    return runtime.catalogue().action_names(settings.category)


# The choice is stored by name: the lists change with the backend's answer and with other weights.
def _get_category(self):
    return index_of(_category_names(), self.category_name)


def _set_category(self, value):
    self.category_name = _category_names()[value]


def _get_action(self):
    return index_of(_action_names(self), self.action_name)


def _set_action(self, value):
    self.action_name = _action_names(self)[value]


class ZoetropeSettings(bpy.types.PropertyGroup):
    """Settings of the next creature."""

    category_name: StringProperty(options={"HIDDEN"})
    action_name: StringProperty(options={"HIDDEN"})
    category: EnumProperty(
        name="Creature",
        description="Kind of creature",
        items=lambda _self, _context: _enum_items("category", _category_names()),
        get=_get_category,
        set=_set_category,
    )
    action: EnumProperty(
        name="Action",
        description="What the creature does",
        items=lambda self, _context: _enum_items("action", _action_names(self)),
        get=_get_action,
        set=_set_action,
    )
    seed: IntProperty(
        name="Seed",
        description="The same number gives the same creature",
        default=7,
        min=0,
        max=SEED_MAX,
    )
    own_length: BoolProperty(
        name="Natural Length",
        description="Use the motion's own duration instead of a set number of frames",
        default=True,
    )
    frames: IntProperty(
        name="Frames",
        description="Length on the timeline. A loop is repeated to fill it, other motion is stretched",
        default=48,
        min=2,
        max=2000,
    )
    scene_fps: BoolProperty(name="Scene Rate", description="Use the scene's frame rate", default=True)
    fps: FloatProperty(
        name="Rate", description="Frames per second", default=24.0, min=1.0, max=240.0, precision=2
    )
    detail: EnumProperty(
        name="Detail",
        description="Resolution along the creature's longest side: higher is finer and slower",
        items=[(str(d), str(d), f"{d} grid cells", i) for i, d in enumerate(DETAILS)],
        default="128",
    )
    own_height: BoolProperty(
        name="Typical Height", description="Use the typical height of this kind of creature", default=True
    )
    height: FloatProperty(
        name="Height",
        description="Height in the rest pose",
        default=1.0,
        min=0.01,
        max=100.0,
        unit="LENGTH",
    )
    own_coat: BoolProperty(
        name="Natural Palette",
        description="Use the colors that belong to the seed",
        default=True,
    )
    coat: IntProperty(
        name="Palette",
        description="Another number gives the same creature other colors",
        default=0,
        min=0,
        max=SEED_MAX,
    )

    def request(self, scene):
        """The request for a creature with these settings."""
        return make_request(self, scene.render.fps / scene.render.fps_base)


CLASSES = (ZoetropeSettings,)


def attach():
    """Add the settings to scenes."""
    bpy.types.Scene.zoetrope = PointerProperty(type=ZoetropeSettings)


def attached():
    """Whether scenes have the settings."""
    return hasattr(bpy.types.Scene, "zoetrope")


def detach():
    """Remove the settings from scenes."""
    del bpy.types.Scene.zoetrope
