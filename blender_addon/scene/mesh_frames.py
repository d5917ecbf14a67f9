"""Mesh frames into the scene: one object whose modifier shows the mesh of the current frame."""

import json

import bpy
import numpy as np

from ..core import timeline
from ..core.units import metres_per_unit
from . import creatures, meshes, placement
from . import timeline as scene_timeline
from .colours import materials
from .frame_nodes import COUNT, FRAME, LOOP, START, STEP, node_group, set_input
from .restore import restored_on_failure
from .target import is_elsewhere, leave_modes

GREY = 0.72


def add_mesh_frames(context, result, request, weights):
    """Build mesh frames in the context's scene; returns the object. Where a step fails all is as before.

    Parameters
    ----------
    result : MeshFramesFile
    request : dict
        The arguments of `protocol.generate`, all but the job folder; stored with the mesh.
    weights : dict
        Name and checksum, as in the answer to `hello`; stored with the mesh.
    """
    with restored_on_failure(context, None):
        return _build(context, result, request, weights)


def _build(context, result, request, weights):
    scene = context.scene
    elsewhere = is_elsewhere(context, [])
    leave_modes(context, [])
    metres = np.float32(metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length))
    bounds = result.bounds / metres
    colours = np.full_like(result.vertices, GREY)
    mesh = meshes.new_mesh(result.name, result.vertices / metres, result.faces, colours)
    attribute = mesh.attributes.new(FRAME, "INT", "FACE")
    attribute.data.foreach_set("value", _frame_of_faces(mesh, result))
    mesh.materials.append(materials.new_material(result.name, colours))
    stored = {"request": request, "weights": weights, "meta": result.meta, "bounds": bounds.tolist()}
    mesh[creatures.MESH_FRAMES] = json.dumps(stored, default=str)
    obj = bpy.data.objects.new(result.name, mesh)
    obj.location = placement.beside(context, scene.cursor.location.copy(), bounds)
    # From here to the link nothing may update the scene: without a creature in it its timeline is given back.
    first = scene_timeline.begin(scene, request["fps"])
    step = round(scene_timeline.rate(scene) / result.fps, 4)  # times in a file are single precision
    timeline.clip_end(scene.frame_start, len(result.seconds), step)  # refuses what Blender has no frames for
    _add_modifier(obj, scene.frame_start, step, len(result.seconds), result.cyclic)
    placement.link(context, obj)
    scene_timeline.sync(scene)
    if elsewhere:
        return obj
    if first or not scene.frame_start <= scene.frame_current <= scene.frame_end:
        scene.frame_set(scene.frame_start)
    for other in context.view_layer.objects:
        other.select_set(other is obj)
    context.view_layer.objects.active = obj
    return obj


def _frame_of_faces(mesh, result):
    """The frame of each polygon: validating may have removed faces, but no vertices."""
    if len(mesh.polygons) == len(result.frame):
        return result.frame
    first = np.zeros(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", first)
    corners = np.zeros(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    of_vertex = np.repeat(np.arange(len(result.vertex_counts), dtype=np.int32), result.vertex_counts)
    return of_vertex[corners[first]]


def _add_modifier(obj, start, step, count, loop):
    modifier = obj.modifiers.new("Mesh Frames", "NODES")
    modifier.node_group = node_group()
    values = {START: float(start), STEP: float(step), COUNT: int(count), LOOP: bool(loop)}
    for name, value in values.items():
        set_input(modifier, name, value)
    obj.update_tag()
