"""Where a result is built: in the scene in which its button was pressed, whatever the artist does by then."""

import contextlib

import bpy

from ..core.errors import GenerationError


class Target:
    """The scene and view layer of a context. They are found again after undo and renaming of the scene.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context):
        self._uid, self._layer = context.scene.session_uid, context.view_layer.name

    def scene(self):
        """The scene, or None where it is gone."""
        return next((scene for scene in bpy.data.scenes if scene.session_uid == self._uid), None)

    @contextlib.contextmanager
    def entered(self, context):
        """Make it the context's scene and view layer; GenerationError where it is gone."""
        scene = self.scene()
        if scene is None:
            text = "The scene in which the button was pressed is gone."
            raise GenerationError("bad_option", text, "Press it again in another scene.")
        if scene == context.scene:
            yield
            return
        layer = scene.view_layers.get(self._layer) or scene.view_layers[0]
        with context.temp_override(scene=scene, view_layer=layer):
            yield


def is_elsewhere(context, changed):
    """Whether the artist works in a scene other than the context's, or in a mode other than Object Mode.

    Then nothing is selected, activated or played. The mode of objects that are changed does not count.
    """
    if context.window is not None and context.window.scene != context.scene:
        return True
    active = context.view_layer.objects.active
    return active is not None and active.mode != "OBJECT" and all(obj.mode == "OBJECT" for obj in changed)


def users_of(context, *meshes):
    """The objects of a context that show meshes: linked duplicates too are in Edit Mode with them."""
    return [obj for obj in context.view_layer.objects if obj.type == "MESH" and obj.data in meshes]


def leave_modes(context, changed):
    """Bring objects that are about to be changed into Object Mode."""
    objects = context.view_layer.objects
    active = objects.active
    for obj in changed:
        if obj.mode != "OBJECT":
            objects.active = obj
            with context.temp_override(active_object=obj, object=obj):
                bpy.ops.object.mode_set(mode="OBJECT")
    objects.active = active
