"""DNF engine: request -> tokens (diffusion) -> weights (dictionary) -> fields -> mesh sequence."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.diffusion.smoothing import smoothed
from zoetrope.engines.base import DETAILS, CategoryInfo, EngineInfo, GenerateRequest, OnProgress
from zoetrope.engines.bundle import (
    ActionLabel,
    Bundle,
    Colours,
    bundle_checksum,
    load_bundle,
    read_description,
)
from zoetrope.engines.devices import chosen_device
from zoetrope.engines.drawing import draw_motion, draw_palette, draw_shape
from zoetrope.engines.placement import stand
from zoetrope.errors import ZoetropeError
from zoetrope.fields.chunked import in_chunks
from zoetrope.geometry.cleanup import clean
from zoetrope.geometry.isosurface import extract
from zoetrope.geometry.sequence import MeshSequence
from zoetrope.geometry.timeline import resample

EXTRA = 8
GREY = 0.7
"""Colour of creatures of weights that were trained on none that had colours."""
MAX_GAP = 0.03
"""Box units. The loose parts of the training creatures (a bird's wings, a mask) lie within 0.015 of the rest,
but for a skeleton's bones and one demon's; the tip of a tail that broke off floats further."""
ANY_ACTION = ActionLabel("", True, True, 0)


@dataclass(frozen=True)
class Asked:
    """A request's labels as the diffusions take them.

    category, action : int
        From 1; 0 for one that was not given.
    label : the action's flags; height : the category's, metres.
    """

    category: int
    action: int
    label: ActionLabel
    height: float


class DnfEngine:
    """Dictionary-based neural fields.

    Parameters
    ----------
    weights : Path
        Folder of the shipped weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    """

    def __init__(self, weights: Path, device: str = "auto") -> None:
        self.weights = weights
        self.description = read_description(weights)
        self._device, self._chosen = device, ""
        self._bundle: Bundle | None = None

    def device(self) -> str:
        """The device that work runs on; asks torch once."""
        if not self._chosen:
            self._chosen = chosen_device(self._device)
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
        asked = self._asked(request)
        label = asked.label
        on_progress("load", 0, 1)
        bundle = self._load()
        on_progress("load", 1, 1)
        with torch.inference_mode():
            shape, motion = self._tokens(bundle, request.seed, asked, on_progress)
            rest, faces, colours = self._surface(bundle, shape, request.detail, on_progress)
            if bundle.colours:
                seed = request.seed if request.palette is None else request.palette
                colours = _painted(bundle.colours, shape, rest, asked.category, seed)
            elif not colours.shape[1]:
                colours = np.full((len(rest), 3), GREY, dtype=np.float32)
            frames, rotations, translations = self._frames(bundle, shape, motion, rest, on_progress)
        if label.cyclic:
            first = calmest(frames)
            motion = motion.roll(-first, 0)
            frames, rotations, translations = (
                np.roll(x, -first, axis=0) for x in (frames, rotations, translations)
            )
        size = request.height or asked.height
        place = stand(rest, size)
        clip = motion[:, -2:].mean(0).cpu().numpy()
        duration = float(np.exp(np.clip(clip[0], np.log(0.2), np.log(12.0))))
        transforms = place.transforms(Rotation.from_rotvec(rotations).as_matrix(), translations)
        vertices, seconds = resample(
            place.points(frames), label.cyclic, duration, request.fps, request.frames
        )
        timeline, _ = resample(transforms, label.cyclic, duration, request.fps, request.frames)
        return MeshSequence(
            faces=faces.astype(np.int32),
            rest=place.points(rest),
            vertices=vertices.astype(np.float32),
            transforms=_orthonormal(timeline),
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
                "weights": bundle.checksum,
            },
        )

    def shape_field(self, request: GenerateRequest) -> Callable[[np.ndarray], np.ndarray]:
        """The signed distance (N, 3) -> (N,) of the creature that a request draws (for benchmarks)."""
        category = self._asked(request).category
        bundle = self._load()
        generator = torch.Generator().manual_seed(request.seed)
        with torch.inference_mode():
            shape = draw_shape(bundle.shape_model, generator, category, self.description.shape_guidance)
        field = _shape_function(bundle, shape)
        return lambda points: field(points)[:, 0]

    def _load(self) -> Bundle:
        if self._bundle is None:
            self._bundle = load_bundle(self.weights, self.device())
        return self._bundle

    def _asked(self, request: GenerateRequest) -> Asked:
        if request.detail not in DETAILS:
            raise ZoetropeError(
                f"There is no detail {request.detail}.",
                code="bad_option",
                remedy=f"Choose one of {', '.join(map(str, DETAILS))}.",
            )
        names = [c.name for c in self.description.categories]
        if not request.category:
            return Asked(0, 0, ANY_ACTION, self.description.categories[0].height)
        if request.category not in names:
            raise ZoetropeError(
                f"There is no category {request.category!r}.",
                code="bad_option",
                remedy=f"Choose one of {', '.join(names)}.",
            )
        category = self.description.categories[names.index(request.category)]
        if not request.action:
            return Asked(names.index(request.category) + 1, 0, ANY_ACTION, category.height)
        for action in category.actions:
            if action.name == request.action:
                number = self.description.action_order.index(action.name) + 1
                return Asked(names.index(request.category) + 1, number, action, category.height)
        raise ZoetropeError(
            f"The data hold no {request.category} that does {request.action!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(a.name for a in category.actions)}.",
        )

    def _tokens(
        self, bundle: Bundle, seed: int, asked: Asked, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        """Shape tokens (1, S) and motion tokens (T, M) of a seed, raw."""
        generator = torch.Generator().manual_seed(seed)
        shape = draw_shape(
            bundle.shape_model,
            generator,
            asked.category,
            self.description.shape_guidance,
            on_step=lambda i, n: on_progress("shape", i, n),
        )
        motion = draw_motion(
            bundle.motion_model,
            generator,
            shape,
            asked.category,
            asked.action,
            (asked.label.cyclic, asked.label.returns_to_start),
            self.description.motion_guidance,
            on_step=lambda i, n: on_progress("motion", i, n),
        )
        if self.description.smoothing:
            model, gains = bundle.motion_model, self.description.smoothing.of(asked.label.cyclic)
            calm = smoothed(model.standardiser(motion), gains, model.config, asked.label.cyclic)
            motion = model.standardiser.inverse(calm)
        return shape, motion

    def _surface(
        self, bundle: Bundle, shape: Tensor, detail: int, on_progress: OnProgress
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rest vertices (V, 3) in the box, faces (F, 3), colours (V, 3) if the shape field has them."""
        field = _shape_function(bundle, shape)
        surface = extract(
            lambda points: field(points)[:, 0],
            detail,
            gradient_bound=self.description.gradient_bound,
            on_chunk=lambda i, n: on_progress("surface", i, n),
        )
        gap = max(MAX_GAP, 3.0 / detail)  # a cell and a half: a thin neck may fall between grid points
        vertices, faces = clean(surface.vertices, surface.faces, max_gap=gap)[:2]
        colours = field(vertices.astype(np.float32))[:, 1:].clip(0, 1)
        return vertices.astype(np.float32), faces, colours.astype(np.float32)

    def _frames(
        self, bundle: Bundle, shape: Tensor, motion: Tensor, rest: np.ndarray, on_progress: OnProgress
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every model frame's vertices (T, V, 3) in the box, and its rotation vector and translation."""
        config, dictionary = bundle.motion_field.config, bundle.motion_dictionary.config
        latents = motion[:, : config.latent]
        codes = motion[:, config.latent : -EXTRA].reshape(len(motion), -1, dictionary.code)
        rigid = motion[:, -EXTRA:-2].cpu().numpy().astype(np.float64)
        shape_latent = shape[:, : config.shape_latent]
        points = torch.from_numpy(rest).to(shape.device)
        out = np.zeros((len(motion), *rest.shape), dtype=np.float32)
        rotations = Rotation.from_rotvec(rigid[:, :3]).as_matrix()
        of_clip = bundle.motion_model.config.clip_codes
        weights = [w[0] for w in bundle.motion_dictionary.compose(codes[:1])]
        for i in range(len(motion)):
            if not of_clip:
                weights = [w[0] for w in bundle.motion_dictionary.compose(codes[i : i + 1])]
            latent = latents[i : i + 1]

            def offsets(x: Tensor, weights: list[Tensor] = weights, latent: Tensor = latent) -> Tensor:
                return bundle.motion_field(x[None], shape_latent, latent, weights)[0]

            moved = (points + in_chunks(offsets, points)).cpu().numpy()
            out[i] = moved @ rotations[i].T + rigid[i, 3:6]
            on_progress("frames", i + 1, len(motion))
        return out, rigid[:, :3], rigid[:, 3:6]


def _painted(colours: Colours, shape: Tensor, rest: np.ndarray, category: int, seed: int) -> np.ndarray:
    """Colours (V, 3) of rest vertices (V, 3) for raw shape tokens (1, S); the palette has its own seed."""
    palette = draw_palette(colours.model, torch.Generator().manual_seed(seed), shape, category)
    latent = shape[:, : colours.field.config.shape_latent]
    points = torch.from_numpy(rest).to(shape.device)
    painted: np.ndarray = (
        in_chunks(lambda x: colours.field(x[None], latent, palette)[0], points).cpu().numpy()
    )
    return painted


def _shape_function(bundle: Bundle, shape: Tensor) -> Callable[[np.ndarray], np.ndarray]:
    """Compose a creature's weights once: points (N, 3) -> distance and colour (N, 4)."""
    latent, codes = bundle.shape_model.split(shape)
    weights = [w[0] for w in bundle.shape_dictionary.compose(codes)]

    def one(points: Tensor) -> Tensor:
        with torch.inference_mode():
            distance, colour = bundle.shape_field(points[None], latent, weights)
            return torch.cat([distance[0, :, None], colour[0]], dim=-1)

    def field(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(latent.device)
        return in_chunks(one, x).cpu().numpy()

    return field


def calmest(frames: np.ndarray) -> int:
    """The frame of a loop (T, V, 3) that is reached by the smallest step: where a loop is best begun.

    A loop may begin anywhere; here its seam lies where least moves.
    """
    steps = np.linalg.norm(frames - np.roll(frames, 1, axis=0), axis=-1).mean(axis=1)
    return int(steps.argmin())


def _orthonormal(transforms: np.ndarray) -> np.ndarray:
    """Interpolated rigid transforms (T, 4, 4), their rotations made rotations again."""
    u, _, vt = np.linalg.svd(transforms[:, :3, :3].astype(np.float64))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    out = transforms.astype(np.float32).copy()
    out[:, :3, :3] = u @ vt
    return out
