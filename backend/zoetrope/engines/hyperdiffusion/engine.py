"""HyperDiffusion engine: request -> weights of a 4D occupancy MLP (diffusion) -> frames (marching cubes).

Its frames are unrelated meshes (`generate_frames`). What Blender's shape keys and armatures need is one mesh
that moves: `generate` tracks the first frame's mesh through the others (`tracking.py`).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.base import CategoryInfo, EngineInfo, GeneratedClips
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.devices import select_device
from zoetrope.engines.hyperdiffusion.decoding import decode_frames, field_with_gradient, frame_times
from zoetrope.engines.hyperdiffusion.placement import place_frames
from zoetrope.engines.hyperdiffusion.sampling import sample_numbers
from zoetrope.engines.hyperdiffusion.tracking import track
from zoetrope.engines.hyperdiffusion.weights import (
    ENGINE,
    HyperDescription,
    HyperWeights,
    load_hyper_weights,
    read_hyper_description,
)
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest, check_actions
from zoetrope.engines.resolved_request import ResolvedRequest, resolve_labels
from zoetrope.engines.weights.bundle import bundle_checksum
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_frames import MeshFrames
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors

MAX_ATTEMPTS = 4
"""MLPs that are sampled for one seed until every frame has a surface."""
PREVIEW_DETAIL = 64
GREY = 0.72
"""Colour of creatures: occupancy has none."""
SECONDS = (0.2, 12.0)
"""Limits of a clip's duration."""


class _Sampled(NamedTuple):
    """An MLP (P,), its clip's duration in seconds, and its frames in the box."""

    flat: Tensor
    seconds: float
    frames: list[MeshArrays]


class HyperDiffusionEngine:
    """Generates clips with HyperDiffusion (Erkoç et al., ICCV 2023).

    Parameters
    ----------
    weights : Path
        Folder of the weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    steps : int, optional
        Steps of DDIM; default: as the weights say.
    """

    def __init__(self, weights: Path, device: str = "auto", steps: int | None = None) -> None:
        self.weights, self.steps = weights, steps
        self.description: HyperDescription = read_hyper_description(weights)
        self._requested_device, self._device = device, ""
        self._loaded: HyperWeights | None = None

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Generate one clip as one mesh, tracked through the frames; `meta` has the tracking's residual.

        Raises
        ------
        ZoetropeError
            Code "bad_option": unknown label or detail, proportions or a morph; "weights_missing",
            "weights_damaged"; "empty_surface"; "untrackable": no mesh follows the frames; "out_of_memory".
        Cancelled
            Raised by `on_progress`.
        """
        resolved = self.resolve(request)
        with memory_errors():
            check_memory(request)
            sampled = self._sample(resolved, request.detail, on_progress)
            return self._tracked(resolved, sampled, on_progress)

    def generate_clips(
        self, request: GenerateRequest, actions: Sequence[str], on_progress: OnProgress
    ) -> GeneratedClips:
        """Generate one action; several are refused, since body and motion are sampled together."""
        (action, *others) = check_actions(actions)
        if others:
            raise ZoetropeError(
                "HyperDiffusion samples body and motion together: a second action would have another body.",
                code="bad_option",
                remedy="Choose one action, or the engine dnf.",
            )
        return GeneratedClips((self.generate(replace(request, action=action), on_progress),))

    def generate_frames(self, request: GenerateRequest, on_progress: OnProgress) -> MeshFrames:
        """Generate one clip as published: a mesh of its own a frame, 16 of them whatever the rate.

        Raises
        ------
        ZoetropeError, Cancelled
            As `generate`, without tracking.
        """
        resolved = self.resolve(request)
        with memory_errors():
            check_memory(request)
            sampled = self._sample(resolved, request.detail, on_progress)
        placed = place_frames([v for v, _ in sampled.frames], resolved)
        count = len(sampled.frames)
        steps = count if resolved.action_label.cyclic else count - 1
        return MeshFrames(
            tuple((v, f) for v, (_, f) in zip(placed, sampled.frames, strict=True)),
            (np.arange(count) * sampled.seconds / steps).astype(np.float32),
            resolved.action_label.cyclic,
            request.category,
            request.action,
            self._meta(resolved, sampled),
        )

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> Preview:
        """Return the first frame, coarsely."""
        resolved = self.resolve(request)
        with memory_errors():
            weights = self.load()
            numbers = self._numbers(resolved, 0, on_progress)
            flat = weights.mlps(numbers)[0]
            ((vertices, faces),) = decode_frames(
                self.description.field, flat, frame_times(self.description.frames)[:1], PREVIEW_DETAIL
            )
            (placed,) = place_frames([vertices], resolved)
            return Preview(placed, faces, np.full_like(placed, GREY))

    def resolve(self, request: GenerateRequest) -> ResolvedRequest:
        """Check a request and fill in its defaults; raises ZoetropeError of code "bad_option"."""
        named = {"proportions": request.proportions or request.proportions_seed, "a morph": request.morph}
        for name, value in named.items():
            if value is not None:
                raise ZoetropeError(
                    f"HyperDiffusion has no rest pose that {name} could change.",
                    code="bad_option",
                    remedy="Leave it out, or choose the engine dnf.",
                )
        return resolve_labels(self.description.categories, self.description.action_order, request)

    def _numbers(self, resolved: ResolvedRequest, attempt: int, on_progress: OnProgress) -> Tensor:
        with torch.inference_mode():
            return sample_numbers(
                self.load(),
                resolved.category_index,
                resolved.action_index,
                resolved.request.seed,
                attempt,
                on_progress,
                self.steps,
            )

    def _sample(self, resolved: ResolvedRequest, detail: int, on_progress: OnProgress) -> _Sampled:
        """Sample an MLP all of whose frames have a surface."""
        on_progress("load", 0, 1)
        weights = self.load()
        on_progress("load", 1, 1)
        times = self._times(resolved)
        for attempt in range(MAX_ATTEMPTS):
            numbers = self._numbers(resolved, attempt, on_progress)
            flat = weights.mlps(numbers)[0]
            try:
                frames = decode_frames(
                    self.description.field, flat, times, detail, lambda i, n: on_progress("surface", i, n)
                )
            except ZoetropeError as error:
                if error.code != "empty_surface" or attempt + 1 == MAX_ATTEMPTS:
                    raise
                continue
            return _Sampled(flat, float(weights.seconds(numbers).clamp(*SECONDS)[0]), frames)
        raise AssertionError("unreachable")

    def _times(self, resolved: ResolvedRequest) -> np.ndarray:
        """Return the fourth coordinates of the frames: a loop's last training frame repeats its first."""
        times = frame_times(self.description.frames)
        return times[:-1] if resolved.action_label.cyclic and len(times) > 1 else times

    def _tracked(self, resolved: ResolvedRequest, sampled: _Sampled, on_progress: OnProgress) -> MeshSequence:
        request, label, times = resolved.request, resolved.action_label, self._times(resolved)
        mesh = make_body_mesh(
            replace(request, texture=None),
            sampled.frames[0],
            lambda points: field_with_gradient(self.description.field, sampled.flat, float(times[0]), points),
            lambda points: np.full((len(points), 3), GREY, np.float32),
            on_progress,
        )
        tracked = track(
            (mesh.rest, mesh.faces),
            sampled.frames,
            lambda frame, points: field_with_gradient(
                self.description.field, sampled.flat, float(times[frame]), points
            ),
            label.cyclic,
            lambda i, n: on_progress("tracking", i, n),
        )
        placed = place_frames(tracked.vertices, resolved)
        vertices, seconds = interpolate_to_timeline(
            np.stack(placed), label.cyclic, sampled.seconds, request.fps, request.frames
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
                **self._meta(resolved, sampled),
                "tracking_mean": tracked.mean,
                "tracking_p99": tracked.p99,
                **mesh.meta,
            },
        )

    def _meta(self, resolved: ResolvedRequest, sampled: _Sampled) -> dict[str, object]:
        return {
            "engine": ENGINE,
            "seed": resolved.request.seed,
            "detail": resolved.request.detail,
            "height": resolved.height,
            "model_seconds": sampled.seconds,
            "weights": self.load().checksum,
        }

    def load(self) -> HyperWeights:
        """Return the weights, read at the first call."""
        if self._loaded is None:
            self._loaded = load_hyper_weights(self.weights, self.device())
        return self._loaded

    def device(self) -> str:
        """Return the device that is used."""
        if not self._device:
            self._device = select_device(self._requested_device)
        return self._device

    def info(self) -> EngineInfo:
        """Describe the engine; loads no tensors."""
        device, description = self.device(), self.description
        name = torch.cuda.get_device_name() if device == "cuda" else device.upper()
        return EngineInfo(
            ENGINE,
            device,
            name,
            description.name,
            bundle_checksum(self.weights),
            description.parameters,
            tuple(
                CategoryInfo(c.name, tuple(a.name for a in c.actions), c.height)
                for c in description.categories
            ),
        )

    def release_memory(self) -> None:
        """Drop the weights; the next request loads them again."""
        self._loaded = None
        if self._device == "cuda":
            torch.cuda.empty_cache()
