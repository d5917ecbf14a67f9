"""A copy of a mesh with vertex groups, and an armature whose bones move it as the original moves."""

import contextlib
import dataclasses
import json

import bpy
import numpy as np
from mathutils import Matrix

from ...core.own_mesh.mesh_input import bad_mesh
from ...core.rig import joint_names
from ...core.units import metres_per_unit
from .. import creatures
from ..restore import frame_of, restored_on_failure, show_frame
from ..rig import armature, pose_actions, skinning
from ..rig.replaced import MADE
from ..rig.timing import Timing
from ..target import is_elsewhere, leave_modes
from .source import kept_modifiers

SHEAR = 1e-5
"""Of an object's matrix, above which it is applied to the mesh."""
PRESS_AGAIN = "Select it, and press the button again."


def add_bones(context, result, request, backend, source, cyclic):
    """Build copy, armature and Action; the original is hidden. Returns the armature, active unless elsewhere.

    Where a step fails everything is as before.

    Parameters
    ----------
    result : DecompositionResult
    request : dict
        The arguments of `protocol.decompose`, all but the job folder; stored with the armature.
    backend : dict
        Name and checksum of the backend's weights; stored too.
    source : Source
        What was sent; GenerationError where the object has changed since.
    cyclic : bool
        Whether the last frame leads to the first.
    """
    scene = context.scene
    obj = source.find(context)
    unit = metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
    elsewhere = is_elsewhere(context, [obj])
    frame = frame_of(scene)
    notes = [*result.sentences(request["tolerance"]), *source.notes]
    with restored_on_failure(context):
        leave_modes(context, [obj])
        copy = _copy(context, obj, source)
        names = joint_names.free_names(result.names, {group.name for group in copy.vertex_groups})
        rig = armature.add_armature(context, f"{obj.name}_rig", result, names, obj, source.origin, unit)
        skinning.add_groups(copy, names, result.weight_joints, result.weight_values)
        skinning.add_modifier(copy, rig)
        skinning.set_parent(copy, rig)
        action = dataclasses.replace(result.actions[0], cyclic=cyclic)
        timing = Timing(source.frames[0], 1.0)
        pose_actions.add_action(
            rig, names, result.parents, action, timing, unit, request["name"], assigned=True
        )
        rig[MADE] = True
        stored = {"request": request, "weights": backend, "meta": result.meta, "notes": notes}
        stored[creatures.SOURCE] = obj.name
        rig[creatures.PROPERTY] = json.dumps(stored)
        rig[creatures.FRAMES] = [source.frames[0], source.frames[-1]]
        show_frame(scene, frame)
        _show(context, obj, copy, rig, elsewhere)
    return rig


def _copy(context, obj, source):
    """A copy of the object whose mesh is its rest pose, with all layers, where it is at the first frame."""
    with _visible(context, obj), source.at_rest(context, obj) as (evaluated, depsgraph):
        if not source.unchanged(evaluated, evaluated.data):
            raise bad_mesh(f"{obj.name} was moved or edited while its bones were found.", PRESS_AGAIN)
        mesh = bpy.data.meshes.new_from_object(evaluated, preserve_all_data_layers=True, depsgraph=depsgraph)
        matrix = evaluated.matrix_world.copy()
    mesh.name = f"{obj.data.name}_skinned"
    kept = {modifier.name for modifier in kept_modifiers(obj)}
    copy = obj.copy()
    copy.name = f"{obj.name}_skinned"
    copy.animation_data_clear()
    copy.data = mesh
    for modifier in [modifier for modifier in copy.modifiers if modifier.name not in kept]:
        copy.modifiers.remove(modifier)
    for constraint in list(copy.constraints):
        copy.constraints.remove(constraint)
    copy.parent = None
    for collection in obj.users_collection:
        if collection.is_editable:
            collection.objects.link(copy)
    root = context.scene.collection
    if not copy.visible_get(view_layer=context.view_layer) and copy.name not in root.objects:
        root.objects.link(copy)
    copy.hide_viewport = copy.hide_render = False  # an original of which a copy was made before is hidden
    copy.matrix_world = matrix
    context.view_layer.update()
    _apply_shear(copy, matrix)
    return copy


@contextlib.contextmanager
def _visible(context, obj):
    """Show, for the block, an object that was hidden by now: Blender does not evaluate it then."""
    if obj.visible_get(view_layer=context.view_layer):
        yield
        return
    linked, disabled = obj.name in context.view_layer.objects, obj.hide_viewport
    root = context.scene.collection
    added = obj.name not in root.objects
    if added:
        root.objects.link(obj)
    hidden = obj.hide_get()
    try:
        obj.hide_viewport = False
        obj.hide_set(False)
        context.view_layer.update()
        yield
    finally:
        obj.hide_viewport = disabled
        if linked:
            obj.hide_set(hidden)
        if added:
            root.objects.unlink(obj)
        context.view_layer.update()


def _apply_shear(obj, matrix):
    """Move the vertices by the shear of a matrix, which no transform of an object has."""
    actual, target = (np.array(one, dtype=np.float64) for one in (obj.matrix_world, matrix))
    left = np.linalg.solve(actual, target)
    if np.abs(left[:3, :3] - np.eye(3)).max() < SHEAR:
        return
    mesh = obj.data
    normals = np.empty(3 * len(mesh.loops), np.float32)
    mesh.corner_normals.foreach_get("vector", normals)
    mesh.transform(Matrix(left.tolist()))
    if mesh.has_custom_normals:
        turned = normals.reshape(-1, 3) @ np.linalg.inv(left[:3, :3])
        mesh.normals_split_custom_set(turned / np.linalg.norm(turned, axis=1, keepdims=True))


def _show(context, obj, copy, rig, elsewhere):
    obj.hide_render = True
    if obj.name in context.view_layer.objects:  # not where its collections are excluded
        obj.hide_set(True)
    if elsewhere:
        return
    for other in context.view_layer.objects:
        other.select_set(other in (copy, rig))
    context.view_layer.objects.active = rig
