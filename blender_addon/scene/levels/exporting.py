"""Levels of detail in files for game engines: shown, named and beside their creature while it is written."""

import contextlib

import bpy

from .. import actions, creatures
from ..transform_properties import PLACE
from . import animation, found

FORMATS = ("GLB", "FBX")
"""Formats of game engines. USD and Alembic have no levels: they would lie in each other there."""


def creatures_with_levels(objects):
    """The creatures among objects that have levels -> those levels."""
    return {obj: levels for obj in objects if creatures.is_creature(obj) and (levels := found.of(obj))}


@contextlib.contextmanager
def prepared(context, levels, file_format):
    """Make levels ready for an exporter; then as before. Yields node name -> names of its levels' nodes.

    Engines find levels by `Name_LOD0`, `Name_LOD1`, ... beside each other under one parent (Unity's manual,
    *Import a mesh with LOD settings*). In .fbx the creature is `Name_LOD0`; in .glb it keeps its name, for
    the extension MSFT_lod says what belongs together.

    levels: from `creatures_with_levels`.
    """
    with contextlib.ExitStack() as stack:
        names = {}
        for obj, of_obj in levels.items():
            animation.follow(obj)
            for level in of_obj:
                stack.enter_context(_shown(context, level))
                if level.parent == obj:
                    stack.enter_context(_beside(level, obj))
            base = found.base_name(obj)
            new_names = {level: f"{base}_LOD{level.data[found.NUMBER]}" for level in of_obj}
            if file_format == "FBX":
                new_names = {obj: f"{base}_LOD0", **new_names}
            stack.enter_context(_named(new_names))
            names[obj.name] = [level.name for level in of_obj]
        yield names


@contextlib.contextmanager
def _shown(context, level):
    """Visible and selectable, by a link to the scene itself: its own collection stays hidden."""
    root, hidden = context.scene.collection, (level.hide_viewport, level.hide_select)
    linked = level.name not in root.objects
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
    """With the parent, the transform and the Action of its creature in place of being its child."""
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
    """Objects with other names; new_names: object -> name."""
    before = {obj: obj.name for obj in new_names}
    try:
        for obj, name in new_names.items():
            obj.name = name
        yield
    finally:
        for obj, name in before.items():
            obj.name = name


def _copied(value):
    """A property's value; a vector or matrix is else a reference to what the property is by then."""
    if hasattr(value, "freeze"):  # of mathutils
        return value.copy()
    return tuple(value) if isinstance(value, bpy.types.bpy_prop_array) else value
