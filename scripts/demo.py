"""Runs inside Blender: generates a creature, renders eight of its frames, saves and exports it.

python scripts/demo.py OUT LOG   (with a bpy environment's Python; see scripts/demo.sh)

Blender's own hundreds of lines on stdout go to LOG; `say` writes to the terminal.
"""

import math
import os
import sys
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

import blender_addon
from blender_addon import runtime
from blender_addon.core.job import STAGES

SIZE, PICTURES, COLUMNS = 320, 8, 4
TERMINAL = os.dup(1)


def say(text):
    """A line on the terminal."""
    os.write(TERMINAL, (text + "\n").encode())


def timed(name, function, *arguments):
    """Call a function, print its seconds, and return its value."""
    began = time.perf_counter()
    value = function(*arguments)
    say(f"  {name:<28}{time.perf_counter() - began:7.1f} s")
    return value


def generate():
    """Call the panel's Generate; returns the new mesh, which an armature moves."""
    settings = bpy.context.scene.zoetrope
    settings.category = "quadruped"
    settings.actions = {"walk"}
    if bpy.ops.zoetrope.generate() != {"FINISHED"}:
        raise SystemExit("demo: nothing was generated; see the message above")
    for name, seconds in runtime.get().session.stage_seconds.items():
        say(f"    {STAGES.get(name, name):<26}{seconds:7.1f} s")
    (mesh,) = (o for o in bpy.context.selected_objects if o.type == "MESH")
    return mesh


def positions(obj, frames):
    """The object's vertices at some frames, concatenated (N, 3), in world space."""
    scene, points = bpy.context.scene, []
    for frame in frames:
        scene.frame_set(frame)
        evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        corners = np.empty(3 * len(evaluated.data.vertices), np.float32)
        evaluated.data.vertices.foreach_get("co", corners)
        matrix = np.array(evaluated.matrix_world, np.float32)
        points.append(corners.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(points)


def set_stage(obj, frames):
    """Ground, sun, sky and a three-quarter camera that frames the creature at every frame."""
    scene = bpy.context.scene
    for name in ("Cube", "Light", "Camera"):
        if name in bpy.data.objects:
            bpy.data.objects.remove(bpy.data.objects[name])
    seen = positions(obj, frames)
    low, high = seen.min(0), seen.max(0)
    middle, radius = Vector(((low + high) / 2).tolist()), float(np.linalg.norm(high - low)) / 2
    bpy.ops.mesh.primitive_plane_add(size=200 * radius)
    ground = bpy.data.materials.new("Ground")
    ground.use_nodes = True
    ground.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.30, 0.31, 0.33, 1)
    bpy.context.object.data.materials.append(ground)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 3.5, math.radians(8)
    sun.rotation_euler = (math.radians(45), math.radians(10), math.radians(-40))
    scene.collection.objects.link(sun)
    world = scene.world or bpy.data.worlds.new("World")
    scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.55, 0.62, 0.72, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.7
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens = 60
    direction = Vector((-1.0, -0.75, 0.42)).normalized()
    camera.rotation_euler = (-direction).to_track_quat("-Z", "Y").to_euler()
    camera.data.clip_end = 1000 * radius
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    place, _ = camera.camera_fit_coords(graph, seen.ravel().tolist())
    camera.location = middle + (place - middle) * 1.08


def contact_sheet(frames, path):
    """Render frames with Cycles on the CPU into one picture, side by side."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 16, False
    rows = math.ceil(len(frames) / COLUMNS)
    sheet = np.ones((rows * SIZE, COLUMNS * SIZE, 4), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        for i, frame in enumerate(frames):
            scene.frame_set(frame)
            scene.render.filepath = str(Path(folder) / f"{i}.png")
            bpy.ops.render.render(write_still=True)
            image = bpy.data.images.load(scene.render.filepath)
            pixels = np.empty(SIZE * SIZE * 4, np.float32)
            image.pixels.foreach_get(pixels)
            bpy.data.images.remove(image)
            top, left = (rows - 1 - i // COLUMNS) * SIZE, i % COLUMNS * SIZE
            sheet[top : top + SIZE, left : left + SIZE] = pixels.reshape(SIZE, SIZE, 4)
    image = bpy.data.images.new("Sheet", COLUMNS * SIZE, rows * SIZE)
    image.pixels.foreach_set(sheet.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def export(obj, path):
    """Export the creature alone, as the panel's button does."""
    for other in bpy.context.view_layer.objects:
        other.select_set(other in (obj, obj.parent))
    bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path))


def main():
    """The whole demo."""
    out, log = (Path(argument).resolve() for argument in sys.argv[-2:])
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    try:
        obj = timed("generate", generate)
        timed("export creature.glb", export, obj, out / "creature.glb")
    finally:
        blender_addon.unregister()
    scene = bpy.context.scene
    frames = (
        np.linspace(scene.frame_start, scene.frame_end + 1, PICTURES, endpoint=False).astype(int).tolist()
    )
    timed("set the stage", set_stage, obj, frames)
    timed("render creature.png", contact_sheet, frames, out / "creature.png")
    scene.frame_set(scene.frame_start)
    timed("save creature.blend", lambda: bpy.ops.wm.save_as_mainfile(filepath=str(out / "creature.blend")))
    say(f"{obj.name}: {len(obj.data.polygons)} faces, {len(obj.parent.data.bones)} bones")
    for name in ("creature.blend", "creature.glb", "creature.png"):
        say(f"{out / name}: {(out / name).stat().st_size / 1e6:.1f} MB")


main()
