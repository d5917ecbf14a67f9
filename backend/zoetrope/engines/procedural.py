"""An engine without weights: the procedural creature walks. For tests and for trying the whole road."""

import time

import numpy as np

from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.base import CategoryInfo, EngineInfo, GenerateRequest, OnProgress
from zoetrope.engines.placement import stand
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline

MODEL_FRAMES = 32


class ProceduralEngine:
    """Speaks the engine interface; draws nothing at random but the proportions of the seed.

    Parameters
    ----------
    pause : float
        Seconds that every denoising step pretends to take, so that cancelling can be tried.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def info(self) -> EngineInfo:
        """One category, one action, no weights."""
        category = CategoryInfo("quadruped", ("walk",), 1.0)
        return EngineInfo("procedural", "cpu", "CPU", "none", "", 0, (category,))

    def release_memory(self) -> None:
        """Holds none."""

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Draw the procedural creature of the request's seed."""
        for stage in ("shape", "motion"):
            for step in range(20):
                time.sleep(self.pause)
                on_progress(stage, step + 1, 20)
        creature = ProceduralCreature(request.seed)
        surface = extract_surface(
            creature.sdf, request.detail, on_chunk=lambda i, n: on_progress("surface", i, n)
        )
        rest, faces = surface.vertices.astype(np.float32), surface.faces.astype(np.int32)
        model = np.zeros((MODEL_FRAMES, *rest.shape), np.float32)
        for i in range(MODEL_FRAMES):
            model[i] = creature.flow(rest, i / MODEL_FRAMES)
            on_progress("frames", i + 1, MODEL_FRAMES)
        height = request.height or 1.0
        place = stand(rest, height)
        vertices, seconds = interpolate_to_timeline(
            place.points(model), True, creature.duration, request.fps, request.frames
        )
        return MeshSequence(
            faces=faces,
            rest=place.points(rest),
            vertices=vertices,
            transforms=np.tile(np.eye(4, dtype=np.float32), (len(seconds), 1, 1)),
            colours=np.tile(creature.colour.astype(np.float32), (len(rest), 1)),
            seconds=seconds.astype(np.float32),
            cyclic=True,
            returns_to_start=True,
            travel_speed=0.0,
            category=creature.category,
            action=creature.action,
            tokens={},
            meta={"engine": "procedural", "seed": request.seed, "weights": ""},
        )
