"""Settings of Animate Selected, kept with the scene."""

import math

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .. import donor_icons, runtime
from ..core import timeline
from ..core.catalogue import index_of, label
from ..core.own_mesh import donors, request
from ..core.request import MAX_SEED, rate_of
from .enum_items import keep
from .ticked_actions import TickedActions

GUESS, BEST = "GUESS", "BEST"
"""Identifiers of the menus' first entries: left to the backend."""


def _kind_items(self, _context):
    guess = runtime.get().current_guess(bpy.context)
    title = "Guess" if guess is None else f"Guess: {label(guess.category)}"
    names = [(name, label(name), "", i + 1) for i, name in enumerate(_category_names())]
    return keep("kind", [(GUESS, title, "Whatever fits best", 0), *names])


def _category_names():
    return runtime.catalogue().category_names()


def _get_kind(self):
    names = _category_names()
    return 1 + names.index(self.kind_name) if self.kind_name in names else 0


def _set_kind(self, value):
    self.kind_name = _category_names()[value - 1] if value else ""


def _donors(settings):
    guess = runtime.get().current_guess(bpy.context)
    fitting = () if guess is None else guess.donors
    return donors.titled(donors.shipped(runtime.installation().weights()), settings.category(), fitting)


def _donor_items(self, _context):
    weights = runtime.installation().weights()
    listed = [
        (name, title, "", donor_icons.icon_of(donors.thumbnail(weights, name)), i + 1)
        for i, (name, title) in enumerate(_donors(self))
    ]
    return keep("donor", [(BEST, "Best", "The creature that fits best", "VIEWZOOM", 0), *listed])


def _donor_names(settings):
    return ["", *(name for name, _ in _donors(settings))]


def _get_donor(self):
    return index_of(_donor_names(self), self.donor_name)


def _set_donor(self, value):
    self.donor_name = _donor_names(self)[value]


class ZoetropeAnimateSettings(TickedActions, bpy.types.PropertyGroup):
    """Settings of Animate Selected."""

    kind_name: StringProperty(options={"HIDDEN"})
    donor_name: StringProperty(options={"HIDDEN"})
    kind: EnumProperty(
        name="Kind",
        description="Kind of creature that the mesh is",
        items=_kind_items,
        get=_get_kind,
        set=_set_kind,
    )
    guess_facing: BoolProperty(
        name="Guess Direction", description="Find out which way the mesh faces", default=True
    )
    facing: FloatProperty(
        name="Faces",
        description="Direction that the mesh faces, as the arrow shows: 0 is -Y, 90 is X",
        subtype="ANGLE",
        min=-math.pi,
        max=math.pi,
        default=0.0,
        step=100,
    )
    donor: EnumProperty(
        name="Donor",
        description="Creature whose skeleton and motion are used. After the first time those that fit come "
        "first, with a number that is lower the better they fit",
        items=_donor_items,
        get=_get_donor,
        set=_set_donor,
    )
    seed: IntProperty(
        name="Seed", description="Another number gives other motion", default=7, min=0, max=MAX_SEED
    )
    rig: EnumProperty(
        name="Rig",
        description="Which bones get the keys. A mesh that is bound to an armature keeps it unless New is "
        "chosen; any other gets a new one",
        items=[
            ("own", "Own", "Key the bones that the mesh is bound to already", 0),
            ("donor", "New", "Make a new armature; the old one no longer deforms the mesh", 1),
        ],
        default="own",
    )
    output: EnumProperty(
        name="Output",
        description="What moves the mesh",
        items=[
            ("armature", "Armature", "Bones, vertex groups and keys on the bones", 0),
            ("shape_keys", "Shape Keys", "A shape key a frame", 1),
            ("both", "Both", "An armature that plays, and shape keys with muted Actions", 2),
        ],
        default="armature",
    )

    def category(self):
        """The chosen kind, else the guessed one, else None."""
        guess = runtime.get().current_guess(bpy.context)
        if self.kind != GUESS:
            return self.kind
        return None if guess is None else guess.category

    def action_names(self):
        """Actions to tick: those of the kind, of all kinds where it is not known yet."""
        catalogue, category = runtime.catalogue(), self.category()
        return request.all_actions(catalogue) if category is None else catalogue.action_names(category)

    def default_actions(self, names):
        """The usual ones."""
        return request.default_actions(names)

    def choices(self, scene, confirmed, has_rig, plain):
        """The `Choices`; GenerationError where one is out of range.

        confirmed: the artist has seen what was guessed, so that the panel's kind and direction count;
        has_rig: whether the selection is bound to an armature; plain: whether shape keys could move it too.
        """
        timeline.clip_end(scene.frame_start, 1, 1.0)
        kind = None if self.kind == GUESS else self.kind
        if confirmed:
            kind = self.category()
        return request.Choices(
            category=kind,
            direction=self.facing if confirmed or not self.guess_facing else None,
            donor=None if self.donor == BEST else self.donor,
            actions=tuple(self.chosen_actions()),
            seed=self.seed,
            fps=rate_of(scene.zoetrope, scene.render.fps / scene.render.fps_base),
            rig="own" if has_rig and self.rig == "own" else "donor",
            output=self.output,
            fallback=plain,
        )
