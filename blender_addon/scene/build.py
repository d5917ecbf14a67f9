"""A result into the scene: mesh, shape keys, Action, place and timeline."""

import bpy
import numpy as np

from ..core import compact_keys, ground, timeline
from ..core.units import metres_per_unit
from . import creatures, materials, meshes, placement, shape_keys
from . import timeline as scene_timeline
from .restore import restored_on_failure


def add_creature(context, result, request, weights):
    """Build a creature; returns its object. Where a step fails everything is as before.

    Parameters
    ----------
    result : Result
    request : dict
        The arguments of `protocol.generate`, all but the job folder; stored with the mesh.
    weights : dict
        Name and checksum, as in the answer to `hello`; stored with the mesh.
    """
    with restored_on_failure(context):
        obj = _build(context, result, request, weights)
    creatures.remove_unused()
    return obj


def replaceable(context):
    """The creature that the new one replaces, or None: the active one where the artist chose that."""
    obj = context.view_layer.objects.active
    if context.scene.zoetrope.placement != "REPLACE" or not creatures.is_creature(obj):
        return None
    return obj if obj.is_editable else None


def _build(context, result, request, weights):
    scene = context.scene
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    old = replaceable(context)
    unit = 1.0 / metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
    raised, lifts = ground.above_floor(result.category, result.rest, result.vertices)
    raised, rest = raised * unit, result.rest * np.float32(unit)
    frames = result.vertices * np.float32(unit)
    frames[:, :, 2] += unit * lifts[:, None]
    bounds = np.stack([frames.min(axis=(0, 1)), frames.max(axis=(0, 1))])
    location = scene.cursor.location.copy()
    location.z += raised
    if old is None:
        location = placement.beside(context, location, bounds)

    # From here to the link nothing may update the scene: without a creature in it its timeline is given back.
    first = scene_timeline.begin(scene, request["fps"], old)
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
    """Give an old creature's object the new mesh: its place, parent, modifiers and collections stay."""
    mesh, before = new.data, old.data
    renamed = old.name.split(".")[0] != before.name.split(".")[0]
    old.location.z += (raised - creatures.raised(old)) * old.scale.z
    old.data = mesh
    bpy.data.objects.remove(new)
    if not renamed:
        old.name = name
    return old
