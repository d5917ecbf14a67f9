"""Engine without weights: a procedural quadruped walks. For tests and for trying the add-on."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.base import (
    CategoryInfo,
    EngineInfo,
    GenerateRequest,
    OnProgress,
    check_actions,
    check_request,
)
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.placement import place_on_ground
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors

MODEL_FRAMES = 32


class ProceduralEngine:
    """Procedural engine; the seed chooses the creature's proportions.

    Parameters
    ----------
    pause : float
        Seconds that each simulated sampling step takes, for trying to cancel.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def info(self) -> EngineInfo:
        """Describe the one category and action."""
        category = CategoryInfo("quadruped", ("walk",), 1.0)
        return EngineInfo("procedural", "cpu", "CPU", "none", "", 0, (category,))

    def release_memory(self) -> None:
        """Do nothing: there are no weights."""

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Generate the procedural creature of the request's seed.

        Raises
        ------
        ZoetropeError
            Code "bad_option": unknown label or detail; "out_of_memory".
        Cancelled
            Raised by `on_progress`.
        """
        check_request(request, {one.name: one.actions for one in self.info().categories})
        with memory_errors():
            check_memory(request)
            return self._generate(request, on_progress)

    def generate_clips(
        self, request: GenerateRequest, actions: Sequence[str], on_progress: OnProgress
    ) -> tuple[MeshSequence, ...]:
        """Generate a clip an action; there is but one."""
        named = [replace(request, action=action) for action in check_actions(actions)]
        return tuple(self.generate(one, on_progress) for one in named)

    def _generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
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
        placement = place_on_ground(rest, height)
        vertices, seconds = interpolate_to_timeline(
            placement.points(model), True, creature.duration, request.fps, request.frames
        )
        return MeshSequence(
            faces=faces,
            rest=placement.points(rest),
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
