"""A generated creature as a .glb file: skinned, or with morph targets."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from zoetrope.engines.animate.creature import AnimatedCreature
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.geometry.glb_levels import add_levels
from zoetrope.geometry.glb_writer import glb_bytes, rest_glb


def creature_glb(creature: AnimatedCreature, compact: bool = False) -> bytes:
    """Return a creature as .glb with an animation an action.

    With a skeleton the mesh is skinned, with correctives as morph targets; without one it has a morph target
    a frame, see `glb_bytes`.
    """
    if creature.rig is None:
        return add_levels(glb_bytes(creature.clips, compact), creature.clips[0])
    first = creature.clips[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rest.glb"
        path.write_bytes(rest_glb(first))
        source = read_source(path)
    # The reader has an order of its own; weights and correctives have the creature's.
    source = replace(source, vertices=first.rest.astype(np.float64), faces=first.faces.astype(np.int64))
    return add_levels(animated_glb(source, creature.rig, first.fps, creature.correctives), first)
