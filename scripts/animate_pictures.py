"""Pictures of `docs/animating.md`: meshes by other authors at rest and in three actions, rendered by Blender.

    .venvs/blender-4.5/bin/python scripts/animate_pictures.py [--only fox] [--out docs/images]

Each mesh of `../shared/data/meshes` goes through `zoetrope animate` (kept in build/animate), is imported into
Blender and rendered with Cycles on the CPU; the fox's walk also becomes a GIF.
"""

import argparse
import math
import subprocess
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

ROOT = Path(__file__).resolve().parents[1]
MESHES = ROOT.parent / "shared/data/meshes"
BUILD = ROOT / "build/animate"
SIZE = (640, 480)
ACTIONS = {
    "fox": ("walk", "run", "attack"),
    "dog": ("walk", "run", "attack"),
    "horse": ("walk", "run", "idle"),
    "bird": ("fly", "attack", "idle"),
    "shark": ("swim", "attack", "death"),
    "whale": ("swim", "attack", "death"),
}
MOMENT = {"walk": 0.3, "run": 0.4, "fly": 0.25, "swim": 0.3, "death": 0.95, "attack": 0.45, "idle": 0.5}
"""Share of a clip at which it is shown."""
AZIMUTH, ELEVATION = 55.0, 12.0
PYTHON = ROOT / ".venvs/backend/bin/python"
TO_GIF = """
import sys
from PIL import Image
frames = [Image.open(path).convert("RGB").resize((400, 300)) for path in sys.argv[2:]]
frames = [frame.quantize(96, dither=Image.Dither.NONE) for frame in frames]
frames[0].save(sys.argv[1], save_all=True, append_images=frames[1:], duration=40, loop=0)
"""
"""Run by the backend's Python: Blender's has no library that writes GIF."""


def animated(name):
    """The mesh's animated .glb, made by the command line where it is not there yet."""
    out = BUILD / f"{name}.glb"
    if not out.is_file():
        BUILD.mkdir(parents=True, exist_ok=True)
        command = [
            str(ROOT / ".venvs/backend/bin/zoetrope"),
            "animate",
            "--quiet",
            "--device",
            "cpu",
            "--rig",
            "donor",
        ]
        command += ["--mesh", str(MESHES / f"m2m__{name}.glb"), "--out", str(out)]
        subprocess.run([*command, "--actions", ",".join(ACTIONS[name])], check=True)
    return out


def stage():
    """An empty scene with a grey floor, three lights and a camera."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 12, True
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0.85, 0.9, 1.0, 1.0)
    scene.world.node_tree.nodes["Background"].inputs[1].default_value = 0.6
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 3.0, 0.2
    sun.rotation_euler = (math.radians(45), math.radians(15), math.radians(40))
    scene.collection.objects.link(sun)
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    return scene


def bounds(meshes, frames):
    """Lowest and highest corner of all meshes over some frames."""
    points = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for mesh in meshes:
            evaluated = mesh.evaluated_get(graph)
            co = np.empty(3 * len(evaluated.data.vertices), np.float32)
            evaluated.data.vertices.foreach_get("co", co)
            matrix = np.array(evaluated.matrix_world)
            points.append(co.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    points = np.concatenate(points)
    return points.min(axis=0), points.max(axis=0)


def aim(scene, low, high, ground):
    """Put the camera so that a box fills the picture, and a floor at a height."""
    centre, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    a, e = math.radians(AZIMUTH), math.radians(ELEVATION)
    away = Vector((math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)))
    scene.camera.location = Vector(centre) + away * radius * 2.8
    scene.camera.rotation_euler = (-away).to_track_quat("-Z", "Y").to_euler()
    scene.camera.data.lens = 50
    bpy.ops.mesh.primitive_plane_add(size=100 * radius, location=(centre[0], centre[1], ground))
    floor = bpy.data.materials.new("Floor")
    floor.use_nodes = True
    floor.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.45, 0.45, 0.45, 1)
    bpy.context.object.data.materials.append(floor)


def picture(scene, path):
    """Render the current frame; returns it as (H, W, 3)."""
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(SIZE[0] * SIZE[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(SIZE[1], SIZE[0], 4)[::-1, :, :3]


def show(armature, name):
    """Give the armature one of its Actions; returns its frames."""
    action = next(a for a in bpy.data.actions if a.name == name or a.name.startswith(f"{name}_"))
    data = armature.animation_data_create()
    for track in data.nla_tracks:
        track.mute = True
    data.action = action
    if hasattr(action, "slots") and data.action_slot is None:
        data.action_slot = action.slots[0]
    return action.frame_range


def sheet(name, out, gif):
    """One mesh: rest and three actions side by side."""
    scene = stage()
    bpy.ops.import_scene.gltf(filepath=str(animated(name)))
    armature = next(o for o in bpy.data.objects if o.type == "ARMATURE" and "root" in o.data.bones)
    armature.hide_render = True
    meshes = [o for o in bpy.data.objects if o.find_armature() == armature]
    for other in bpy.data.objects:
        if other.type == "MESH" and other not in meshes:
            other.hide_render = True
    frames = {}
    for action in ACTIONS[name]:
        start, end = show(armature, action)
        frames[action] = round(start + MOMENT[action] * (end - start)), (int(start), int(end))
    lows, highs = [], []
    for action, (frame, _) in frames.items():
        show(armature, action)
        low, high = bounds(meshes, [frame])
        lows.append(low)
        highs.append(high)
    armature.data.pose_position = "REST"
    ground = bounds(meshes, [scene.frame_current])[0][2]
    aim(scene, np.min(lows, axis=0), np.max(highs, axis=0), ground)
    parts = [picture(scene, BUILD / f"{name}_rest.png")]
    armature.data.pose_position = "POSE"
    for action, (frame, _) in frames.items():
        show(armature, action)
        scene.frame_set(frame)
        parts.append(picture(scene, BUILD / f"{name}_{action}.png"))
    save(np.concatenate(parts, axis=1), out / f"animated_{name}.jpg")
    if gif:
        start, end = frames[ACTIONS[name][0]][1]
        show(armature, ACTIONS[name][0])
        scene.cycles.samples = 12
        for frame in range(start, end):
            scene.frame_set(frame)
            picture(scene, BUILD / f"{name}_gif_{frame:03d}.png")
        frames = [str(BUILD / f"{name}_gif_{frame:03d}.png") for frame in range(start, end)]
        subprocess.run([PYTHON, "-c", TO_GIF, str(out / f"animated_{name}.gif"), *frames], check=True)


def save(pixels, path):
    """Write a picture (H, W, 3) as JPEG."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new("Sheet", width, height)
    image.pixels.foreach_set(np.dstack([pixels[::-1], np.ones((height, width))]).astype(np.float32).ravel())
    bpy.context.scene.render.image_settings.file_format = "JPEG"
    bpy.context.scene.render.image_settings.quality = 88
    image.save_render(str(path), scene=bpy.context.scene)
    bpy.data.images.remove(image)
    bpy.context.scene.render.image_settings.file_format = "PNG"


def main():
    """All meshes, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(ACTIONS))
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--gif", action="store_true", help="also the first action as a GIF")
    options = parser.parse_args()
    for name in [options.only] if options.only else ACTIONS:
        sheet(name, options.out.resolve(), options.gif)


main()
