"""Pictures of generated creatures to be judged as assets: each seed at two moments, and its head.

    .venvs/blender-4.5/bin/python scripts/asset_sheet.py [--weights W] [--seeds 300:342] [--out build/assets]

None is skipped. The seeds go through the categories in turn, and each category through its actions. Writes a
picture a seed, and sheet.json with what was asked for; files that are there are kept, so it can be continued.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from blender_stage import add_floor, aim, bounds, picture, save, stage  # noqa: E402

SIZE = (600, 600)
MOMENTS = (0.25, 0.6)
"""Shares of the clip at which the creature is shown."""
HEAD = 0.3
"""Share of the length, from the front, that the close-up shows of what is longer than tall."""
UPRIGHT_HEAD = 0.55
"""Share of the height, from the top, that it shows of the others."""


def requests(weights, seeds):
    """Seed -> category and action, from the labels of the weights."""
    categories = json.loads((weights / "model.json").read_text())["categories"]
    found = {}
    for i, seed in enumerate(seeds):
        category = categories[i % len(categories)]
        actions = category["actions"]
        found[seed] = category["name"], actions[i // len(categories) % len(actions)]["name"]
    return found


def generate(weights, out, seed, category, action):
    """The creature's .glb, made by the command line where it is not there yet."""
    path = out / f"{seed}.glb"
    if not path.is_file():
        command = [str(ROOT / ".venvs/backend/bin/zoetrope"), "generate", "--quiet", "--device", "cpu"]
        command += ["--weights", str(weights), "--category", category, "--action", action]
        subprocess.run([*command, "--seed", str(seed), "--out", str(path)], check=True)
    return path


def head_box(low, high):
    """Lowest and highest corner of what the close-up shows of a creature that faces -Y."""
    low, high = low.copy(), high.copy()
    size = high - low
    if size[1] > size[2]:
        high[1] = low[1] + HEAD * size[1]
        return low, high
    middle, half = 0.5 * (low[0] + high[0]), 0.5 * UPRIGHT_HEAD * size[2]
    low[2] = high[2] - UPRIGHT_HEAD * size[2]
    low[0], high[0] = max(low[0], middle - half), min(high[0], middle + half)
    return low, high


def render(path, out):
    """Render a .glb at two moments and its head; returns the picture (H, W, 3)."""
    scene = stage(SIZE, samples=8)
    bpy.ops.import_scene.gltf(filepath=str(path))
    meshes = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
    (action,) = bpy.data.actions
    start, end = action.frame_range
    frames = [round(start + share * (end - start)) for share in MOMENTS]
    low, high = bounds(meshes, frames)
    add_floor(low, high, min(0.0, low[2]))
    parts = []
    for frame in frames:
        aim(scene, *bounds(meshes, [frame]), distance=2.7)
        parts.append(picture(scene, out / "part.png"))
    aim(scene, *head_box(*bounds(meshes, frames[:1])), azimuth=35.0, distance=2.5)
    parts.append(picture(scene, out / "part.png"))
    (out / "part.png").unlink()
    return np.concatenate(parts, axis=1)


def main():
    """Generate and render the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", type=Path, default=ROOT / "weights", help="folder of the weights")
    parser.add_argument("--seeds", default="300:342", help="first and end, 300:342")
    parser.add_argument("--out", type=Path, default=ROOT / "build/assets", help="folder for the pictures")
    options = parser.parse_args()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    first, last = map(int, options.seeds.split(":"))
    asked = requests(options.weights.resolve(), range(first, last))
    (out / "sheet.json").write_text(json.dumps(asked, indent=1))
    for seed, (category, action) in asked.items():
        finished = out / f"{seed}_{category}_{action}.jpg"
        if not finished.is_file():
            path = generate(options.weights.resolve(), out, seed, category, action)
            save(render(path, out), finished)


main()
