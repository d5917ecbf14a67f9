"""Decoding tokens: codes -> weights (dictionary) -> fields -> surface, colours and model frames.

All results are in box coordinates, at model frames; `assembly.py` puts them on the timeline, in metres.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.assets.region_paint import Colours, RegionPaint
from zoetrope.assets.relaxation import DistanceWithGradient
from zoetrope.diffusion.temporal_filter import filter_positions
from zoetrope.engines.base import OnProgress, ignore_progress
from zoetrope.engines.model_frames import ModelFrames
from zoetrope.engines.token_sampling import sample_palette, seeded_generator
from zoetrope.engines.weights.bundle import ActionLabel, Bundle
from zoetrope.fields.chunked import evaluate_in_chunks
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import OnChunk, Surface, extract_surface

GREY = 0.7
"""Colour of creatures if the weights were trained on none that had colours."""
MAX_GAP = 0.03
"""Box units within which components belong to the body.

Loose parts of the training creatures (a bird's wings, a mask) lie within 0.015 of the rest, except a
skeleton's and a demon's; the tip of a broken tail is further away.
"""


def compose_shape_field(bundle: Bundle, shape: Tensor) -> Callable[[np.ndarray], np.ndarray]:
    """Compose a body's weights from raw shape tokens (1, S).

    Returns
    -------
    callable
        Points (N, 3) -> signed distance, then colour if the shape field has it, (N, 4) or (N, 1).
    """
    latent, codes = bundle.shape_model.split(shape)
    weights = [w[0] for w in bundle.shape_dictionary.compose(codes)]

    def evaluate(points: Tensor) -> Tensor:
        with torch.inference_mode():
            distance, colour = bundle.shape_field(points[None], latent, weights)
            return torch.cat([distance[0, :, None], colour[0]], dim=-1)

    def field(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(latent.device)
        return evaluate_in_chunks(evaluate, x).cpu().numpy()

    return field


def compose_distance(bundle: Bundle, shape: Tensor) -> DistanceWithGradient:
    """Compose a body's weights from raw shape tokens (1, S).

    Returns
    -------
    callable
        Points (N, 3) -> signed distance (N,) and its gradient (N, 3).
    """
    with torch.inference_mode(False), torch.no_grad():
        latent, codes = bundle.shape_model.split(shape.clone())  # tensors of inference have no gradient
        weights = [w[0] for w in bundle.shape_dictionary.compose(codes)]

    def evaluate(points: Tensor) -> Tensor:
        points = points.clone().requires_grad_()
        distance = bundle.shape_field(points[None], latent, weights)[0][0]
        (gradient,) = torch.autograd.grad(distance.sum(), points)
        return torch.cat([distance.detach()[:, None], gradient], dim=-1)

    def both(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode(False), torch.enable_grad():
            x = torch.from_numpy(np.array(points, dtype=np.float32)).to(latent.device)
            values = evaluate_in_chunks(evaluate, x).cpu().numpy()
        return values[:, 0], values[:, 1:]

    return both


def extract_uncleaned(
    bundle: Bundle,
    field: Callable[[np.ndarray], np.ndarray],
    detail: int,
    on_chunk: OnChunk | None = None,
    known: Surface | None = None,
) -> Surface:
    """Extract the surface of a field from `compose_shape_field`, fragments included.

    `known`, its surface at another detail, saves most evaluations; see `extract_surface`.
    """
    bound = bundle.description.gradient_bound
    return extract_surface(
        lambda points: field(points)[:, 0], detail, gradient_bound=bound, on_chunk=on_chunk, known=known
    )


def decode_surface(
    bundle: Bundle, shape: Tensor, detail: int, on_progress: OnProgress, known: Surface | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return rest vertices (V, 3) float32 and faces (F, 3) of raw shape tokens (1, S).

    `known` is the body's surface at another detail, if there is one.
    """
    field = compose_shape_field(bundle, shape)
    surface = extract_uncleaned(bundle, field, detail, lambda i, n: on_progress("surface", i, n), known)
    gap = max(MAX_GAP, 3.0 / detail)  # 1.5 cells: a thin neck may fall between grid points
    vertices, faces = clean_mesh(surface.vertices, surface.faces, max_gap=gap)[:2]
    return vertices.astype(np.float32), faces


def compose_colours(bundle: Bundle, shape: Tensor, category_index: int, palette_seed: int) -> Colours:
    """Return the colours of a body, for raw shape tokens (1, S).

    From the colour field and a palette sampled with its own seed; in weights without a colour field from the
    shape field; else grey.

    Returns
    -------
    callable
        Points (N, 3) of the rest pose -> sRGB in 0..1 (N, 3) float32.
    """
    if not bundle.colours:
        if not bundle.description.shape_field.colour:
            return lambda points: np.full((len(points), 3), GREY, dtype=np.float32)
        shape_field = compose_shape_field(bundle, shape)
        return lambda points: shape_field(points)[:, 1:].clip(0, 1).astype(np.float32)
    field, model = bundle.colours.field, bundle.colours.model
    with torch.inference_mode():
        palette = sample_palette(model, seeded_generator(palette_seed), shape, category_index)
        latent = shape[:, : field.config.shape_latent]

    def evaluated(function: Callable[[Tensor], Tensor]) -> Callable[[np.ndarray], np.ndarray]:
        def evaluate(points: np.ndarray) -> np.ndarray:
            x = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(shape.device)
            with torch.inference_mode():
                return np.asarray(evaluate_in_chunks(function, x).cpu().numpy())

        return evaluate

    if not field.config.regions:
        return evaluated(lambda part: field(part[None], latent, palette)[0])
    colours = palette.reshape(field.config.regions, 3).clamp(0, 1).cpu().numpy()
    return RegionPaint(evaluated(lambda part: field.logits(part[None], latent)[0].softmax(dim=-1)), colours)


def decode_frames(
    bundle: Bundle, shape: Tensor, motion: Tensor, rest: np.ndarray, on_progress: OnProgress = ignore_progress
) -> ModelFrames:
    """Move rest points through all model frames.

    Parameters
    ----------
    shape : (1, S) float
        Raw shape tokens.
    motion : (T, M) float
        Raw motion tokens.
    rest : (V, 3) float32
    on_progress : callable
        Called with ("frames", frames done, T).
    """
    shape_latent = shape[:, : bundle.motion_field.config.shape_latent]
    tokens = bundle.motion_model.split(motion)
    rotation_vectors = tokens.rotations.cpu().numpy().astype(np.float64)
    translations = tokens.translations.cpu().numpy().astype(np.float64)
    rotations = Rotation.from_rotvec(rotation_vectors).as_matrix()
    points = torch.from_numpy(rest).to(shape.device)
    vertices = np.zeros((len(motion), *rest.shape), dtype=np.float32)
    same_codes = bool((tokens.codes == tokens.codes[:1]).all())
    weights = [w[0] for w in bundle.motion_dictionary.compose(tokens.codes[:1])]
    for i in range(len(motion)):
        if not same_codes:
            weights = [w[0] for w in bundle.motion_dictionary.compose(tokens.codes[i : i + 1])]
        latent = tokens.latents[i : i + 1]

        def offsets(x: Tensor, weights: list[Tensor] = weights, latent: Tensor = latent) -> Tensor:
            return bundle.motion_field(x[None], shape_latent, latent, weights)[0]

        moved = (points + evaluate_in_chunks(offsets, points)).cpu().numpy()
        vertices[i] = moved @ rotations[i].T + translations[i]
        on_progress("frames", i + 1, len(motion))
    return ModelFrames(vertices, rotation_vectors, translations)


def decode_filtered_frames(
    bundle: Bundle,
    shape: Tensor,
    motion: Tensor,
    rest: np.ndarray,
    category: str,
    label: ActionLabel,
    on_progress: OnProgress = ignore_progress,
) -> ModelFrames:
    """Return `decode_frames` after the temporal filter of the category's action, if the weights have one."""
    frames = decode_frames(bundle, shape, motion, rest, on_progress)
    if not bundle.description.smoothing:
        return frames
    gains = bundle.description.smoothing.gains_for(label.cyclic, category, label.name)
    window = bundle.motion_model.config.frames
    return ModelFrames(*(filter_positions(x, gains, window, label.cyclic) for x in frames))
