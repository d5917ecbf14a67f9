"""Settings of the next creature, kept with the scene."""

import math

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from .. import runtime
from ..core import timeline
from ..core.body.request import body_options, preview_request
from ..core.catalogue import index_of, label
from ..core.errors import GenerationError
from ..core.request import (
    DETAILS,
    DNF,
    FACES,
    FPS,
    FRAMES,
    HEIGHT,
    HYPERDIFFUSION,
    MAX_LEVELS,
    MAX_SEED,
    TEXTURES,
    VERTEX_COLOURS,
    make_request,
)
from .animate import ZoetropeAnimateSettings
from .body import BodySettings, listed_donors, strengths
from .bones import ZoetropeBonesSettings
from .enum_items import keep
from .nan import unset_nan
from .ticked_actions import TickedActions
from .timeline import ZoetropeTimeline
from .units import scene_unit


def _category_names(settings):
    """Those of the engine, and one that was chosen for another engine: `problem` says that this lacks it."""
    names, chosen = runtime.catalogue(settings.engine).category_names(), settings.category_name
    lacked = settings.engine != DNF and chosen and chosen not in names
    return [*names, chosen] if lacked else names


def _category_items(self, _context):
    return keep("category", [(name, label(name), "", i) for i, name in enumerate(_category_names(self))])


# The choice is stored by name: the lists change with the engine, the backend's answer and other weights.
def _get_category(self):
    return index_of(_category_names(self), self.category_name)


def _set_category(self, value):
    self.category_name = _category_names(self)[value]


# Shown in the scene's unit and stored in metres: a creature of 1 m stays one when the unit scale changes.
def _get_height(self):
    return self.height_metres / scene_unit(self.id_data)


def _set_height(self, value):
    if not math.isnan(value):  # a field's expression may be: min and max let it through
        self.height_metres = min(max(value * scene_unit(self.id_data), HEIGHT[0]), HEIGHT[1])


class ZoetropeSettings(TickedActions, BodySettings, bpy.types.PropertyGroup):
    """Settings of the next creature."""

    tab: EnumProperty(
        name="Tab",
        description="What the panel is for",
        items=[
            ("GENERATE", "Generate", "A new creature", 0),
            ("ANIMATE", "Animate Selected", "Motion for your own mesh", 1),
        ],
        default="GENERATE",
    )
    animate: PointerProperty(type=ZoetropeAnimateSettings)
    bones: PointerProperty(type=ZoetropeBonesSettings)
    category_name: StringProperty(options={"HIDDEN"})
    # What files of older versions hold: the one action of the next creature.
    action_name: StringProperty(options={"HIDDEN"})
    category: EnumProperty(
        name="Creature",
        description="Kind of creature",
        items=_category_items,
        get=_get_category,
        set=_set_category,
    )
    seed: IntProperty(
        name="Seed",
        description="The same number gives the same creature",
        default=7,
        min=0,
        max=MAX_SEED,
    )
    natural_length: BoolProperty(
        name="Natural Length",
        description="Use the motion's own duration instead of a set number of frames",
        default=True,
    )
    frames: IntProperty(
        name="Frames",
        description="Length on the timeline. A loop is repeated to fill it, other motion is stretched",
        default=48,
        min=FRAMES[0],
        max=FRAMES[1],
    )
    scene_fps: BoolProperty(name="Scene Rate", description="Use the scene's frame rate", default=True)
    fps: FloatProperty(
        name="Rate",
        description="Frames per second",
        default=24.0,
        min=FPS[0],
        max=240.0,
        precision=2,
        update=unset_nan("fps"),
    )
    detail: EnumProperty(
        name="Detail",
        description="Resolution along the creature's longest side: higher is finer and slower. Below 96 thin "
        "parts can be lost",
        items=[(str(d), str(d), f"{d} grid cells", i) for i, d in enumerate(DETAILS)],
        default="128",
    )
    full_surface: BoolProperty(
        name="Full Surface",
        description="Keep all triangles of the extracted surface, some tens of thousands",
        default=False,
    )
    faces: IntProperty(
        name="Faces",
        description="About how many triangles the mesh has. More are kept where a thin part would be lost",
        default=5000,
        min=FACES[0],
        max=FACES[1],
        soft_max=50_000,
        step=500,
    )
    levels_of_detail: IntProperty(
        name="Levels of Detail",
        description="Coarser meshes beside the creature, of about half and a quarter of its triangles, which "
        "move as it does: objects with _LOD1 and _LOD2 behind its name, in a hidden collection",
        default=0,
        min=0,
        max=MAX_LEVELS,
    )
    texture: EnumProperty(
        name="Texture",
        description="What the colors are in",
        items=[
            *(
                (str(n), f"{n} px", f"UVs, and {n} x {n} images: base color and normal map", n)
                for n in TEXTURES
            ),
            (VERTEX_COLOURS, "Vertex Colors", "A color attribute, without UVs and images", 0),
        ],
        default=str(TEXTURES[0]),
    )
    natural_height: BoolProperty(
        name="Typical Height", description="Use the typical height of this kind of creature", default=True
    )
    height_metres: FloatProperty(default=1.0, options={"HIDDEN"})
    height: FloatProperty(
        name="Height",
        description="Height in the rest pose",
        min=0.0,
        unit="LENGTH",
        get=_get_height,
        set=_set_height,
    )
    natural_palette: BoolProperty(
        name="Natural Palette",
        description="Use the colors that belong to the seed",
        default=True,
    )
    palette: IntProperty(
        name="Palette",
        description="Another number gives the same creature other colors",
        default=0,
        min=0,
        max=MAX_SEED,
    )
    output: EnumProperty(
        name="Output",
        description="What moves the mesh",
        items=[
            ("armature", "Armature", "Bones, vertex groups and keys on the bones", 0),
            ("shape_keys", "Shape Keys", "A shape key a frame: every vertex as it was generated", 1),
            ("both", "Both", "An armature that plays, and shape keys with muted Actions", 2),
        ],
        default="armature",
    )
    engine: EnumProperty(
        name="Engine",
        description="What samples the creature",
        items=[
            (DNF, "DNF", "A body with any number of actions, colors and a rig", 0),
            (
                HYPERDIFFUSION,
                "HyperDiffusion",
                "Body and motion of one clip sampled together, without colors. For comparison",
                1,
            ),
        ],
        default=DNF,
    )
    frame_output: EnumProperty(
        name="Output",
        description="What becomes of the sampled frames, which are meshes of their own",
        items=[
            ("armature", "Armature", "One mesh tracked through the frames, on bones found in its motion", 0),
            ("shape_keys", "Shape Keys", "One mesh tracked through the frames, a shape key a frame", 1),
            (
                "mesh_frames",
                "Mesh Frames",
                "The frames as sampled, in one object: a Geometry Nodes modifier shows the current one",
                2,
            ),
        ],
        default="shape_keys",
    )
    correctives: BoolProperty(
        name="Correctives",
        description="Add a few corrective shape keys beside the bones, which bring the mesh to the generated "
        "motion: creases at shoulders and haunches go",
        default=True,
    )
    placement: EnumProperty(
        name="Placement",
        description="Where the next creature stands",
        items=[
            ("BESIDE", "Beside", "At the 3D cursor, or at the next free place along X", 0),
            (
                "REPLACE",
                "Replace Active",
                "In the place of the active creature, which is removed. Without one: Beside",
                1,
            ),
        ],
        default="BESIDE",
    )
    timeline: PointerProperty(type=ZoetropeTimeline, options={"HIDDEN"})
    colours_shown: BoolProperty(
        description="Whether solid shading was made to show color attributes", options={"HIDDEN"}
    )

    def action_names(self):
        """Actions to tick: those of the category."""
        return runtime.catalogue(self.engine).action_names(self.category)

    def default_actions(self, names):
        """The first one, or that of a file of an older version: each more takes time."""
        return [self.action_name] if self.action_name in names else names[:1]

    def request(self, scene):
        """The request for a creature with these settings; GenerationError where one is out of range."""
        if self.engine == HYPERDIFFUSION:
            self._check_hyperdiffusion()
        scene_fps = scene.render.fps / scene.render.fps_base
        made = make_request(self, scene_fps)
        if self.engine == DNF:
            made.update(body_options(self, strengths(), listed_donors()))
        step = min(1.0, timeline.frame_step(scene_fps, made["fps"]))
        timeline.clip_end(scene.frame_start, made["frames"] or FRAMES[0], step)
        return made

    def _check_hyperdiffusion(self):
        if not runtime.has_hyperdiffusion():
            text = "The weights of HyperDiffusion are not installed."
            raise GenerationError("bad_option", text, "Choose Engine: DNF.")
        names = runtime.catalogue(self.engine).category_names()
        if self.category not in names:
            text = f"The weights of HyperDiffusion have no category {label(self.category)}."
            raise GenerationError("bad_option", text, f"Choose one of {', '.join(map(label, names))}.")

    def preview_request(self):
        """The request for a preview of the body with these settings."""
        return preview_request(self, strengths(), listed_donors())

    def problem(self, scene):
        """What is wrong with these settings, as one sentence and a remedy; empty where nothing is."""
        try:
            self.request(scene)
        except GenerationError as error:
            return error.text
        return ""
