"""Engines whose frames are unrelated meshes (HyperDiffusion, voxels): request -> frames, or one tracked mesh.

The frames as such are `generate_frames`. What Blender's shape keys and armatures need is one mesh that moves:
`generate` tracks the first frame's mesh through the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from zoetrope.engines.base import CategoryInfo, EngineInfo, GeneratedClips
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.devices import select_device
from zoetrope.engines.frames.placement import place_frames
from zoetrope.engines.frames.tracking import FieldOfFrame, track
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest, check_actions
from zoetrope.engines.resolved_request import ResolvedRequest, resolve_labels
from zoetrope.engines.weights.bundle import CategoryLabel, bundle_checksum
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.isosurface import OnChunk
from zoetrope.geometry.mesh_frames import GREY, MeshFrames
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors

MAX_ATTEMPTS = 4
"""Clips that are sampled for one seed until every frame has a surface."""
PREVIEW_DETAIL = 64


class DescribedWeights(Protocol):
    """What the descriptions of these engines' weights have in common."""

    @property
    def engine(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> int: ...
    @property
    def categories(self) -> tuple[CategoryLabel, ...]: ...
    @property
    def action_order(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class SampledClip:
    """One sampled clip, before its surfaces are extracted.

    Parameters
    ----------
    frames : int
        Model frames, without the repeated last one of a loop.
    seconds : float
        Duration, of one cycle for a loop.
    surface : callable
        (frame, detail, on_chunk) -> its cleaned surface in the box; raises ZoetropeError of code
        "empty_surface". `on_chunk` is called meanwhile and may cancel.
    distance : callable
        See `FieldOfFrame`.
    rejected : int
        Clips of the seed that were sampled before, in which a frame had no surface.
    """

    frames: int
    seconds: float
    surface: Callable[[int, int, OnChunk], MeshArrays]
    distance: FieldOfFrame
    rejected: int = 0


class FrameEngine:
    """An engine that samples one mesh a frame; sub-classes load weights and sample.

    Parameters
    ----------
    weights : Path
        Folder of the weights.
    description : DescribedWeights
    device : str
        "cpu", "cuda", "mps" or "auto".
    title : str
        Name of the engine in messages.
    """

    def __init__(self, weights: Path, description: DescribedWeights, device: str, title: str) -> None:
        self.weights, self._described, self._title = weights, description, title
        self._requested_device, self._device = device, ""

    def sample(self, resolved: ResolvedRequest, attempt: int, on_progress: OnProgress) -> SampledClip:
        """Sample one clip; other attempts of a seed are other clips."""
        raise NotImplementedError

    def load(self) -> object:
        """Read the weights at the first call."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop the weights."""
        raise NotImplementedError

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Generate one clip as one mesh, tracked through the frames; `meta` has the tracking's residual.

        Raises
        ------
        ZoetropeError
            Code "bad_option": unknown label or detail, proportions, a morph or a palette; "weights_missing",
            "weights_damaged"; "empty_surface"; "untrackable": no mesh follows the frames; "out_of_memory".
        Cancelled
            Raised by `on_progress`.
        """
        resolved = self.resolve(request)
        with memory_errors():
            check_memory(request)
            clip, frames = self._sample_with_surfaces(resolved, request.detail, on_progress)
            return self._tracked(resolved, clip, frames, on_progress)

    def generate_clips(
        self, request: GenerateRequest, actions: Sequence[str], on_progress: OnProgress
    ) -> GeneratedClips:
        """Generate one action; several are refused, since body and motion are sampled together."""
        action, *others = check_actions(actions)
        if others:
            raise ZoetropeError(
                f"{self._title} samples body and motion together: a second action would have another body.",
                code="bad_option",
                remedy="Choose one action, or the engine dnf.",
            )
        return GeneratedClips((self.generate(replace(request, action=action), on_progress),))

    def generate_frames(self, request: GenerateRequest, on_progress: OnProgress) -> MeshFrames:
        """Generate one clip as published: a mesh of its own a frame.

        There are 16 of them (15 of a loop) at their full surface: rate, length, face budget, texture and
        levels of detail of the request have no effect, and are refused where an artist gives them.

        Raises
        ------
        ZoetropeError, Cancelled
            As `generate`, without tracking.
        """
        resolved = self.resolve(request)
        with memory_errors():
            check_memory(request)
            clip, frames = self._sample_with_surfaces(resolved, request.detail, on_progress)
        placed = place_frames([vertices for vertices, _ in frames], resolved)
        steps = max(1, clip.frames if resolved.action_label.cyclic else clip.frames - 1)
        return MeshFrames(
            tuple((points, faces) for points, (_, faces) in zip(placed, frames, strict=True)),
            (np.arange(clip.frames) * clip.seconds / steps).astype(np.float32),
            resolved.action_label.cyclic,
            resolved.request.category,
            resolved.request.action,
            self._meta(resolved, clip),
        )

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> Preview:
        """Return the first frame, coarsely; without an action of the category's usual one."""
        if not request.action:
            request = replace(request, action=self.info().default_action(request.category))
        resolved = self.resolve(request)
        with memory_errors():
            _, frames = self._sample_with_surfaces(resolved, PREVIEW_DETAIL, on_progress)
        placed = place_frames([vertices for vertices, _ in frames], resolved)[0]
        return Preview(placed, frames[0][1], np.full_like(placed, GREY))

    def resolve(self, request: GenerateRequest) -> ResolvedRequest:
        """Check a request and fill in its defaults; raises ZoetropeError of code "bad_option".

        Where category or action are left open, they are sampled as frequently as training clips have them:
        whether a clip loops follows from its action.
        """
        impossible = (
            ("rest pose", "proportions", request.proportions),
            ("rest pose", "a seed of proportions", request.proportions_seed),
            ("rest pose", "a morph", request.morph),
            ("colours", "a palette", request.palette),
        )
        for missing, what, value in impossible:
            if value is not None:
                raise ZoetropeError(
                    f"{self._title} samples no {missing}: it cannot take {what}.",
                    code="bad_option",
                    remedy="Leave this out, or choose the engine dnf.",
                )
        if not (request.category and request.action):
            request = self._with_sampled_labels(request)
        return resolve_labels(self._described.categories, self._described.action_order, request)

    def _with_sampled_labels(self, request: GenerateRequest) -> GenerateRequest:
        """Return a request whose category or action is open with both."""
        offered = [
            (category.name, action.name, action.clips)
            for category in self._described.categories
            for action in category.actions
            if request.category in ("", category.name) and request.action in ("", action.name)
        ]
        if not offered:
            return request
        clips = np.array([count for *_, count in offered], dtype=float)
        shares = clips / clips.sum() if clips.any() else None  # evenly, where none is counted
        chosen = np.random.default_rng(request.seed).choice(len(offered), p=shares)
        category, action, _ = offered[chosen]
        return replace(request, category=category, action=action)

    def _sample_with_surfaces(
        self, resolved: ResolvedRequest, detail: int, on_progress: OnProgress
    ) -> tuple[SampledClip, list[MeshArrays]]:
        """Sample a clip all of whose frames have a surface."""
        on_progress("load", 0, 1)
        self.load()
        on_progress("load", 1, 1)
        for attempt in range(MAX_ATTEMPTS):
            clip, frames = self.sample(resolved, attempt, on_progress), []
            try:
                for frame in range(clip.frames):

                    def on_chunk(_: int, __: int, done: int = frame, total: int = clip.frames) -> None:
                        on_progress("surface", done, total)

                    frames.append(clip.surface(frame, detail, on_chunk))
                on_progress("surface", clip.frames, clip.frames)
            except ZoetropeError as error:
                if error.code != "empty_surface" or attempt + 1 == MAX_ATTEMPTS:
                    raise
                continue
            return replace(clip, rejected=attempt), frames
        raise AssertionError("unreachable")

    def _tracked(
        self,
        resolved: ResolvedRequest,
        clip: SampledClip,
        frames: list[MeshArrays],
        on_progress: OnProgress,
    ) -> MeshSequence:
        request, label = resolved.request, resolved.action_label
        mesh = make_body_mesh(
            replace(request, texture=None),
            frames[0],
            lambda points: clip.distance(0, points),
            lambda points: np.full((len(points), 3), GREY, np.float32),
            on_progress,
        )
        tracked = track(
            (mesh.rest, mesh.faces),
            frames,
            clip.distance,
            label.cyclic,
            lambda done, total: on_progress("tracking", done, total),
        )
        placed = place_frames(tracked.vertices, resolved)
        vertices, seconds = interpolate_to_timeline(
            np.stack(placed), label.cyclic, clip.seconds, request.fps, request.frames
        )
        return MeshSequence(
            faces=mesh.faces,
            rest=placed[0],
            vertices=vertices,
            transforms=np.tile(np.eye(4, dtype=np.float32), (len(seconds), 1, 1)),
            colours=mesh.colours,
            seconds=seconds.astype(np.float32),
            cyclic=label.cyclic,
            returns_to_start=label.returns_to_start,
            travel_speed=0.0,
            category=request.category,
            action=request.action,
            levels=mesh.levels,
            meta={
                **self._meta(resolved, clip),
                "tracking_mean": tracked.mean,
                "tracking_p99": tracked.p99,
                **mesh.meta,
            },
        )

    def _meta(self, resolved: ResolvedRequest, clip: SampledClip) -> dict[str, Any]:
        return {
            "engine": self._described.engine,
            "seed": resolved.request.seed,
            "detail": resolved.request.detail,
            "height": resolved.height,
            "model_seconds": clip.seconds,
            "rejected": clip.rejected,
            "weights": bundle_checksum(self.weights),
        }

    def device(self) -> str:
        """Return the device that is used."""
        if not self._device:
            self._device = select_device(self._requested_device)
        return self._device

    def info(self) -> EngineInfo:
        """Describe the engine; loads no tensors."""
        device, described = self.device(), self._described
        return EngineInfo(
            described.engine,
            device,
            torch.cuda.get_device_name() if device == "cuda" else device.upper(),
            described.name,
            bundle_checksum(self.weights),
            described.parameters,
            tuple(
                CategoryInfo(c.name, tuple(a.name for a in c.actions), c.height) for c in described.categories
            ),
        )

    def release_memory(self) -> None:
        """Drop the weights; the next request loads them again."""
        self.forget()
        if self._device == "cuda":
            torch.cuda.empty_cache()
