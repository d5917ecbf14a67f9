"""Creatures to a file by Blender's exporters, with the settings that keep their animation whole."""

import math
from contextlib import contextmanager
from pathlib import Path

import bpy

FORMATS = (
    ("GLB", "glTF Binary (.glb)", "For engines and the web: one file, morph targets or bones"),
    ("FBX", "FBX (.fbx)", "For engines and other 3D software"),
    ("USD", "Universal Scene Description (.usdc)", "The moving vertices frame by frame"),
    ("ALEMBIC", "Alembic (.abc)", "The moving vertices frame by frame"),
)
SUFFIXES = {"GLB": ".glb", "FBX": ".fbx", "USD": ".usdc", "ALEMBIC": ".abc"}


def unavailable(file_format):
    """Why this Blender cannot write a format, in a sentence, or None."""
    name = next(text for key, text, _ in FORMATS if key == file_format)
    if file_format in ("USD", "ALEMBIC"):
        built = bpy.app.build_options.usd if file_format == "USD" else bpy.app.build_options.alembic
        return None if built else f"This Blender was built without {name}: choose another format."
    operator = "EXPORT_SCENE_OT_gltf" if file_format == "GLB" else "EXPORT_SCENE_OT_fbx"
    enabled = hasattr(bpy.types, operator)
    return (
        None
        if enabled
        else f"Enable Blender's add-on for {name} in its preferences, or choose another format."
    )


def export(context, objects, path, file_format):
    """Write objects and their animation to a file; a loop keeps its closing step.

    The closing step of a loop leads from its last frame to its first again, one frame behind the playback
    range. Blender's exporters end with the range, so it is longer while they work.

    Parameters
    ----------
    objects : list of Object
        Creatures; nothing else is written.
    path : Path
    file_format : str
        An identifier of `FORMATS`.

    Raises
    ------
    RuntimeError
        The exporter's own message; the scene is as before.
    """
    with _selected(context, objects), _whole_clip(context.scene, objects) as (start, end):
        _EXPORTERS[file_format](str(path), start, end)
    if not Path(path).is_file():
        raise RuntimeError(f"Blender wrote no {path}.")


def _glb(path, _start, _end):
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_selection=True,
        export_animation_mode="ACTIONS",
        export_frame_range=False,
        export_anim_slide_to_zero=True,
        export_optimize_animation_size=False,
        export_morph_normal=True,
    )


def _fbx(path, _start, _end):
    # Takes are made of strips and Actions of objects; the Actions of shape keys are neither.
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
    )


def _usd(path, _start, _end):
    bpy.ops.wm.usd_export(filepath=path, selected_objects_only=True, export_animation=True)


def _alembic(path, start, end):
    bpy.ops.wm.alembic_export(filepath=path, selected=True, start=start, end=end, as_background_job=False)


_EXPORTERS = {"GLB": _glb, "FBX": _fbx, "USD": _usd, "ALEMBIC": _alembic}


@contextmanager
def _selected(context, objects):
    layer = context.view_layer
    active, selected = layer.objects.active, [obj for obj in layer.objects if obj.select_get()]
    for obj in layer.objects:
        obj.select_set(obj in objects)
    layer.objects.active = objects[0]
    try:
        yield
    finally:
        for obj in layer.objects:
            obj.select_set(obj in selected)
        layer.objects.active = active


@contextmanager
def _whole_clip(scene, objects):
    """The scene's range spans all Actions of the objects, a loop's closing step too; then as before."""
    before = scene.frame_start, scene.frame_end, scene.frame_current, scene.use_preview_range
    ranges = [action.frame_range for obj in objects for action in _actions(obj)] or [before[:2]]
    scene.use_preview_range = False
    scene.frame_start = math.floor(min(start for start, _ in ranges))
    scene.frame_end = math.ceil(max(end for _, end in ranges))
    try:
        yield scene.frame_start, scene.frame_end
    finally:
        scene.frame_start, scene.frame_end = before[:2]
        scene.use_preview_range = before[3]
        scene.frame_set(before[2])


def _actions(obj):
    for block in (obj, obj.data, getattr(obj.data, "shape_keys", None)):
        data = getattr(block, "animation_data", None)
        if data is not None and data.action is not None:
            yield data.action
