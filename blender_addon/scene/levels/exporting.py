"""Levels of detail in files for game engines: shown, named and beside their creature while it is written."""

import contextlib
import itertools

import bpy

from .. import actions, creatures
from ..transform_properties import PLACE
from . import animation, found

FORMATS = ("GLB", "FBX")
"""Formats of game engines. USD and Alembic have no levels: they would lie in each other there."""

LONGEST_NAME = {"FBX": 63}
"""Bytes of the longest name in a file; Blender's FBX importer puts a checksum at the end of longer ones."""


def creatures_with_levels(objects):
    """The creatures among objects that have levels -> those levels."""
    return {obj: levels for obj in objects if creatures.is_creature(obj) and (levels := found.of(obj))}


@contextlib.contextmanager
def prepared(context, levels, file_format):
    """Make levels ready for an exporter; then as before. Yields node name -> names of its levels' nodes.

    Engines find levels by `Name_LOD0`, `Name_LOD1`, ... beside each other under one parent (Unity's manual,
    *Import a mesh with LOD settings*). In .fbx the creature is `Name_LOD0`; in .glb it keeps its name, for
    the extension MSFT_lod says what belongs together.

    Levels are counted anew where the artist has deleted one; what else in the file has their names has others
    meanwhile.

    levels: from `creatures_with_levels`.
    """
    with contextlib.ExitStack() as stack:
        for obj, of_obj in levels.items():
            animation.follow(obj)
            for level in of_obj:
                stack.enter_context(_shown(context, level))
                stack.enter_context(_beside(level, obj))
        stack.enter_context(_named(_new_names(levels, file_format)))
        yield {obj.name: [level.name for level in of_obj] for obj, of_obj in levels.items()}


def _new_names(levels, file_format):
    """Object -> the name that it is to have in a file, for creatures and their levels."""
    names = {}
    for obj, of_obj in levels.items():
        named = {level: f"_LOD{number}" for number, level in enumerate(of_obj, start=1)}
        if file_format == "FBX":
            named[obj] = "_LOD0"
        for other in itertools.count(1):
            number = "" if other == 1 else f"_{other}"  # two creatures whose names begin alike
            base, longest = found.base_name(obj), LONGEST_NAME.get(file_format)
            new = {one: found.name_with(base, number + end, longest) for one, end in named.items()}
            if not set(new.values()) & {*names.values(), *(each.name for each in levels if each not in new)}:
                break
        names.update(new)
    return names


@contextlib.contextmanager
def _shown(context, level):
    """Visible and selectable, by a link to the scene itself: its own collection stays hidden."""
    root, hidden = context.scene.collection, (level.hide_viewport, level.hide_select)
    linked = root.objects.get(level.name) != level
    if linked:
        root.objects.link(level)
    level.hide_viewport = level.hide_select = False
    eye = level.hide_get(view_layer=context.view_layer)
    level.hide_set(False, view_layer=context.view_layer)
    try:
        yield
    finally:
        level.hide_set(eye, view_layer=context.view_layer)
        level.hide_viewport, level.hide_select = hidden
        if linked:
            root.objects.unlink(level)


@contextlib.contextmanager
def _beside(level, obj):
    """With the parent, the transform and the Action of its creature, wherever it is."""
    before = {name: _copied(getattr(level, name)) for name in PLACE}
    action = actions.active(obj)
    for name in PLACE:
        setattr(level, name, getattr(obj, name))
    if action is not None:
        actions.assign(level, action)
    try:
        yield
    finally:
        if action is not None:
            level.animation_data_clear()
        for name, value in before.items():
            setattr(level, name, value)


@contextlib.contextmanager
def _named(new_names):
    """Objects with other names, which others of this file step aside for; new_names: object -> name."""
    wanted = set(new_names.values())
    aside = {
        obj: found.name_with(obj.name, "_")
        for obj in bpy.data.objects
        if obj.library is None and obj.name in wanted and obj not in new_names
    }
    names = {obj: name for obj, name in {**aside, **new_names}.items() if obj.library is None}
    before = {obj: obj.name for obj in names}  # linked ones keep theirs
    try:
        _rename(before, names)
        yield
    finally:
        _rename(before, before)


def _rename(objects, names):
    """Give objects names, by way of others: each may have the name that another one is to get."""
    for obj in objects:
        obj.name = "zoetrope_export"
    for obj, name in names.items():
        obj.name = name


def _copied(value):
    """A property's value; a vector or matrix is else a reference to what the property is by then."""
    if hasattr(value, "freeze"):  # of mathutils
        return value.copy()
    return tuple(value) if isinstance(value, bpy.types.bpy_prop_array) else value
