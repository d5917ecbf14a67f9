"""Runs inside Blender: imports glTF files and saves their evaluated vertices at given frames.

python blender_frames.py TASKS.json: [{"file", "out", "fps", "frames": [float, ...]}, ...]
"""

import json
import sys
from pathlib import Path

import bpy
import numpy as np

BONE_SHAPES = "glTF_not_exported"
"""Collection in which Blender's glTF importer keeps the display shape of bones."""

for task in json.loads(Path(sys.argv[-1]).read_text()):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = task["fps"], 1.0
    bpy.ops.import_scene.gltf(filepath=task["file"])
    # The importer adds a mesh that is the bones' display shape, in a hidden collection of its own.
    objects = [
        o
        for o in scene.objects
        if o.type == "MESH" and BONE_SHAPES not in {collection.name for collection in o.users_collection}
    ]
    frames = []
    for frame in task["frames"]:
        scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
        graph, points = bpy.context.evaluated_depsgraph_get(), []
        for obj in objects:
            evaluated = obj.evaluated_get(graph)
            flat = np.empty(3 * len(evaluated.data.vertices), np.float32)
            evaluated.data.vertices.foreach_get("co", flat)
            matrix = np.array(evaluated.matrix_world)
            points.append(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
        frames.append(np.concatenate(points))
    np.save(task["out"], np.stack(frames).astype(np.float64))
print("done")
