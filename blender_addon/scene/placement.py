"""A result into the scene: in a collection of its own, at the 3D cursor, on the timeline."""

import json

import bpy
import numpy as np

from ..core import timeline
from . import materials, meshes, shape_keys

PROPERTY = "zoetrope"
"""Custom property of the mesh with all that made it."""


def add_creature(context, result, request, weights):
    """Build a creature; returns its object. Nothing stays behind when a step fails.

    Parameters
    ----------
    result : Result
    request : dict
        The arguments of `protocol.generate`, all but the job folder; stored with the mesh.
    weights : dict
        Name and checksum, as in the answer to `hello`; stored with the mesh.
    """
    made = []
    try:
        return _build(context, result, request, weights, made)
    except Exception:
        for collection, block in reversed(made):
            collection.remove(block)
        raise


def _build(context, result, request, weights, made):
    scene, name = context.scene, result.name
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    first = not bpy.data.actions
    if first:
        _set_rate(scene.render, request["fps"])
    # Beside other animation the scene keeps its rate: the keys are spaced so that the speed is right.
    step = timeline.frame_step(_rate(scene.render), request["fps"])
    mesh = meshes.new_mesh(name, result.rest, result.faces, result.colours)
    made.append((bpy.data.meshes, mesh))
    material = materials.new_material(name, result.colours)
    made.append((bpy.data.materials, material))
    mesh.materials.append(material)
    obj = bpy.data.objects.new(name, mesh)
    made.append((bpy.data.objects, obj))
    collection = bpy.data.collections.new(name)
    made.append((bpy.data.collections, collection))
    scene.collection.children.link(collection)
    collection.objects.link(obj)
    obj.location = scene.cursor.location
    keys = shape_keys.add_frames(obj, result.vertices)
    action = shape_keys.animate(keys, name, scene.frame_start, step, result.cyclic)
    made.append((bpy.data.actions, action))
    _store_origin(mesh, result, request, weights)
    scene.frame_end = timeline.end_frame(
        scene.frame_start, len(result.vertices), step, scene.frame_end, first
    )
    scene.frame_set(scene.frame_start)
    for other in context.view_layer.objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def _rate(render):
    """The scene's frames per second."""
    return render.fps / render.fps_base


def _set_rate(render, fps):
    if not timeline.same_rate(_rate(render), fps):
        render.fps, render.fps_base = timeline.render_rate(fps)


def _store_origin(mesh, result, request, weights):
    """Store what made the creature, so that a .blend file alone is enough to vary it later."""
    mesh[PROPERTY] = json.dumps(
        {
            "request": request,
            "weights": weights,
            "meta": result.meta,
            "cyclic": result.cyclic,
            "travel_speed": result.travel_speed,
            "shapes": {name: list(np.shape(value)) for name, value in result.tokens.items()},
        }
    )
    for name, value in result.tokens.items():
        mesh[f"{PROPERTY}_{name}"] = np.asarray(value, dtype=np.float64).ravel().tolist()
