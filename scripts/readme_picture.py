"""Renders docs/images/creatures.jpg: creatures of chosen seeds, in Blender.

    .venvs/blender-4.5/bin/python scripts/readme_picture.py docs/images/creatures.jpg

The creatures come from `zoetrope generate` of .venvs/backend; Cycles renders them on the CPU, one tile each.
"""

import math
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

ROOT = Path(__file__).resolve().parents[1]
CREATURES = (
    *((319, "quadruped", "walk"), (314, "biped", "walk"), (310, "fish", "swim"), (320, "winged", "fly")),
    *((301, "blob", "walk"), (304, "humanoid", "run"), (321, "biped", "idle"), (316, "dinosaur", "walk")),
)
"""Seed, category, action."""
WIDTH, HEIGHT, COLUMNS = 420, 360, 4
DETAIL, MOMENT = 128, 0.3


def generate(folder, seed, category, action):
    """Write one creature as .glb; returns its path."""
    path = folder / f"{category}_{seed}.glb"
    command = [
        ROOT / ".venvs/backend/bin/zoetrope",
        "generate",
        "--quiet",
        "--detail",
        DETAIL,
        "--seed",
        seed,
    ]
    command += ["--category", category, "--action", action, "--out", path]
    subprocess.run(list(map(str, command)), check=True)
    return path


def set_up_scene():
    """An empty scene with ground, sun, sky and a camera."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 2.4, math.radians(12)
    sun.rotation_euler = (math.radians(48), math.radians(8), math.radians(-35))
    scene.collection.objects.link(sun)
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"].inputs
    background["Color"].default_value, background["Strength"].default_value = (0.75, 0.8, 0.88, 1), 0.6
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens = 70
    camera.rotation_euler = Vector((0.85, 0.75, -0.32)).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 16, True
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    return scene


def render(scene, path, picture):
    """Render one creature into a picture file."""
    before = set(scene.objects)
    bpy.ops.import_scene.gltf(filepath=str(path))
    (creature,) = (o for o in set(scene.objects) - before if o.type == "MESH")
    end = creature.data.shape_keys.animation_data.action.frame_range[1]
    scene.frame_set(round(1 + MOMENT * (end - 1)))
    evaluated = creature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", corners)
    world = np.array(evaluated.matrix_world)
    points = corners.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
    bpy.ops.mesh.primitive_plane_add(size=1000, location=(0, 0, float(points[:, 2].min())))
    ground = bpy.context.object
    material = bpy.data.materials.new("Ground")
    material.use_nodes = True
    material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.62, 0.64, 0.67, 1)
    ground.data.materials.append(material)
    middle = Vector(((points.min(0) + points.max(0)) / 2).tolist())
    bpy.context.view_layer.update()
    place, _ = scene.camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), points.ravel().tolist())
    scene.camera.location = middle + (place - middle) * 1.12
    scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)
    for made in set(scene.objects) - before:
        bpy.data.objects.remove(made)
    image = bpy.data.images.load(str(picture))
    pixels = np.empty(WIDTH * HEIGHT * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(HEIGHT, WIDTH, 4)


def main():
    """Render all tiles and save them as one picture."""
    out = Path(sys.argv[1]).resolve()
    rows = math.ceil(len(CREATURES) / COLUMNS)
    sheet = np.ones((rows * HEIGHT, COLUMNS * WIDTH, 4), np.float32)
    scene = set_up_scene()
    with tempfile.TemporaryDirectory() as name:
        for i, creature in enumerate(CREATURES):
            tile = render(scene, generate(Path(name), *creature), Path(name) / "tile.png")
            top, left = (rows - 1 - i // COLUMNS) * HEIGHT, i % COLUMNS * WIDTH
            sheet[top : top + HEIGHT, left : left + WIDTH] = tile
    image = bpy.data.images.new("Sheet", COLUMNS * WIDTH, rows * HEIGHT)
    image.pixels.foreach_set(sheet.ravel())
    image.filepath_raw, image.file_format = str(out), "JPEG"
    image.save()


main()
