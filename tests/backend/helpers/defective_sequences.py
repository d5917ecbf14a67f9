"""Mesh sequences with known defects."""

import numpy as np
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_sequence import MeshSequence


def sequence(rest, faces, frames, cyclic=True):
    """Return a mesh sequence of arrays."""
    frames = np.asarray(frames, dtype=np.float32)
    return MeshSequence(
        faces=faces.astype(np.int32),
        rest=rest.astype(np.float32),
        vertices=frames,
        transforms=np.tile(np.eye(4, dtype=np.float32), (len(frames), 1, 1)),
        colours=np.full(rest.shape, 0.5, dtype=np.float32),
        seconds=np.arange(len(frames), dtype=np.float32) / 24,
        cyclic=cyclic,
        returns_to_start=cyclic,
        travel_speed=0.0,
        category="quadruped",
        action="walk",
    )


def body(*without, extra=None, detail=64):
    """Return the procedural creature's rest mesh without some parts, with an `extra` distance function."""
    creature = ProceduralCreature(0)
    parts = [part.distance for name, part in creature.parts.items() if name not in without]
    parts += [extra] if extra else []
    surface = extract_surface(lambda p: np.min([part(p) for part in parts], axis=0), detail)
    return surface.vertices, surface.faces


def walking(frames=16):
    """Return the procedural creature in a walk."""
    vertices, faces = body()
    creature = ProceduralCreature(0)
    return sequence(vertices, faces, [creature.flow(vertices, i / frames) for i in range(frames)])
