"""An animated result onto the artist's objects: armature, weights, Actions, shape keys, timeline."""

import dataclasses
import json

from ...core import timeline
from ...core.errors import GenerationError
from ...core.rig import joint_names
from ...core.units import metres_per_unit
from .. import creatures, our_actions
from .. import timeline as scene_timeline
from ..restore import restored_on_failure
from ..rig import armature, modifiers, pose_actions, skinning
from ..rig.replaced import MADE, Replaced
from ..rig.timing import Timing
from ..target import is_elsewhere, leave_modes
from . import frame_keys, intake, own_actions, own_rig, selection, weights
from .restore import restored_objects

PRESS_AGAIN = "Select it, and press the button again."


@dataclasses.dataclass(frozen=True)
class _Task:
    """What is built where: the result onto `objects`, which were sent as the intake `taken`.

    `stored`: a dictionary that is kept with the animation; `notes`: a list that grows.
    """

    context: object
    result: object
    objects: list
    taken: object
    stored: dict
    notes: list

    @property
    def scene(self):
        return self.context.scene

    @property
    def unit(self):
        """Metres in one Blender unit."""
        return metres_per_unit(self.scene.unit_settings.system, self.scene.unit_settings.scale_length)

    def timing(self, leaving=()):
        """The `Timing` of new clips, and whether they are the first thing that moves in the scene.

        leaving: objects of ours that the new ones replace.
        """
        fps = self.stored["request"]["fps"]
        first = scene_timeline.begin(self.scene, fps, leaving)
        step = timeline.frame_step(scene_timeline.rate(self.scene), fps)
        return Timing(self.scene.frame_start, step), first


def animate(context, result, request, backend, taken):
    """Animate the artist's objects; returns the armature, or the first object where there is none.

    It becomes active, unless the artist works elsewhere. Where a step fails everything is as before.

    Parameters
    ----------
    result : AnimatedResult
    request : dict
        The arguments of `protocol.animate`, all but the job folder; stored with the animation.
    backend : dict
        Name and checksum of the backend's weights; stored too.
    taken : Intake
        What was sent; GenerationError where the objects have changed since.
    """
    own = request["rig"] == "own"
    objects, rig = _still_there(context, taken)
    changed = objects if rig is None else [*objects, rig]
    elsewhere, replaced = is_elsewhere(context, changed), {}
    with restored_on_failure(context), restored_objects(objects, rig):
        leave_modes(context, changed)
        stored = {"request": request, "weights": backend, "meta": result.meta}
        notes = [*map(str, result.meta.get("warnings", ())), *taken.notes]
        task = _Task(context, result, objects, taken, stored, notes)
        if own:
            first, replaced = _own(task, rig)
        else:
            rig, first = _new(task)
        _end(context, first, objects, rig, elsewhere)
    if replaced:  # for good: nothing that can fail may follow
        our_actions.discard(rig, replaced)
    return objects[0] if rig is None else rig


def _still_there(context, taken):
    """The objects and the armature or None of an intake; GenerationError where they are not as they were."""
    context.view_layer.update()  # of an exclusion, or a script's changes, it may not know yet
    objects = selection.find(context.view_layer, [t.uid for t in taken.objects])
    rig = None if taken.rig is None else selection.find(context.view_layer, [taken.rig_uid])
    if objects is None or (rig is None and taken.rig is not None):
        what = "A selected object" if objects is None else "The armature"
        raise GenerationError(
            "bad_mesh", f"{what} was deleted or excluded while it was animated.", PRESS_AGAIN
        )
    if not intake.unchanged(context, objects, taken):
        raise GenerationError("bad_mesh", "The mesh was moved or edited while it was animated.", PRESS_AGAIN)
    if rig is None:
        return objects, None
    scene = context.scene
    unit = metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
    if not own_rig.unchanged(rig[0], taken.rig, taken.mesh.origin, unit):
        raise GenerationError(
            "bad_mesh", "The armature was moved or edited while it was animated.", PRESS_AGAIN
        )
    return objects, rig[0]


def _new(task):
    """Give objects a new armature, shape keys, or both, as the result says.

    Returns the armature or None, and whether it is the first thing that moves in the scene.
    """
    result, objects, output = task.result, task.objects, task.result.meta["output"]
    replaced, rig, added = Replaced(objects), None, {}
    replaced.step_aside()
    for obj in {level.parent for level in replaced.levels}:
        task.notes.append(f"The levels of detail of {obj.name} had the earlier animation and were removed.")
    for obj in objects:
        task.notes.extend(_disable_armatures(obj))
    if output != "shape_keys":
        rig, names, added = _add_armature(task, {replaced.parent_of(obj) for obj in objects})
    timing, first = task.timing(replaced.rigs)
    if rig is not None:
        made = [
            pose_actions.add_action(
                rig, names, result.parents, action, timing, task.unit, _title(objects[0], action), i == 0
            )
            for i, action in enumerate(result.actions)
        ]
        pose_actions.stash(rig, made, timing.start)
        _store(task, rig, timing)
    if output != "armature":
        keyed = frame_keys.add(objects, result, task.taken, timing, task.unit, plays=rig is None)
        if rig is None:
            task.notes.extend(frame_keys.let_play(objects))
        for keys in keyed:
            _store(task, keys, timing)
    replaced.remove()
    if rig is not None:  # names that are free again
        rig.name = rig.data.name = _rig_name(objects[0])
        for action, block in zip(result.actions, made, strict=True):
            block.name = _title(objects[0], action)
        for obj, name in added.items():
            skinning.name_modifier(obj.modifiers[name])
    return rig, first


def _add_armature(task, parents):
    """Add an armature that the objects are bound to; parents: those that the objects had.

    Returns it, the names of its bones by joint, and the names of its modifiers by object.
    """
    result, objects = task.result, task.objects
    by_mesh = weights.weights_by_mesh(objects, task.taken, result.weight_joints, result.weight_values)
    taken_names = {group.name for obj in objects for group in obj.vertex_groups}
    names = joint_names.free_names(result.names, taken_names)
    rig = armature.add_armature(
        task.context, _rig_name(objects[0]), result, names, objects[0], task.taken.mesh.origin, task.unit
    )
    rig[MADE] = True
    _set_rigs_parent(task.context, rig, parents - set(objects))
    added = {}
    for obj in objects:
        if obj.data in by_mesh:
            skinning.add_groups(obj, names, *by_mesh.pop(obj.data))
        added[obj] = skinning.add_modifier(obj, rig).name
        skinning.set_parent(obj, rig)
    return rig, names, added


def _own(task, rig):
    """Key the bones that the mesh is bound to already.

    Returns whether nothing in the scene moved before, and earlier Actions of ours that are replaced.
    """
    if rig.data.pose_position == "REST":
        rig.data.pose_position = "POSE"
        task.notes.append(f"{rig.name} was shown in its rest position, and is shown posed now.")
    timing, first = task.timing()
    titled = task.objects[0] if MADE in rig else rig
    titles = [_title(titled, action) for action in task.result.actions]
    origin = task.taken.mesh.origin
    notes, replaced = own_actions.add(rig, task.result, origin, timing, task.unit, titles)
    task.notes.extend(notes)
    _store(task, rig, timing)
    return first, replaced


def _set_rigs_parent(context, rig, parents):
    """The armature takes the place of the objects in the hierarchy: it gets the parent that all had."""
    parent = parents.pop() if len(parents) == 1 else None
    if parent is not None and parent.type != "ARMATURE":
        rig.parent, rig.matrix_parent_inverse = parent, parent.matrix_world.inverted_safe()
        context.view_layer.update()


def _disable_armatures(obj):
    """Turn off the modifiers of other armatures, for two would deform the mesh twice; returns notes."""
    notes = []
    for modifier in modifiers.armature_modifiers(obj):
        modifier.show_viewport = modifier.show_render = False
        notes.append(
            f"The modifier {modifier.name} of {obj.name} is turned off: the new armature replaces it."
        )
    return notes


def _rig_name(obj):
    return f"{obj.name}_rig"


def _title(obj, action):
    return f"{obj.name}_{action.name}"


def _store(task, block, timing):
    """Store with a data-block what made its Actions."""
    block[creatures.PROPERTY] = json.dumps({**task.stored, "notes": task.notes})
    block[creatures.FRAMES] = list(timing.clip(len(task.result.actions[0].rotations)))


def _end(context, first, objects, rig, elsewhere):
    scene = context.scene
    scene_timeline.sync(scene)
    if elsewhere:
        return
    if first or not scene.frame_start <= scene.frame_current <= scene.frame_end:
        scene.frame_set(scene.frame_start)
    context.view_layer.update()  # until then it lists None for objects that were removed
    for other in context.view_layer.objects:
        other.select_set(other in objects or other == rig)
    context.view_layer.objects.active = objects[0] if rig is None else rig
