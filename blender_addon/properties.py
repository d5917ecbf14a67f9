"""What the artist asks for, kept with the scene."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from .client import catalogue

DETAILS = (64, 96, 128, 192, 256)
SEED_MAX = 2**31 - 1

# Blender keeps only pointers to the strings of a dynamic enum: they must outlive the call.
_items = {}


def _enum(key, names):
    _items[key] = [(name, name.replace("_", " ").capitalize(), "", i) for i, name in enumerate(names)]
    return _items[key]


def _usual_first(names, usual):
    """The first one is the default."""
    return sorted(names, key=lambda name: usual.index(name) if name in usual else len(usual))


def _category_names():
    return _usual_first(catalogue.categories(), ("quadruped",))


def _action_names(self):
    _, actions = catalogue.categories().get(self.category, (1.0, ["walk"]))
    return _usual_first(actions, ("walk", "run", "swim", "fly", "idle"))


def _index(names, name):
    return names.index(name) if name in names else 0


# The choice is kept by name: the lists change when the backend says what it has, and with other weights.
def _get_category(self):
    return _index(_category_names(), self.category_name)


def _set_category(self, value):
    self.category_name = _category_names()[value]


def _get_action(self):
    return _index(_action_names(self), self.action_name)


def _set_action(self, value):
    self.action_name = _action_names(self)[value]


class ZoetropeSettings(bpy.types.PropertyGroup):
    """Settings of the next creature."""

    category_name: StringProperty(options={"HIDDEN"})
    action_name: StringProperty(options={"HIDDEN"})
    category: EnumProperty(
        name="Creature",
        description="Kind of creature",
        items=lambda _self, _context: _enum("category", _category_names()),
        get=_get_category,
        set=_set_category,
    )
    action: EnumProperty(
        name="Action",
        description="What it does",
        items=lambda self, _context: _enum("action", _action_names(self)),
        get=_get_action,
        set=_set_action,
    )
    seed: IntProperty(name="Seed", description="Same number, same creature", default=7, min=0, max=SEED_MAX)
    own_length: BoolProperty(
        name="Natural Length",
        description="Let the motion take its natural time instead of a set number of frames",
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
        name="Rate", description="Frames a second", default=24.0, min=1.0, max=240.0, precision=2
    )
    detail: EnumProperty(
        name="Detail",
        description="Cells of the grid along the creature's box: more is finer and slower",
        items=[(str(d), str(d), f"{d} cells along the box", i) for i, d in enumerate(DETAILS)],
        default="128",
    )
    own_height: BoolProperty(
        name="Typical Height", description="Use the typical height of its kind", default=True
    )
    height: FloatProperty(
        name="Height",
        description="Height of the rest pose",
        default=1.0,
        min=0.01,
        max=100.0,
        unit="LENGTH",
    )
    own_coat: BoolProperty(
        name="Natural Coat",
        description="The colours that the seed gives, not those of a number",
        default=True,
    )
    coat: IntProperty(
        name="Coat",
        description="Another number paints the same creature in other colours",
        default=0,
        min=0,
        max=SEED_MAX,
    )

    def request(self, scene):
        """The settings as the arguments of `protocol.generate` (all but the job folder)."""
        render = scene.render
        return {
            "category": self.category,
            "action": self.action,
            "seed": self.seed,
            "fps": render.fps / render.fps_base if self.scene_fps else self.fps,
            "detail": int(self.detail),
            "frames": None if self.own_length else self.frames,
            "height": None if self.own_height else self.height,
            "palette": None if self.own_coat else self.coat,
        }


CLASSES = (ZoetropeSettings,)


def attach():
    """Put the settings on scenes."""
    bpy.types.Scene.zoetrope = PointerProperty(type=ZoetropeSettings)


def attached():
    """Whether scenes have the settings."""
    return hasattr(bpy.types.Scene, "zoetrope")


def detach():
    """Take them away again."""
    del bpy.types.Scene.zoetrope
