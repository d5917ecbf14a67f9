"""Pictures of `docs/animating.md`: meshes by other authors at rest and in three actions, rendered by Blender.

    .venvs/blender-4.5/bin/python scripts/animate_pictures.py [--only fox] [--out docs/images]

Each mesh of `../shared/data/meshes` goes through `zoetrope animate` (kept in build/animate), is imported into
Blender and rendered with Cycles on the CPU; the fox's walk also becomes a GIF.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from blender_stage import add_floor, aim, bounds, picture, save, stage  # noqa: E402

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
    scene = stage(SIZE)
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
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    aim(scene, low, high)
    add_floor(low, high, ground)
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
