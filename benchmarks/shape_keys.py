"""Writing an animation as shape keys in Blender: the add-on's method against two common ones.

    .venvs/blender-4.5/bin/python benchmarks/shape_keys.py [--vertices 50000] [--frames 32]
    .venvs/blender-4.5/bin/python benchmarks/shape_keys.py --playback [--vertices 10000]

Target: 50,000 vertices x 32 frames in under 0.5 s. A method is timed from an object without shape keys to the
last key; the add-on's Action with its curves and the evaluation of one frame are timed separately. The last
column is the largest distance between the frames and the keys as Blender returns them.

--playback: milliseconds a change of frame for clips of 100, 500 and 2,000 frames in four forms.
Target: 41.7 ms (24 frames a second). A frame is evaluated, not drawn.
"""

import argparse
import struct
import sys
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from blender_addon.core.compact_keys import compact_keys
from blender_addon.scene import actions, meshes, shape_keys

PLAYED = 24
"""Frames that playback is timed over."""


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


def new_object(points, faces):
    """Return a new object in an empty file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    mesh = meshes.new_mesh("Benchmark", points, faces, np.full_like(points, 0.5))
    obj = bpy.data.objects.new("Benchmark", mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def spline_frames(points, count):
    """Return frames (T, V, 3) as the backend interpolates them: cubic splines through 32 model frames."""
    random = np.random.default_rng(0)
    waves = np.sin(points @ random.normal(size=(3, 12)).astype(np.float32))  # (vertex, wave)
    strengths = 0.02 * random.normal(size=(32, 12, 3)).astype(np.float32)  # (model frame, wave, axis)
    model = points + np.einsum("vw,mwc->mvc", waves, strengths)
    at = np.linspace(0, 31, count)
    whole = np.minimum(at.astype(int), 30)
    part = (at - whole).astype(np.float32)
    weights = np.zeros((count, 32), np.float32)  # Catmull-Rom
    cubic = (
        -part / 2 + part**2 - part**3 / 2,
        1 - 2.5 * part**2 + 1.5 * part**3,
        part / 2 + 2 * part**2 - 1.5 * part**3,
        (part**3 - part**2) / 2,
    )
    for i, weight in enumerate(cubic):
        np.add.at(weights, (np.arange(count), np.clip(whole + i - 1, 0, 31)), weight)
    return np.einsum("tm,mvc->tvc", weights, model, optimize=True).astype(np.float32)


def every_frame(obj, frames, _folder):
    """One shape key and one curve a frame."""
    shape_keys.animate(shape_keys.add_frames(obj, frames), "benchmark", 1, 1.0, False)


def compact(obj, frames, _folder):
    """Few shape keys with a weight curve each: the add-on's form of long clips."""
    rest = np.empty(frames[0].size, np.float32)
    obj.data.vertices.foreach_get("co", rest)
    rest = rest.reshape(-1, 3)
    offsets, weights = compact_keys(rest, frames, 1e-4)
    keys = shape_keys.add_offsets(obj, rest, offsets)
    shape_keys.animate_weights(keys, "benchmark", 1, 1.0, weights, False)


def absolute(obj, frames, _folder):
    """Absolute shape keys and one curve of the evaluation time; no exporter takes it."""
    keys = shape_keys.add_frames(obj, frames)
    keys.use_relative = False
    _, curves = actions.new_action(keys, "benchmark")
    times = [block.frame for block in list(keys.key_blocks)[1:]]
    actions.add_curve(curves, "eval_time", np.arange(1, len(frames) + 1), times, False)


def mesh_cache(obj, frames, folder):
    """A PC2 file and the Mesh Cache modifier; a file beside the .blend, and no morph targets."""
    path = Path(folder) / "clip.pc2"
    header = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, len(frames[0]), 0.0, 1.0, len(frames))
    path.write_bytes(header + frames.astype("<f4").tobytes())
    modifier = obj.modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath, modifier.frame_start = "PC2", str(path), 1.0


def playback(points, faces):
    """Print milliseconds a change of frame for each form and length, and the error of the shown frames."""
    print(f"{'form':<16}{'frames':>7}{'keys':>6}{'build s':>9}{'ms a frame':>12}{'error':>10}")
    for count in (100, 500, 2000):
        frames = spline_frames(points, count)
        for build in (every_frame, compact, absolute, mesh_cache):
            with tempfile.TemporaryDirectory() as folder:
                obj = new_object(points, faces)
                start = time.perf_counter()
                build(obj, frames, folder)
                built = time.perf_counter() - start
                scene, error, out = bpy.context.scene, 0.0, np.empty(points.size, np.float32)
                scene.frame_set(1)
                start = time.perf_counter()
                for i in range(PLAYED):
                    scene.frame_set(1 + i * (count - 1) // (PLAYED - 1))
                seconds = (time.perf_counter() - start) / PLAYED
                for i in (0, count // 3, count - 1):
                    scene.frame_set(1 + i)
                    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
                    evaluated.data.vertices.foreach_get("co", out)
                    error = max(error, float(np.abs(out - frames[i].ravel()).max()))
                number = len(obj.data.shape_keys.key_blocks) - 1 if obj.data.shape_keys else 0
            print(
                f"{build.__name__:<16}{count:7d}{number:6d}{built:9.2f}{1000 * seconds:12.1f}{error:10.1e}",
                flush=True,
            )


def main():
    """Time the three methods, then the curves and a change of frame."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vertices", type=int, help="default: 50000, for playback 10000")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--playback", action="store_true", help="time playback instead")
    options = parser.parse_args()
    points, faces = sphere(options.vertices or (10_000 if options.playback else 50_000))
    if options.playback:
        print(f"Blender {bpy.app.version_string}: {len(points)} vertices")
        playback(points, faces)
        return
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
        obj = new_object(points, faces)
        start = time.perf_counter()
        method(obj, frames)
        seconds[name] = time.perf_counter() - start
        print(f"{name:<34}{seconds[name]:9.3f}{max_error(obj, frames):11.1e}", flush=True)
        if method is shape_keys.add_frames:
            start = time.perf_counter()
            shape_keys.animate(obj.data.shape_keys, "benchmark", 1, 1.0, True)
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
