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
from zoetrope.engines.body_mesh import make_body_mesh
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.placement import place_on_ground
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors

MODEL_FRAMES = 32
GRADIENT_STEP = 1e-3
"""Box units, of the central differences of the signed distance."""


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
        mesh = make_body_mesh(
            request,
            (surface.vertices, surface.faces),
            lambda points: (creature.sdf(points), _gradient(creature, points)),
            lambda points: np.tile(creature.colour.astype(np.float32), (len(points), 1)),
            on_progress,
        )
        rest = mesh.rest
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
            faces=mesh.faces,
            rest=placement.points(rest),
            vertices=vertices,
            transforms=np.tile(np.eye(4, dtype=np.float32), (len(seconds), 1, 1)),
            colours=mesh.colours,
            seconds=seconds.astype(np.float32),
            cyclic=True,
            returns_to_start=True,
            travel_speed=0.0,
            category=creature.category,
            action=creature.action,
            uvs=mesh.uvs,
            textures=mesh.textures,
            tokens={},
            meta={"engine": "procedural", "seed": request.seed, "weights": "", **mesh.meta},
        )


def _gradient(creature: ProceduralCreature, points: np.ndarray) -> np.ndarray:
    """Return the gradient (N, 3) of the creature's signed distance, by central differences."""
    steps = np.float32(GRADIENT_STEP) * np.eye(3, dtype=np.float32)
    return np.stack(
        [(creature.sdf(points + s) - creature.sdf(points - s)) / (2 * GRADIENT_STEP) for s in steps], axis=1
    )
