"""A lit scene in Blender and pictures of what stands in it, for the scripts that render pages' pictures."""

import math

import bpy
import numpy as np
from mathutils import Vector

ELEVATION = 12.0


def stage(size, samples=12):
    """An empty scene with sky, sun and camera, which renders pictures of a size (width, height)."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = samples, True
    scene.render.resolution_x, scene.render.resolution_y = size
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


def aim(scene, low, high, azimuth=55.0, distance=2.8):
    """Put the camera so that a box fills the picture; azimuth in degrees, 0 in front of the creature."""
    centre, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    a, e = math.radians(azimuth), math.radians(ELEVATION)
    away = Vector((math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)))
    scene.camera.location = Vector(centre) + away * radius * distance
    scene.camera.rotation_euler = (-away).to_track_quat("-Z", "Y").to_euler()
    scene.camera.data.lens = 50


def add_floor(low, high, ground):
    """Add a grey floor below a box, at a height."""
    centre, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
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
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1, :, :3]


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
