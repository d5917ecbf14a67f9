"""DNF engine: request -> tokens (diffusion) -> weights (dictionary) -> fields -> mesh sequence.

In the order of a generation:

1. `resolved_request.py`: check the request, fill in labels and defaults.
2. `sampling/`: sample shape and motion tokens (seeded noise, classifier-free guidance), again where they fail
   their check.
3. `decoding/`: compose the fields' weights from the tokens' codes, extract the surface.
4. `body/`: reduce it to the requested faces, evaluate colours, bake textures; map it to its proportions.
5. `decoding/`: move the vertices of that mesh.
6. `output/`: metres and timeline frames.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.base import CategoryInfo, EngineInfo, GeneratedClips, UnmappedBody
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.body.colours import compose_colours
from zoetrope.engines.body.mapped_body import MappedBody, map_body
from zoetrope.engines.body.morphs import MorphTargets, Registrations
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.decoding.motion import decode_filtered_frames
from zoetrope.engines.decoding.surface import compose_distance, decode_surface
from zoetrope.engines.devices import select_device
from zoetrope.engines.memory_estimate import check_memory
from zoetrope.engines.output.assembly import assemble_sequence, clip_duration
from zoetrope.engines.output.placement import place_on_ground
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.output.previewer import Previewer
from zoetrope.engines.progress import OnProgress, share_of_progress
from zoetrope.engines.request import GenerateRequest, check_actions
from zoetrope.engines.resolved_request import ResolvedRequest, resolve_request
from zoetrope.engines.sampling.body_checks import coarse_surface
from zoetrope.engines.sampling.rejection_sampling import (
    MAX_ATTEMPTS,
    SampledBody,
    sample_passing_body,
    sample_passing_motion,
)
from zoetrope.engines.sampling.token_sampling import MAX_DISTANCE, STEPS
from zoetrope.engines.weights.bundle import Bundle, bundle_checksum, load_bundle, read_description
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.arap_smoothing import smooth_frames
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import timeline_length
from zoetrope.memory import memory_errors
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.library import DonorLibrary, load_donors


class DnfEngine:
    """Generates creatures with dictionary-based neural fields (DNF, CVPR 2025).

    Parameters
    ----------
    weights : Path
        Folder of the weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    steps : int
        Steps of the sampler, for shape and motion each.
    max_attempts : int
        Bodies sampled at most until one passes its check, and motions; with 1, nothing is checked.
    max_distance : float
        Of bodies from the nearest training body (`truncate_to_nearest`); inf: as they were sampled.

    Attributes
    ----------
    description : Description
        Of the weights. Guidance scales and temporal filter may be replaced, for experiments.
    """

    def __init__(
        self,
        weights: Path,
        device: str = "auto",
        steps: int = STEPS,
        max_attempts: int = MAX_ATTEMPTS,
        max_distance: float = MAX_DISTANCE,
    ) -> None:
        self.weights, self.steps, self.max_attempts = weights, steps, max_attempts
        self.max_distance = max_distance
        self.description = read_description(weights)
        self._requested_device, self._device = device, ""
        self._bundle: Bundle | None = None
        self._previewer = Previewer(self.sample_body, self._map_body)
        self._library: DonorLibrary | None = None

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Generate one animated creature.

        Raises
        ------
        ZoetropeError
            Code "bad_option": unknown label or detail; "weights_missing", "weights_damaged"; "out_of_memory".
        Cancelled
            Raised by `on_progress`.
        """
        return self.generate_clips(request, [request.action], on_progress).clips[0]

    def generate_clips(
        self, request: GenerateRequest, actions: Sequence[str], on_progress: OnProgress
    ) -> GeneratedClips:
        """Generate one creature with several actions: its body is sampled, extracted and coloured once.

        Each clip is the one that `generate` returns for its action alone.

        Raises
        ------
        ZoetropeError, Cancelled
            As `generate`.
        """
        resolved = [self.resolve(replace(request, action=action)) for action in check_actions(actions)]
        with memory_errors():
            self._load_for(request, on_progress)
            motions = []
            with torch.inference_mode():
                body = self.sample_body(resolved[0], on_progress)
                mapped = self._map_sampled(resolved[0], body, on_progress)
                for i, one in enumerate(resolved):
                    share = share_of_progress(on_progress, i, len(resolved))
                    motions.append(self.sample_motion(one, body, share))
            return self._decode_clips(resolved, body, mapped, motions, on_progress)

    def _load_for(self, request: GenerateRequest, on_progress: OnProgress) -> None:
        on_progress("load", 0, 1)
        self.load()
        check_memory(request)
        on_progress("load", 1, 1)

    def resolve(self, request: GenerateRequest) -> ResolvedRequest:
        """Check a request and fill in its defaults; raises ZoetropeError of code "bad_option"."""
        return resolve_request(self.description, request)

    def sample_tokens(self, resolved: ResolvedRequest, on_progress: OnProgress) -> tuple[SampledBody, Tensor]:
        """Sample a body and raw motion tokens (T, M) that pass their checks."""
        body = self.sample_body(resolved, on_progress)
        return body, self.sample_motion(resolved, body, on_progress)

    def decode(
        self,
        resolved: ResolvedRequest,
        shape: Tensor,
        motion: Tensor,
        on_progress: OnProgress,
    ) -> MeshSequence:
        """Decode a creature from its tokens.

        Parameters
        ----------
        shape, motion : (1, S) and (T, M) float
            Raw tokens; T is a window or, for one-way clips, more.
        """
        body = SampledBody(shape, 0, None)
        with torch.inference_mode():
            mapped = self._map_sampled(resolved, body, on_progress)
        return self._decode_clips([resolved], body, mapped, [motion], on_progress).clips[0]

    def _decode_clips(
        self,
        resolved: Sequence[ResolvedRequest],
        body: SampledBody,
        mapped: MappedBody,
        motions: Sequence[Tensor],
        on_progress: OnProgress,
    ) -> GeneratedClips:
        """Decode one body and its clips (T, M); the requests differ in their actions alone."""
        bundle, first, shape = self.load(), resolved[0], body.tokens
        request = first.request
        with torch.inference_mode():
            full = decode_surface(bundle, shape, request.detail, on_progress, body.surface)
            check_memory(request, len(full[0]))
            colours = compose_colours(bundle, shape, first.category_index, first.palette_seed)
            mesh = make_body_mesh(request, full, compose_distance(bundle, shape), colours, on_progress)
            length = 0
            for one, motion in zip(resolved, motions, strict=True):
                duration = clip_duration(bundle, one.action_label, motion)
                cyclic = one.action_label.cyclic
                length += timeline_length(cyclic, duration, request.fps, request.frames)[0]
            check_memory(request, len(full[0]), length, len(mesh.rest))
        transfer = None if mapped.is_identity else mapped.motion_transfer(mesh, request.category)
        result, clips = mesh if transfer is None else mapped.mesh(mesh), []
        for i, (one, motion) in enumerate(zip(resolved, motions, strict=True)):
            share = share_of_progress(on_progress, i, len(motions))
            frames = self._decode_smoothed(one, shape, motion, mesh.rest, mesh.faces, share)
            if transfer is not None:
                frames = transfer(frames, one.action_label.cyclic)
            clip = assemble_sequence(bundle, one, shape, motion, result, frames)
            clips.append(replace(clip, meta={**clip.meta, **mapped.meta}))
        if mapped.is_identity:
            return GeneratedClips(tuple(clips))
        placed = place_on_ground(result.rest, first.height).points
        return GeneratedClips(
            tuple(clips), UnmappedBody(mesh.rest, lambda points: placed(mapped.body_map(points)))
        )

    def preview(self, request: GenerateRequest, on_progress: OnProgress) -> Preview:
        """Return the body of a request at rest; fast for a seed that was shown before.

        Raises
        ------
        ZoetropeError, Cancelled
            As `generate`.
        """
        resolved = self.resolve(request)
        with memory_errors(), torch.inference_mode():
            on_progress("load", 0, 1)
            bundle = self.load()
            on_progress("load", 1, 1)
            return self._previewer.preview(bundle, resolved, on_progress)

    def sample_body(self, resolved: ResolvedRequest, on_progress: OnProgress) -> SampledBody:
        """Sample a body that passes its check, near one of the training bodies (the donors)."""
        bundle = self.load()
        size = bundle.shape_model.size
        tokens = [donor.shape_tokens for donor in self._donors(resolved.request.category)]
        near = [torch.from_numpy(one) for one in tokens if one.shape[-1] == size]
        training_bodies = torch.cat(near) if near else None
        return sample_passing_body(
            bundle,
            resolved,
            on_progress,
            self.steps,
            self.max_attempts,
            training_bodies,
            self.max_distance,
        )

    def sample_motion(self, resolved: ResolvedRequest, body: SampledBody, on_progress: OnProgress) -> Tensor:
        """Sample raw motion tokens (T, M) of a body that pass their check."""
        samples = self.steps, self.max_attempts
        return sample_passing_motion(self.load(), resolved, body, on_progress, *samples)[0]

    def _map_sampled(
        self, resolved: ResolvedRequest, body: SampledBody, on_progress: OnProgress
    ) -> MappedBody:
        """Return the map of a sampled body; a morph is refused here, before motion and textures."""

        def surface() -> MeshArrays:
            def on_extraction(stage: str, step: int, total: int) -> None:
                on_progress("shape", self.steps, self.steps)

            return coarse_surface(self.load(), body.tokens, body.surface, on_extraction)

        return self._map_body(resolved, surface, on_progress, {})

    def _map_body(
        self,
        resolved: ResolvedRequest,
        surface: Callable[[], MeshArrays],
        on_progress: OnProgress,
        registrations: Registrations,
    ) -> MappedBody:
        """Return the map of a body with this `coarse_surface`, to its proportions and morph."""
        request = resolved.request

        def sampled_surface(seed: int) -> MeshArrays:
            other = replace(resolved, request=replace(request, seed=seed))

            def on_morph(stage: str, step: int, total: int) -> None:
                on_progress("morph", 0, 1)

            with torch.inference_mode():
                body = self.sample_body(other, on_morph)
                return coarse_surface(self.load(), body.tokens, body.surface, on_morph)

        shape = resolve_proportions(request, self.description.proportion_strengths)
        targets = MorphTargets(self._donors, sampled_surface, registrations)
        with torch.inference_mode(False):  # a registration needs gradients
            return map_body(request, surface, shape, targets, on_progress)

    def _donors(self, category: str) -> list[Donor]:
        """Return the donors of a category; none in weights without donors."""
        if self._library is None:
            try:
                self._library = load_donors(self.weights)
            except ZoetropeError as error:
                if error.code != "weights_missing":
                    raise
                return []
        return self._library.of_category(category)

    def _decode_smoothed(
        self,
        resolved: ResolvedRequest,
        shape: Tensor,
        motion: Tensor,
        rest: np.ndarray,
        faces: np.ndarray,
        on_progress: OnProgress,
    ) -> ModelFrames:
        count = len(motion)
        with torch.inference_mode():
            frames = self.decode_motion(
                resolved, shape, motion, rest, lambda stage, i, n: on_progress(stage, i, 2 * n)
            )
        vertices = smooth_frames(
            rest, faces, frames.vertices, lambda i: on_progress("frames", count + i, 2 * count)
        )
        return frames._replace(vertices=vertices)

    def decode_motion(
        self,
        resolved: ResolvedRequest,
        shape: Tensor,
        motion: Tensor,
        rest: np.ndarray,
        on_progress: OnProgress,
    ) -> ModelFrames:
        """Move rest vertices (V, 3) through the model frames of raw motion tokens (T, M)."""
        category, label = resolved.request.category, resolved.action_label
        return decode_filtered_frames(self.load(), shape, motion, rest, category, label, on_progress)

    def load(self) -> Bundle:
        """Return the weights, read at the first call, with this engine's description."""
        if self._bundle is None:
            self._bundle = load_bundle(self.weights, self.device())
        return replace(self._bundle, description=self.description)

    def device(self) -> str:
        """Return the device that is used."""
        if not self._device:
            self._device = select_device(self._requested_device)
        return self._device

    def info(self) -> EngineInfo:
        """Describe the engine; loads no tensors."""
        device = self.device()
        name = torch.cuda.get_device_name() if device == "cuda" else device.upper()
        categories = tuple(
            CategoryInfo(c.name, tuple(a.name for a in c.actions), c.height)
            for c in self.description.categories
        )
        return EngineInfo(
            "dnf",
            device,
            name,
            self.description.name,
            bundle_checksum(self.weights),
            self.description.parameters,
            categories,
        )

    def release_memory(self) -> None:
        """Drop the weights; the next request loads them again."""
        self._bundle = None
        self._previewer.forget()
        if self._device == "cuda":
            torch.cuda.empty_cache()
