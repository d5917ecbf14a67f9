"""DNF engine: request -> tokens (diffusion) -> weights (dictionary) -> fields -> mesh sequence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.diffusion.samplers import OnStep
from zoetrope.diffusion.temporal_filter import bent_through, filtered
from zoetrope.engines.base import CategoryInfo, EngineInfo, GenerateRequest, OnProgress
from zoetrope.engines.body_checks import BODY_PASSED, BodyCheck, SampledBody, check_body
from zoetrope.engines.bundle import ActionLabel, Bundle, bundle_checksum, load_bundle, read_description
from zoetrope.engines.decoding import (
    GREY,
    calmest,
    frames_of,
    orthonormal,
    painted_by,
    shape_function,
    surface_of,
)
from zoetrope.engines.devices import select_device
from zoetrope.engines.motion_checks import MOTION_PASSED, MotionCheck, motion_check, probe_of, stands
from zoetrope.engines.placement import stand
from zoetrope.engines.rejection_sampling import MAX_ATTEMPTS, first_passing, seeded_generator
from zoetrope.engines.resolved_request import ResolvedRequest, resolve_request
from zoetrope.engines.sampling import STEPS, sample_motion, sample_shape
from zoetrope.geometry.arap_smoothing import smooth_frames
from zoetrope.geometry.isosurface import Surface
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import interpolate_to_timeline


@dataclass(frozen=True)
class GivenPoses:
    """Poses of a clip that another one goes through.

    clip : (T, M) raw tokens of all of it; label : of the action that it is shown as.
    frames : which of its frames are given; at : the place of the first of them.
    """

    clip: Tensor
    label: ActionLabel
    frames: slice
    at: int


Poses = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of every model frame: vertices (T, V, 3) in the box, rotation vectors (T, 3), translations (T, 3)."""


class DnfEngine:
    """Dictionary-based neural fields.

    Parameters
    ----------
    weights : Path
        Folder of the shipped weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    steps : int
        Of the sampler, for shape and motion each.
    draws : int
        Bodies drawn at most until one is sound (`engines/body_checks.py`), and motions
        (`engines/motion_checks.py`); 1 takes the first as they are.
    """

    def __init__(
        self, weights: Path, device: str = "auto", steps: int = STEPS, draws: int = MAX_ATTEMPTS
    ) -> None:
        self.weights, self.steps, self.draws = weights, steps, draws
        self.description = read_description(weights)
        self._device, self._chosen = device, ""
        self._bundle: Bundle | None = None

    def device(self) -> str:
        """The device that work runs on; asks torch once."""
        if not self._chosen:
            self._chosen = select_device(self._device)
        return self._chosen

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
        if self._chosen == "cuda":
            torch.cuda.empty_cache()

    def generate(self, request: GenerateRequest, on_progress: OnProgress) -> MeshSequence:
        """Draw one animated creature.

        Raises
        ------
        ZoetropeError
            Code "bad_option": a label or detail that there is not; "weights_..."; "out_of_memory".
        Cancelled
            Raised by `on_progress`, and passed through.
        """
        asked = self.asked(request)
        on_progress("load", 0, 1)
        bundle = self.load()
        on_progress("load", 1, 1)
        with torch.inference_mode():
            shape, motion = self._tokens(bundle, request.seed, asked, on_progress)
            return self.decoded(bundle, shape, motion, asked, request, on_progress)

    def decoded(
        self,
        bundle: Bundle,
        shape: Tensor,
        motion: Tensor,
        asked: ResolvedRequest,
        request: GenerateRequest,
        on_progress: OnProgress,
        given: Sequence[GivenPoses] = (),
    ) -> MeshSequence:
        """The creature of raw shape tokens (1, S) and motion tokens (T, M), T being a window or more.

        given : poses that a one-way clip goes through as they are shown in the clips they are of.
        """
        label = asked.label
        with torch.inference_mode():
            rest, faces, colours = surface_of(bundle, shape, request.detail, on_progress)
            if bundle.colours:
                seed = request.seed if request.palette is None else request.palette
                colours = painted_by(bundle.colours, shape, rest, asked.category, seed)
            elif not colours.shape[1]:
                colours = np.full((len(rest), 3), GREY, dtype=np.float32)
            count = len(motion)
            frames, rotations, translations = self._posed(
                bundle, shape, motion, rest, request.category, label, lambda s, i, n: on_progress(s, i, 2 * n)
            )
            if given:
                frames, rotations, translations = self._through(
                    given, bundle, shape, rest, request.category, (frames, rotations, translations)
                )
        frames = smooth_frames(rest, faces, frames, lambda i: on_progress("frames", count + i, 2 * count))
        window = bundle.motion_model.config.frames
        first = calmest(frames) if label.cyclic else 0
        if first:
            motion = motion.roll(-first, 0)
            frames, rotations, translations = (
                np.roll(x, -first, axis=0) for x in (frames, rotations, translations)
            )
        size = request.height or asked.height
        place = stand(rest, size)
        clip = motion[:, -2:].mean(0).cpu().numpy()
        steps = (len(motion), window) if label.cyclic else (len(motion) - 1, window - 1)
        duration = float(np.exp(np.clip(clip[0], np.log(0.2), np.log(12.0)))) * steps[0] / steps[1]
        transforms = place.transforms(Rotation.from_rotvec(rotations).as_matrix(), translations)
        vertices, seconds = interpolate_to_timeline(
            place.points(frames), label.cyclic, duration, request.fps, request.frames
        )
        timeline, _ = interpolate_to_timeline(transforms, label.cyclic, duration, request.fps, request.frames)
        return MeshSequence(
            faces=faces.astype(np.int32),
            rest=place.points(rest),
            vertices=vertices.astype(np.float32),
            transforms=orthonormal(timeline),
            colours=colours,
            seconds=seconds.astype(np.float32),
            cyclic=label.cyclic,
            returns_to_start=label.returns_to_start,
            travel_speed=max(0.0, float(clip[1])) * size,
            category=request.category,
            action=request.action,
            tokens={"shape": shape[0].cpu().numpy(), "motion": motion.cpu().numpy()},
            meta={
                "engine": "dnf",
                "seed": request.seed,
                "detail": request.detail,
                "height": size,
                "palette": request.seed if request.palette is None else request.palette,
                "model_seconds": duration,
                "begins": first / len(motion),
                "weights": bundle.checksum,
            },
        )

    def _posed(
        self,
        bundle: Bundle,
        shape: Tensor,
        motion: Tensor,
        rest: np.ndarray,
        category: str,
        label: ActionLabel,
        on_progress: OnProgress = lambda *_: None,
    ) -> Poses:
        """Every model frame in the box, filtered in time."""
        poses = frames_of(bundle, shape, motion, rest, on_progress)
        if not self.description.smoothing:
            return poses
        gains = self.description.smoothing.of(label.cyclic, category, label.name)
        window = bundle.motion_model.config.frames
        frames, rotations, translations = (filtered(x, gains, window, label.cyclic) for x in poses)
        return frames, rotations, translations

    def _through(
        self,
        given: Sequence[GivenPoses],
        bundle: Bundle,
        shape: Tensor,
        rest: np.ndarray,
        category: str,
        poses: Poses,
    ) -> Poses:
        """Poses bent_through to go through given ones."""
        wanted = [x.copy() for x in poses]
        where = np.zeros(len(poses[0]), dtype=bool)
        for one in given:
            place = slice(one.at, one.at + len(range(*one.frames.indices(len(one.clip)))))
            where[place] = True
            shown = self._posed(bundle, shape, one.clip, rest, category, one.label)
            for x, there in zip(wanted, shown, strict=True):
                x[place] = there[one.frames]
        frames, rotations, translations = (
            bent_through(x, w, where) for x, w in zip(poses, wanted, strict=True)
        )
        return frames, rotations, translations

    def shape_field(self, request: GenerateRequest) -> Callable[[np.ndarray], np.ndarray]:
        """The signed distance (N, 3) -> (N,) of the creature that a request draws (for benchmarks)."""
        bundle = self.load()
        with torch.inference_mode():
            shape = self.body(bundle, request.seed, self.asked(request)).tokens
        field = shape_function(bundle, shape)
        return lambda points: field(points)[:, 0]

    def load(self) -> Bundle:
        """The weights, read at the first call."""
        if self._bundle is None:
            self._bundle = load_bundle(self.weights, self.device())
        return self._bundle

    def asked(self, request: GenerateRequest) -> ResolvedRequest:
        """A request's labels, checked."""
        return resolve_request(self.description, request)

    def body(
        self, bundle: Bundle, seed: int, asked: ResolvedRequest, on_progress: OnProgress = lambda *_: None
    ) -> SampledBody:
        """The body of a seed: the first sound one, `draws` being drawn at most."""
        done = self.steps
        seen: list[Surface | None] = []

        def look(shape: Tensor) -> BodyCheck:
            told = partial(on_progress, "shape", done, done)
            flaws, surface = check_body(bundle, shape, asked.kind, lambda *_: told())
            seen.append(surface)
            return flaws

        shape, number = first_passing(
            # the bar stays where the first body left it
            lambda number: self.body_candidate(
                bundle, seed, number, asked, lambda i, n: on_progress("shape", n if number else i, n)
            ),
            look,
            BODY_PASSED,
            self.draws,
        )
        return SampledBody(shape, number, seen[number] if seen else None)

    def body_candidate(
        self, bundle: Bundle, seed: int, number: int, asked: ResolvedRequest, on_step: OnStep | None = None
    ) -> Tensor:
        """The raw shape tokens (1, S) of one of a seed's bodies."""
        return sample_shape(
            bundle.shape_model,
            seeded_generator(seed, number),
            asked.category,
            self.description.shape_guidance,
            self.steps,
            on_step,
        )

    def _tokens(
        self, bundle: Bundle, seed: int, asked: ResolvedRequest, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        """Shape tokens (1, S) and motion tokens (T, M) of a seed, raw."""
        body = self.body(bundle, seed, asked, on_progress)
        return body.tokens, self.motion(bundle, seed, asked, body, on_progress)[0]

    def motion(
        self,
        bundle: Bundle,
        seed: int,
        asked: ResolvedRequest,
        body: SampledBody,
        on_progress: OnProgress = lambda *_: None,
    ) -> tuple[Tensor, int]:
        """The raw motion tokens (T, M) of a seed, and which of its motions they are (0: the first).

        The first sound one (`engines/motion_checks.py`); of a body that was not looked at the first.
        """
        done = self.steps

        def draw(number: int) -> Tensor:
            # the bar stays where the first motion left it
            return self.motion_candidate(
                bundle, seed, number, asked, body, lambda i, n: on_progress("motion", n if number else i, n)
            )

        if body.surface is None:
            return draw(0), 0
        told = partial(on_progress, "motion", done, done)
        return first_passing(
            draw,
            lambda motion: self.check_motion(bundle, body, motion, asked, told),
            MOTION_PASSED,
            self.draws,
        )

    def check_motion(
        self,
        bundle: Bundle,
        body: SampledBody,
        motion: Tensor,
        asked: ResolvedRequest,
        told: Callable[[], None] = lambda: None,
    ) -> MotionCheck:
        """The flaws of raw motion tokens (T, M) on a body that was looked at; calls `told` at every frame."""
        if body.surface is None:
            return MOTION_PASSED
        probe = probe_of(body.surface, stands(asked.kind, asked.label.name))
        poses = self._posed(
            bundle, body.tokens, motion, probe.points, asked.kind, asked.label, lambda *_: told()
        )
        return motion_check(probe, poses[0])

    def motion_candidate(
        self,
        bundle: Bundle,
        seed: int,
        number: int,
        asked: ResolvedRequest,
        body: SampledBody,
        on_step: OnStep | None = None,
    ) -> Tensor:
        """The raw motion tokens (T, M) of one of a seed's motions."""
        generator = seeded_generator(seed, number)
        # past a body's noise: a seed's motion has the same noise whichever body is taken
        torch.randn(1, bundle.shape_model.size, generator=generator)
        return sample_motion(
            bundle.motion_model,
            generator,
            body.tokens,
            asked.category,
            asked.action,
            (asked.label.cyclic, asked.label.returns_to_start),
            self.description.motion_guidance,
            self.steps,
            on_step,
        )
