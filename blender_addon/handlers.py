"""What happens without a button: after changes of the scene, and before a file is saved."""

import bpy
from bpy.app import handlers

from .scene import creatures, timeline


@handlers.persistent
def _after_update(scene, depsgraph):
    # Deleting objects tags the scene; frames that are played do not.
    if depsgraph.id_type_updated("SCENE"):
        timeline.sync(scene)


@handlers.persistent
def _before_save(*_):
    for scene in bpy.data.scenes:
        if scene.is_editable:
            timeline.sync(scene)
    creatures.remove_unused()


def attach():
    """Called when the add-on is enabled."""
    handlers.depsgraph_update_post.append(_after_update)
    handlers.save_pre.append(_before_save)


def detach():
    """Called when it is disabled."""
    handlers.depsgraph_update_post.remove(_after_update)
    handlers.save_pre.remove(_before_save)
