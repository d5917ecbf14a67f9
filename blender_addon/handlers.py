"""What happens without a button: after changes of the scene, in a new one, on reading and before saving."""

import bpy
from bpy.app import handlers

from .scene import creatures, timeline, unused
from .scene.body import preview_object
from .scene.colours import swatches
from .scene.levels import animation, removal

_seen = None
"""`session_uid` of the scene whose frame changed last."""


@handlers.persistent
def _after_update(scene, depsgraph):
    # Deleting objects tags the scene; frames that are played do not.
    if depsgraph.id_type_updated("SCENE") and scene.is_editable:
        timeline.sync(scene)
        if (removal.orphans() or removal.strays()) and not bpy.app.timers.is_registered(_remove_orphans):
            bpy.app.timers.register(_remove_orphans)  # not while the scene is being updated
    if depsgraph.id_type_updated("KEY") and not _is_playing():
        for obj in creatures.creatures_in(scene):
            animation.follow(obj)


@handlers.persistent
def _after_frame_change(scene, *_):
    # All that Blender calls in a new scene with copied settings, whose creatures are left behind.
    global _seen
    if scene.session_uid == _seen or bpy.app.is_job_running("RENDER"):
        return
    _seen = scene.session_uid
    if scene.is_editable:
        timeline.sync(scene)


@handlers.persistent
def _after_load(*_):
    preview_object.remove()  # an automatic save may have one
    _sync_all()  # it may have been changed while the add-on was disabled


@handlers.persistent
def _after_undo(*_):
    preview_object.remove()  # that of an earlier step: the timer shows the present one
    swatches.show_again()
    animation.forget()


@handlers.persistent
def _before_save(*_):
    preview_object.remove()
    removal.remove_orphans()
    _sync_all()
    unused.remove_unused()


def _is_playing():
    """Whether frames alone change: during playback and rendering nobody assigns an Action."""
    windows = bpy.context.window_manager.windows
    return bpy.app.is_job_running("RENDER") or any(w.screen.is_animation_playing for w in windows)


def _remove_orphans():
    removal.remove_orphans()


def _sync_all():
    for scene in bpy.data.scenes:
        if scene.is_editable:
            timeline.sync(scene)


def attach():
    """Called when the add-on is enabled."""
    handlers.depsgraph_update_post.append(_after_update)
    handlers.frame_change_post.append(_after_frame_change)
    handlers.load_post.append(_after_load)
    handlers.save_pre.append(_before_save)
    handlers.undo_post.append(_after_undo)
    handlers.redo_post.append(_after_undo)


def detach():
    """Called when it is disabled."""
    if bpy.app.timers.is_registered(_remove_orphans):
        bpy.app.timers.unregister(_remove_orphans)
    handlers.depsgraph_update_post.remove(_after_update)
    handlers.frame_change_post.remove(_after_frame_change)
    handlers.load_post.remove(_after_load)
    handlers.save_pre.remove(_before_save)
    handlers.undo_post.remove(_after_undo)
    handlers.redo_post.remove(_after_undo)
