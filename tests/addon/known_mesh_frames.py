"""Known mesh frames: cones of rising height, each with one corner more than the one before."""

import json

import bpy
import numpy as np

from blender_addon.core.mesh_frames_file import MeshFramesFile
from blender_addon.scene.mesh_frames import add_mesh_frames

REQUEST = {"seed": 3, "fps": 24.0}
COUNT = 6


def cone(corners, height):
    """A closed cone with so many corners, standing on the ground."""
    angle = 2 * np.pi * np.arange(corners) / corners
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    vertices = np.concatenate([ring, [[0, 0, height]], [[0, 0, 0]]]).astype(np.float32)
    around = np.arange(corners)
    after = (around + 1) % corners
    top, bottom = np.full(corners, corners), np.full(corners, corners + 1)
    faces = np.concatenate([np.stack([around, after, top], 1), np.stack([after, around, bottom], 1)])
    return vertices, faces.astype(np.int32)


CONES = [cone(4 + i, 1.0 + 0.25 * i) for i in range(COUNT)]


def save(path, cyclic=True, fps=12.0, **changes):
    header = {
        "format": 1, "kind": "mesh_frames", "cyclic": cyclic, "category": "blob", "action": "walk",
        "meta": {"engine": "hyperdiffusion", "seed": 3},
    }  # fmt: skip
    arrays = {
        "vertices": np.concatenate([v for v, _ in CONES]),
        "faces": np.concatenate([f for _, f in CONES]),
        "vertex_counts": np.array([len(v) for v, _ in CONES]),
        "face_counts": np.array([len(f) for _, f in CONES]),
        "seconds": (np.arange(COUNT) / fps).astype(np.float32),
    } | changes
    np.savez(path, meta=np.array(json.dumps(header)), **arrays)
    return path


def add(folder, **options):
    """Build them in the scene by a file in a folder; options: those of `save`, and `rate` of the request."""
    request = {**REQUEST, "fps": options.pop("rate", REQUEST["fps"])}
    result = MeshFramesFile(save(folder / "result.npz", **options))
    return add_mesh_frames(bpy.context, result, request, {"name": "x"})


def shown(obj, frame):
    """Corners of the cone that is shown, and its height."""
    bpy.context.scene.frame_set(frame)
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    points = np.array([v.co[:] for v in mesh.vertices])
    return len(mesh.vertices) - 2, float(points[:, 2].max())
