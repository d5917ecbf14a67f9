"""A result into the scene: mesh, shape keys, Action, place and timeline."""

import bpy
import numpy as np

from ..core import compact_keys, ground, timeline
from ..core.units import metres_per_unit
from . import creatures, materials, meshes, placement, replacement, shape_keys
from . import timeline as scene_timeline
from .restore import restored_on_failure
from .target import is_elsewhere, leave_modes


def add_creature(context, result, request, weights, old_uid=None):
    """Build a creature in the context's scene; returns its object. Where a step fails all is as before.

    It is selected, active and shown from its first frame, unless the artist works elsewhere.

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
    with restored_on_failure(context, old):
        obj = _build(context, result, request, weights, old)
    creatures.remove_unused()
    return obj


def to_replace(context):
    """`session_uid` of the creature that a new one replaces: the active one, or None."""
    obj = context.view_layer.objects.active
    if context.scene.zoetrope.placement != "REPLACE" or not creatures.is_creature(obj):
        return None
    return obj.session_uid if obj.is_editable else None


def _build(context, result, request, weights, old):
    scene = context.scene
    changed = [] if old is None else [old]
    elsewhere = is_elsewhere(context, changed)
    leave_modes(context, changed)
    unit = 1.0 / metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
    raised, lifts = ground.above_floor(result.category, result.rest, result.vertices)
    raised, rest, frames = raised * unit, result.rest, result.vertices
    if unit != 1.0:
        rest, frames = rest * np.float32(unit), frames * np.float32(unit)
    if lifts.any():  # long clips are not copied without need
        frames = frames + unit * lifts[:, None, None] * np.float32([0, 0, 1])
    bounds = np.stack([frames.min(axis=(0, 1)), frames.max(axis=(0, 1))])
    location = scene.cursor.location.copy()
    location.z += raised
    if old is None:
        location = placement.beside(context, location, bounds)

    # From here to the link nothing may update the scene: without a creature in it its timeline is given back.
    first = scene_timeline.begin(scene, request["fps"], changed)
    # Beside other animation the scene keeps its rate: the keys are spaced so that the speed is right.
    step = timeline.frame_step(scene_timeline.rate(scene), request["fps"])
    mesh = meshes.new_mesh(result.name, rest, result.faces, result.colours)
    mesh.materials.append(materials.new_material(result.name, result.colours))
    obj = bpy.data.objects.new(result.name, mesh)
    _animate(obj, result, rest, frames, scene.frame_start, step)
    clip = (scene.frame_start, timeline.clip_end(scene.frame_start, len(frames), step))
    creatures.store(mesh, result, request, weights, raised, clip, bounds)
    if old is None:
        obj.location = location
        placement.link(context, obj)
    else:
        obj = _replace(old, obj, result.name, raised)
    scene_timeline.sync(scene)
    if elsewhere:
        return obj
    if first or not scene.frame_start <= scene.frame_current <= scene.frame_end:
        scene.frame_set(scene.frame_start)
    for other in context.view_layer.objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def _animate(obj, result, rest, frames, start, step):
    """Shape keys and their Action: a key a frame, or compact keys where there would be too many."""
    if result.cyclic:
        frames = compact_keys.one_period(frames)
    if len(frames) <= compact_keys.EXACT_KEYS:
        keys = shape_keys.add_frames(obj, frames)
        shape_keys.animate(keys, result.name, start, step, result.cyclic)
        return
    tolerance = compact_keys.TOLERANCE * compact_keys.longest_side(rest)
    offsets, weights = compact_keys.compact_keys(rest, frames, tolerance)
    keys = shape_keys.add_offsets(obj, rest, offsets)
    shape_keys.animate_weights(keys, result.name, start, step, weights, result.cyclic)


def _replace(old, new, name, raised):
    """Give an old creature's object the new mesh: what the artist gave it stays, and it is shown."""
    mesh, before = new.data, old.data
    replacement.keep_materials(old, mesh)
    groups = replacement.vertex_groups(old)
    renamed = old.name.split(".")[0] != before.name.split(".")[0]
    old.location.z += (raised - creatures.raised(old)) * old.scale.z
    old.data = mesh
    replacement.add_groups(old, groups)
    bpy.data.objects.remove(new)
    old.hide_viewport = False
    old.hide_set(False)
    if not renamed:
        old.name = name
    return old
