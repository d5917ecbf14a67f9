"""A result into the scene: mesh, what moves it, place and timeline."""

import contextlib

import bpy
import numpy as np

from ..core import timeline
from ..core.body import variation
from ..core.units import metres_per_unit
from . import creature_motion, creatures, meshes, placement, replacement, unused
from . import timeline as scene_timeline
from .colours import materials, swatches, textures
from .levels import build as levels
from .own_mesh.restore import restored_objects
from .restore import restored_on_failure
from .rig.timing import Timing
from .target import is_elsewhere, leave_modes


def add_creature(context, result, request, weights, old_uid=None):
    """Build a creature in the context's scene; returns its armature, or its mesh where it has none.

    It is selected, active and shown from its first frame, unless the artist works elsewhere. Where a step
    fails all is as before.

    Parameters
    ----------
    result : Result
    request : dict
        The arguments of `protocol.generate`, all but the job folder; stored with the mesh.
    weights : dict
        Name and checksum, as in the answer to `hello`; stored with the mesh.
    old_uid : int or None
        What `to_replace` returned when the creature was requested; one that is gone by now is not replaced.
    """
    old = None if old_uid is None else creatures.find(context.scene, old_uid)
    with contextlib.ExitStack() as stack:
        # First the data of the old creature comes back, then what depends on it.
        stack.enter_context(restored_objects([] if old is None else [old]))
        stack.enter_context(restored_on_failure(context, old))
        made = _build(context, result, request, weights, old)
    unused.remove_unused()
    return made


def to_replace(context):
    """`session_uid` of the creature that a new one replaces: the active one, or None."""
    obj = creatures.creature_of(context.view_layer.objects.active)
    if context.scene.zoetrope.placement != "REPLACE" or obj is None:
        return None
    return None if creatures.why_locked(obj) else obj.session_uid


def _build(context, result, request, weights, old):
    scene = context.scene
    replaced = None if old is None else replacement.Replacement(old, bool(result.names))
    changed = [] if old is None else [old, *replaced.levels, *replaced.rigs]
    elsewhere = is_elsewhere(context, changed)
    leave_modes(context, changed)
    metres = metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
    bounds = _bounds(result, metres)
    location = scene.cursor.location.copy()
    if old is None:
        location = placement.beside(context, location, bounds)

    # From here to the link nothing may update the scene: without a creature in it its timeline is given back.
    first = scene_timeline.begin(scene, request["fps"], changed)
    # Beside other animation the scene keeps its rate: the keys are spaced so that the speed is right.
    step = timeline.frame_step(scene_timeline.rate(scene), request["fps"])
    motion = creature_motion.Motion(result, Timing(scene.frame_start, step), metres)
    mesh = _new_mesh(result, metres)
    creatures.store(mesh, result, request, weights, bounds)
    mesh.zoetrope_proportions.set_values(variation.proportions_of(mesh[creatures.PROPERTY]))
    if old is None:
        obj = bpy.data.objects.new(result.name, mesh)
        obj.location = location
        placement.link(context, obj)
    else:
        obj = replaced.give(mesh)
    rig, groups = None, []
    if result.names:
        taken = {group.name for group in obj.vertex_groups}
        rig, groups = creature_motion.add_armature(context, obj, motion, taken)
        creatures.store_joints(mesh, groups)
        creatures.store_animation(rig, result, request, weights, motion.clip())
    if result.actions[0].vertices is not None:
        keys = creature_motion.add_shape_keys(obj, motion, plays=rig is None)
        creatures.store_animation(keys, result, request, weights, motion.clip())
    coarser = levels.add(context, obj, result, groups, metres, [] if old is None else replaced.levels)
    if old is not None:
        replaced.end(rig, result.name)
        if rig is not None:
            creature_motion.name_again(rig, result)
    elif rig is not None:
        rig.location, obj.location, obj.parent = location, (0.0, 0.0, 0.0), rig
    levels.settle(obj, coarser)
    scene_timeline.sync(scene)
    made = obj if rig is None else rig
    if elsewhere:
        return made
    if first or not scene.frame_start <= scene.frame_current <= scene.frame_end:
        scene.frame_set(scene.frame_start)
    for other in context.view_layer.objects:
        other.select_set(other in (obj, rig))
    context.view_layer.objects.active = made
    return made


IMAGES = {"base_colour": "Base Color", "normal_map": "Normal", "regions": "Regions"}
"""Texture of a result -> what its image's name ends with."""


def _new_mesh(result, metres):
    """The mesh of a result with its material, its textures and its swatches."""
    rest = result.rest / np.float32(metres)
    mesh = meshes.new_mesh(result.name, rest, result.faces, result.colours, result.uvs, result.regions)
    images = {
        name: textures.new_image(f"{result.name} {IMAGES[name]}", data, is_data=name != "base_colour")
        for name, data in result.textures.items()
    }
    shown = images.get("base_colour"), images.get("normal_map")
    mesh.materials.append(materials.new_material(result.name, result.colours, *shown))
    if result.palette is not None:
        swatches.store(mesh, result, images)
    return mesh


def _bounds(result, metres):
    """Lowest and highest corner (2, 3) of all frames of all actions, in Blender units."""
    every = np.concatenate([action.boxes for action in result.actions]) / np.float32(metres)
    return np.stack([every[:, 0].min(axis=0), every[:, 1].max(axis=0)])
