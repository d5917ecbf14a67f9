"""A shared folder of procedural creatures, with labels, splits and files like the real one."""

import json
from pathlib import Path

from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.writers import write_sequence

PARTS = {"train": (0, 1, 2), "validation": (3,), "test": (4, 5, 6)}


def make(folder: Path) -> Path:
    """Write seven creatures with one walk each; return the shared folder."""
    creatures = folder / "data" / "creatures"
    files, by_clip, by_creature = [], {}, {}
    for part, seeds in PARTS.items():
        by_clip[part], by_creature[part] = [], []
        for seed in seeds:
            name = f"creature_{seed}.glb"
            request = GenerateRequest(
                "quadruped", "walk", seed, frames=12, detail=64, faces=None, texture=None
            )
            sequence = ProceduralEngine().generate(request, lambda *_: None)
            write_sequence(sequence, creatures / name)
            clip = read_gltf(creatures / name).clip_names[0]
            files.append(
                {
                    "file": name,
                    "category": "quadruped",
                    "near_copies": name,
                    "height_m": 1.0,
                    "recommended": True,
                    "clips": [
                        {
                            "name": clip,
                            "action": "walk",
                            "cyclic": True,
                            "returns_to_start": True,
                            "seconds": 1.0,
                            "usable": True,
                        }
                    ],
                }
            )
            by_clip[part].append([name, clip])
            by_creature[part].append(name)
    (folder / "data" / "labels.json").write_text(json.dumps({"files": files}))
    (folder / "data" / "splits.json").write_text(json.dumps({"by_clip": by_clip, "by_creature": by_creature}))
    return folder
