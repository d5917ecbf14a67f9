"""A result into the scene: own collection, at the 3D cursor, on the timeline."""

import json
import math

import bpy
import numpy as np

from . import materials, meshes, shape_keys

PROPERTY = "zoetrope"


def add_creature(context, result, request, weights):
    """Build the creature of a `Result`; returns its object.

    `request` and `weights` (name, checksum: what the backend's greeting says) are kept with it.
    Nothing stays behind when a step fails.
    """
    made = []
    try:
        return _build(context, result, request, weights, made)
    except Exception:
        for collection, block in reversed(made):
            collection.remove(block)
        raise


def _build(context, result, request, weights, made):
    scene = context.scene
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    alone = not bpy.data.actions
    if alone:
        _set_rate(scene, request["fps"])
    # Beside other animation the scene keeps its rate: the curves are spaced so that the speed is right.
    step = scene.render.fps / scene.render.fps_base / request["fps"]
    step = 1.0 if abs(step - 1.0) < 1e-4 else step
    name = result.name
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
    _remember(mesh, result, request, weights)
    _fit_timeline(scene, math.ceil(len(result.vertices) * step), alone)
    for other in context.view_layer.objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def _set_rate(scene, fps):
    """The scene's frames a second; it is left alone where it has them already."""
    if abs(scene.render.fps / scene.render.fps_base - fps) > 1e-4:
        scene.render.fps = max(1, round(fps))
        scene.render.fps_base = scene.render.fps / fps


def _fit_timeline(scene, frames, alone):
    """The first animation in a file sets the end of the timeline, so that a loop loops; others extend it."""
    end = scene.frame_start + frames - 1
    scene.frame_end = end if alone else max(scene.frame_end, end)
    scene.frame_set(scene.frame_start)


def _remember(mesh, result, request, weights):
    """Store what made it, so that a .blend alone is enough to vary it later."""
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
