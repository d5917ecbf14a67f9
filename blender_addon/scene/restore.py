"""Undoing what a failed step changed."""

import contextlib

import bpy

KINDS = ("objects", "meshes", "armatures", "materials", "images", "actions", "collections", "node_groups")


@contextlib.contextmanager
def restored_on_failure(context, changed=None):
    """Put the scene back as it was when the block raises: data-blocks, selection, mode and timeline.

    Undo does not serve: an operator that fails has no undo step, and scripts may have none at all.

    changed: an object that the block may give other data, another name and place; or None.
    """
    before = _Snapshot(context, changed)
    try:
        yield
    except Exception:
        before.restore(context)
        raise


def frame_of(scene):
    """The frame and subframe that a scene is at."""
    return scene.frame_current, scene.frame_subframe


def show_frame(scene, frame):
    """Bring a scene to what `frame_of` returned."""
    if frame_of(scene) != frame:
        scene.frame_set(frame[0], subframe=frame[1])


class _Snapshot:
    def __init__(self, context, changed):
        scene = context.scene
        self.active = context.view_layer.objects.active
        self.selected = {obj for obj in context.view_layer.objects if obj.select_get()}
        self.mode = self.active.mode if self.active is not None else "OBJECT"
        self.data = {kind: set(getattr(bpy.data, kind)) for kind in KINDS}
        self.frame = frame_of(scene)
        self.range = scene.frame_start, scene.frame_end
        self.rate = scene.render.fps, scene.render.fps_base
        self.memory = scene.zoetrope.timeline.values()
        self.own = None if changed is None else _Object(changed)

    def restore(self, context):
        scene, view_layer = context.scene, context.view_layer
        if self.own is not None:
            self.own.restore()
        for kind in KINDS:
            blocks = getattr(bpy.data, kind)
            for block in set(blocks) - self.data[kind]:
                blocks.remove(block)
        scene.render.fps, scene.render.fps_base = self.rate
        scene.frame_start, scene.frame_end = self.range
        scene.zoetrope.timeline.set_values(self.memory)
        show_frame(scene, self.frame)
        for obj in view_layer.objects:
            obj.select_set(obj in self.selected)
        view_layer.objects.active = self.active
        if self.active is not None and self.active.mode != self.mode:
            with context.temp_override(active_object=self.active, object=self.active):
                bpy.ops.object.mode_set(mode=self.mode)


class _Object:
    """An object's data, name, place, visibility and the materials that are its own."""

    def __init__(self, obj):
        self.obj = obj
        self.values = {name: getattr(obj, name) for name in ("data", "name", "hide_viewport")}
        self.location, self.hidden = obj.location.copy(), obj.hide_get()
        self.materials = [(slot.link, slot.material) for slot in obj.material_slots]

    def restore(self):
        for name, value in self.values.items():
            setattr(self.obj, name, value)
        self.obj.location = self.location
        self.obj.hide_set(self.hidden)
        for slot, (link, material) in zip(self.obj.material_slots, self.materials, strict=True):
            slot.link = link
            if link == "OBJECT":
                slot.material = material
