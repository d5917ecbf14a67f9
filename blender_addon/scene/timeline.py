"""The scene's range, rate and frame: set for what is in the scene, given back when no creature is left.

`scene.zoetrope.timeline` keeps what the artist had and what was set in its place. A value that differs from
what was set was changed by the artist since, and is the artist's again.
"""

from ..core import timeline
from .creatures import add_note, animated_blocks, animated_in, animation_of, clip_range


def rate(scene):
    """The scene's frames per second."""
    return scene.render.fps / scene.render.fps_base


def begin(scene, fps, leaving=()):
    """Prepare a scene for a new creature; returns whether it is the first thing that moves in it.

    The first sets the scene's rate to its own, `fps`; beside other animation the scene keeps its rate.

    leaving: the objects of ours that the new one replaces.
    """
    sync(scene)
    memory = scene.zoetrope.timeline
    if memory.kept and set(animated_in(scene)) - set(leaving):
        return False
    if not memory.kept:
        memory.kept, memory.alone, memory.frame = True, not _moves(scene), scene.frame_current
        memory.before.read(scene)
        memory.ours.read(scene)
    first = memory.alone and not _moves(scene)
    if first and memory.ours.has_rate_of(scene) and not timeline.same_rate(rate(scene), fps):
        scene.render.fps, scene.render.fps_base = timeline.render_rate(fps)
        memory.ours.fps, memory.ours.fps_base = scene.render.fps, scene.render.fps_base
    return first


def sync(scene):
    """Bring the range in line with the clips that are in the scene now; cheap where nothing is to do."""
    memory = scene.zoetrope.timeline
    if not memory.kept:
        return
    animated = animated_in(scene)
    if not animated:
        _give_back(scene, memory)
        return
    ends = [end for _, end in filter(None, map(clip_range, animated))]
    if not ends or max(ends) == memory.longest:
        return
    if scene.frame_end == memory.ours.end:
        scene.frame_end = timeline.scene_end(ends, memory.before.end, memory.alone and not _moves(scene))
        memory.ours.end = scene.frame_end
    elif max(ends) > memory.longest:  # the artist's own range only grows, for a longer clip
        scene.frame_end = max(scene.frame_end, *ends)
    memory.longest = max(ends)


def note_kept_range(scene, made):
    """Note with a new animation that the scene kept a range of its own; returns the sentence, or "".

    Nothing where the range is the clip's, or follows the longest of ours because nothing else moves.

    made: the object that it moves, or its armature.
    """
    memory, clip, block = scene.zoetrope.timeline, clip_range(made), animation_of(made)
    current = scene.frame_start, scene.frame_end
    ours = memory.kept and memory.alone and current == (memory.ours.start, memory.ours.end)
    if clip is None or clip == current or (ours and not _moves(scene)):
        return ""
    first, last = clip
    new = "clip" if block is None else "action"  # mesh frames have no Action
    note = (
        f"The scene's frame range was kept: {current[0]} to {current[1]}. "
        f"The new {new} has {last - first + 1} frames, {first} to {last}."
    )
    if block is not None:
        add_note(block, note)
    return note


def _give_back(scene, memory):
    before, ours = memory.before, memory.ours
    memory.kept, memory.longest = False, 0
    if ours.has_rate_of(scene):
        scene.render.fps, scene.render.fps_base = before.fps, before.fps_base
    if scene.frame_start == ours.start:
        scene.frame_start = before.start
    if scene.frame_end == ours.end:
        scene.frame_end = before.end
    if memory.alone and not _moves(scene):
        scene.frame_current = memory.frame


def _moves(scene):
    """Whether anything in a scene moves, creatures, mesh frames and animated meshes of ours aside."""
    ours = animated_blocks(scene)
    return any(_animated(block) for block in _animatable(scene) if block not in ours)


def _animatable(scene):
    yield scene
    if scene.world is not None:
        yield scene.world
    for obj in scene.objects:
        yield obj
        if obj.data is not None:
            yield obj.data
            keys = getattr(obj.data, "shape_keys", None)
            if keys is not None:
                yield keys
        for slot in obj.material_slots:
            if slot.material is not None:
                yield slot.material
                if slot.material.node_tree is not None:
                    yield slot.material.node_tree


def _animated(block):
    data = getattr(block, "animation_data", None)
    return data is not None and (data.action is not None or len(data.nla_tracks) > 0)
