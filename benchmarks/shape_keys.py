"""Writing an animation as shape keys in Blender: the add-on's method against two common ones.

    .venvs/blender-4.5/bin/python benchmarks/shape_keys.py [--vertices 50000] [--frames 32]

Target: 50,000 vertices x 32 frames in under 0.5 s. A method is timed from an object without shape keys to the
last key; the add-on's Action with its curves and the evaluation of one frame are timed separately. The last
column is the largest distance between the frames and the keys as Blender returns them.
"""

import argparse
import sys
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from blender_addon.scene import meshes, shape_keys


def sphere(count):
    """Return vertices (V, 3) and faces (F, 3) of a sphere, open at the poles, of about `count` vertices."""
    rings = max(8, round((count / 2) ** 0.5))
    columns = max(8, count // rings)
    angle, height = np.meshgrid(np.arange(columns) * 2 * np.pi / columns, np.linspace(-0.999, 0.999, rings))
    radius = np.sqrt(1 - height**2)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(columns), indexing="ij")
    a, b = i * columns + j, i * columns + (j + 1) % columns
    faces = np.concatenate([np.stack([a, b, b + columns], -1), np.stack([a, b + columns, a + columns], -1)])
    return points.astype(np.float32), faces.reshape(-1, 3).astype(np.int32)


def per_vertex(obj, frames):
    """Add keys with one assignment per vertex."""
    obj.shape_key_add(name="Basis", from_mix=False)
    for i, frame in enumerate(frames):
        key = obj.shape_key_add(name=f"f{i:03d}", from_mix=False)
        for j, point in enumerate(frame.tolist()):
            key.data[j].co = point


def data_foreach_set(obj, frames):
    """Add keys by `data.foreach_set` with Python lists, as many add-ons do."""
    obj.shape_key_add(name="Basis", from_mix=False)
    for i, frame in enumerate(frames):
        obj.shape_key_add(name=f"f{i:03d}", from_mix=False).data.foreach_set("co", frame.ravel().tolist())


def max_error(obj, frames):
    """Return the largest distance between the frames and the keys."""
    error, out = 0.0, np.empty(frames[0].size, np.float32)
    for block, frame in zip(list(obj.data.shape_keys.key_blocks)[1:], frames, strict=True):
        block.points.foreach_get("co", out)
        error = max(error, float(np.abs(out - frame.ravel()).max()))
    return error


def main():
    """Time the three methods, then the curves and a change of frame."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vertices", type=int, default=50_000)
    parser.add_argument("--frames", type=int, default=32)
    options = parser.parse_args()
    points, faces = sphere(options.vertices)
    waves = np.sin(np.arange(options.frames) * 2 * np.pi / options.frames)
    frames = [(points * (1 + 0.1 * wave)).astype(np.float32) for wave in waves]
    print(f"Blender {bpy.app.version_string}: {len(points)} vertices x {len(frames)} frames")
    print(f"{'method':<34}{'seconds':>9}{'error':>11}")
    methods = {
        "add-on (points.foreach_set)": shape_keys.add_frames,
        "data.foreach_set with lists": data_foreach_set,
        "data[i].co in a loop (naive)": per_vertex,
    }
    seconds = {}
    for name, method in methods.items():
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        mesh = meshes.new_mesh("Benchmark", points, faces, np.full_like(points, 0.5))
        obj = bpy.data.objects.new("Benchmark", mesh)
        bpy.context.scene.collection.objects.link(obj)
        start = time.perf_counter()
        method(obj, frames)
        seconds[name] = time.perf_counter() - start
        print(f"{name:<34}{seconds[name]:9.3f}{max_error(obj, frames):11.1e}", flush=True)
        if method is shape_keys.add_frames:
            start = time.perf_counter()
            shape_keys.animate(mesh.shape_keys, "benchmark", 1, 1.0, True)
            curves = time.perf_counter() - start
            start = time.perf_counter()
            for frame in range(1, 11):
                bpy.context.scene.frame_set(frame)
            change = (time.perf_counter() - start) / 10
    print(f"{'add-on: Action and curves':<34}{curves:9.3f}")
    print(f"{'change of frame':<34}{change:9.3f}")
    whole, naive = seconds["add-on (points.foreach_set)"] + curves, seconds["data[i].co in a loop (naive)"]
    print(
        f"add-on in all {whole:.3f} s (target 0.5 s), {naive / whole:.0f} times as fast as the naive method"
    )


main()
