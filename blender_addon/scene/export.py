"""Creatures and animated meshes to a file by Blender's exporters, with settings that keep all animation."""

import math
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..core import glb_levels
from . import actions, creatures
from .levels import exporting, found
from .restore import frame_of, show_frame
from .rig import bound_objects

FORMATS = (
    ("GLB", "glTF Binary (.glb)", "For engines and the web: one file, morph targets or bones"),
    ("FBX", "FBX (.fbx)", "For engines and other 3D software"),
    ("USD", "Universal Scene Description (.usdc)", "The moving vertices, or bones of the playing action"),
    ("ALEMBIC", "Alembic (.abc)", "The moving vertices frame by frame"),
)
CHANGING = ("ALEMBIC", "USD")
"""Formats that hold another mesh each frame."""
SUFFIXES = {"GLB": ".glb", "FBX": ".fbx", "USD": ".usdc", "ALEMBIC": ".abc"}


def format_of(path):
    """The format that a path's extension is of, or None."""
    suffix = Path(path).suffix.lower()
    return (
        "USD" if suffix == ".usd" else next((key for key, ours in SUFFIXES.items() if ours == suffix), None)
    )


def exportable(context):
    """The selected creatures and mesh frames, and what is animated with its armature and all that this moves.

    Levels of detail are none of them: `export` adds those of the creatures, for game engines.
    """
    chosen = []
    for obj in context.selected_objects:
        if obj.type in ("MESH", "ARMATURE"):
            main = creatures.creature_of(obj) or obj
            chosen += bound_objects.of(obj) or ([main] if creatures.is_generated(main) else [])
    shown = (obj for obj in dict.fromkeys(chosen) if not found.is_level(obj))
    return [obj for obj in shown if obj.visible_get(view_layer=context.view_layer)]


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


def unsuitable(objects, file_format):
    """Why a format cannot hold one of the objects, in a sentence with a remedy, or None."""
    changing = [obj for obj in objects if creatures.holds_mesh_frames(obj)]
    if not changing or file_format in CHANGING:
        return None
    return (
        f"{changing[0].name} is another mesh in each frame, which {SUFFIXES[file_format]} cannot hold. "
        "Export Alembic (.abc) or USD (.usdc), or generate it with Output: Shape Keys."
    )


def export(context, objects, path, file_format):
    """Write objects and their animation to a file; a loop keeps its closing step.

    The closing step of a loop leads from its last frame to its first again, one frame behind the playback
    range. Blender's exporters end with the range, so it is longer while they work.

    Parameters
    ----------
    objects : list of Object
        From `exportable`; nothing else is written.
    path : Path
    file_format : str
        An identifier of `FORMATS`.

    Raises
    ------
    RuntimeError
        The exporter's own message; the scene is as before.
    """
    levels = exporting.creatures_with_levels(objects) if file_format in exporting.FORMATS else {}
    written = [*objects, *(level for of_creature in levels.values() for level in of_creature)]
    with (
        exporting.prepared(context, levels, file_format) as nodes,
        _selected(context, written),
        _whole_clip(context.scene, written) as (start, end),
    ):
        _EXPORTERS[file_format](str(path), start, end, written)
    if file_format == "GLB" and Path(path).is_file():
        glb_levels.add_extension(path, nodes)
    if not Path(path).is_file():
        raise RuntimeError(f"Blender wrote no {path}.")


def _glb(path, _start, _end, objects):
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_selection=True,
        export_animation_mode="ACTIONS",
        export_anim_single_armature=False,  # or other armatures' Actions are written as well
        export_frame_range=False,
        export_anim_slide_to_zero=True,
        export_optimize_animation_size=False,
        export_morph_normal=True,
        export_apply=bound_objects.modifiers_can_be_applied(objects),
        # Of a creature those that its material shows, beside textures none: viewers multiply them. A mesh of
        # the artist's may have more, for an engine.
        export_all_vertex_colors=any(o.type == "MESH" and creatures.creature_of(o) is None for o in objects),
    )


def _fbx(path, _start, _end, objects):
    rigs = [obj for obj in objects if obj.type == "ARMATURE"]
    # Takes are made of strips and Actions of objects; the Actions of shape keys are neither. Not all Actions:
    # those of other armatures that have the same bones would be written too.
    with _all_in_strips(rigs):
        bpy.ops.export_scene.fbx(
            filepath=path,
            use_selection=True,
            bake_anim_use_nla_strips=bool(rigs),
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
            add_leaf_bones=False,
            path_mode="COPY",
            embed_textures=True,
        )


def _usd(path, _start, _end, _objects):
    known = bpy.ops.wm.usd_export.get_rna_type().properties.keys()
    bpy.ops.wm.usd_export(
        filepath=path,
        selected_objects_only=True,
        export_animation=True,
        overwrite_textures=True,  # in the folder "textures" beside the file: they may have been repainted
        # The scene's world is not the creature's; Blender 4.2 does not write it.
        **({"convert_world_material": False} if "convert_world_material" in known else {}),
    )


def _alembic(path, start, end, _objects):
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
    """The scene's range spans all clips of the objects, a loop's closing step too; then as before."""
    before = scene.frame_start, scene.frame_end, frame_of(scene), scene.use_preview_range
    ranges = [action.frame_range for obj in objects for action in _actions(obj)]
    # Mesh frames have no closing step: nothing is between two meshes.
    ranges += filter(None, (creatures.clip_range(obj) for obj in objects if creatures.holds_mesh_frames(obj)))
    ranges = ranges or [before[:2]]
    scene.use_preview_range = False
    scene.frame_start = math.floor(min(start for start, _ in ranges))
    scene.frame_end = math.ceil(max(end for _, end in ranges))
    try:
        yield scene.frame_start, scene.frame_end
    finally:
        scene.frame_start, scene.frame_end = before[:2]
        scene.use_preview_range = before[3]
        show_frame(scene, before[2])


def _actions(obj):
    for block in (obj, obj.data, getattr(obj.data, "shape_keys", None)):
        action = actions.active(block)
        if action is not None:
            yield action


@contextmanager
def _all_in_strips(rigs):
    """All Actions of armatures are strips on tracks that are not muted; then as before."""
    added, muted = [], []
    try:
        for rig in rigs:
            active = actions.active(rig)
            tracks = rig.animation_data.nla_tracks if rig.animation_data is not None else ()
            for track in tracks:
                if track.mute and any(strip.action == active for strip in track.strips):
                    continue
                if track.mute:
                    muted.append((rig, track.name))
                    track.mute = False
            if active is not None:
                track = actions.add_strip(rig, active, active.frame_range[0], muted=False)
                added.append((rig, track.name))
        yield
    finally:
        for rig, name in added:
            tracks = rig.animation_data.nla_tracks
            tracks.remove(tracks[name])
        for rig, name in muted:
            rig.animation_data.nla_tracks[name].mute = True
