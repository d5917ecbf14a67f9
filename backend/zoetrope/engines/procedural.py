"""Engine without weights: a procedural quadruped walks. For tests and for trying the add-on."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zoetrope.assets.region_paint import RegionPaint
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.base import CategoryInfo, EngineInfo, GeneratedClips
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.body.mapped_body import MappedBody, map_body
from zoetrope.engines.body.morphs import MorphTargets
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.output.placement import place_on_ground
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest, check_actions, check_request
from zoetrope.fields.colour_regions import REGION_COUNT, REGIONS
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors

HOOF_HEIGHT = 0.06
"""Box units."""
PREVIEW_DETAIL = 48
"""Cells along the box: its parts are thicker than one."""
COAT, DARK_DETAIL = REGIONS.index("coat"), REGIONS.index("dark detail")
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
    ) -> GeneratedClips:
        """Generate a clip an action; there is but one. No armature is made of it: it has no unmapped body."""
        named = [replace(request, action=action) for action in check_actions(actions)]
        return GeneratedClips(tuple(self.generate(one, on_progress) for one in named))

    def _generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        creature = ProceduralCreature(request.seed)
        self._simulate_sampling("shape", on_progress)
        mapped = self._map_body(request, creature, on_progress)
        self._simulate_sampling("motion", on_progress)
        surface = extract_surface(
            creature.sdf, request.detail, on_chunk=lambda i, n: on_progress("surface", i, n)
        )
        mesh = make_body_mesh(
            request,
            (surface.vertices, surface.faces),
            lambda points: (creature.sdf(points), _gradient(creature, points)),
            _paint(creature, float(surface.vertices[:, 2].min()), request.palette),
            on_progress,
        )
        rest = mesh.rest
        model = np.zeros((MODEL_FRAMES, *rest.shape), np.float32)
        for i in range(MODEL_FRAMES):
            model[i] = creature.flow(rest, i / MODEL_FRAMES)
            on_progress("frames", i + 1, MODEL_FRAMES)
        if not mapped.is_identity:
            still = np.zeros((MODEL_FRAMES, 3))
            move = mapped.motion_transfer(mesh, creature.category)
            mesh, model = mapped.mesh(mesh), move(ModelFrames(model, still, still), True).vertices
            rest = mesh.rest
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
            regions=mesh.regions,
            palette=mesh.palette,
            levels=mesh.levels,
            tokens={},
            meta={"engine": "procedural", "seed": request.seed, "weights": "", **mesh.meta, **mapped.meta},
        )

    def _simulate_sampling(self, stage: str, on_progress: OnProgress) -> None:
        for step in range(20):
            time.sleep(self.pause)
            on_progress(stage, step + 1, 20)

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> Preview:
        """Return the procedural creature at rest."""
        check_request(request, {one.name: one.actions for one in self.info().categories})
        creature = ProceduralCreature(request.seed)
        surface = extract_surface(
            creature.sdf, PREVIEW_DETAIL, on_chunk=lambda i, n: on_progress("surface", i, n)
        )
        mapped = self._map_body(request, creature, on_progress)
        rest = mapped.body_map(surface.vertices)
        colours = _paint(creature, float(surface.vertices[:, 2].min()), request.palette)
        return Preview(
            place_on_ground(rest, request.height or 1.0).points(rest),
            surface.faces.astype(np.int32),
            colours(surface.vertices),
            colours.palette,
        )

    def _map_body(
        self, request: GenerateRequest, creature: ProceduralCreature, on_progress: OnProgress
    ) -> MappedBody:
        def coarse_surface() -> MeshArrays:
            surface = extract_surface(creature.sdf, PREVIEW_DETAIL)
            return surface.vertices, surface.faces

        def sampled_surface(seed: int) -> MeshArrays:
            return ProceduralCreature(seed).mesh()

        targets = MorphTargets(lambda _: [], sampled_surface)
        return map_body(request, coarse_surface, resolve_proportions(request, {}), targets, on_progress)


def _gradient(creature: ProceduralCreature, points: np.ndarray) -> np.ndarray:
    """Return the gradient (N, 3) of the creature's signed distance, by central differences."""
    steps = np.float32(GRADIENT_STEP) * np.eye(3, dtype=np.float32)
    return np.stack(
        [(creature.sdf(points + s) - creature.sdf(points - s)) / (2 * GRADIENT_STEP) for s in steps], axis=1
    )


def _paint(creature: ProceduralCreature, ground: float, seed: int | None) -> RegionPaint:
    """The creature's colour, or that of a palette's seed, and dark feet."""
    palette = np.full((REGION_COUNT, 3), 0.5, np.float32)
    palette[COAT] = creature.colour if seed is None else np.random.default_rng(seed).random(3)
    palette[DARK_DETAIL] = 0.1

    def weights(points: np.ndarray) -> np.ndarray:
        feet = points[:, 2] < ground + HOOF_HEIGHT
        return np.eye(REGION_COUNT, dtype=np.float32)[np.where(feet, DARK_DETAIL, COAT)]

    return RegionPaint(weights, palette)
