"""From tokens to an animated mesh: weights from the dictionaries, the surface, its colours, its frames."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.engines.base import OnProgress
from zoetrope.engines.bundle import Bundle, Colours
from zoetrope.engines.sampling import sample_palette
from zoetrope.fields.chunked import in_chunks
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import OnChunk, Surface, extract_surface

GREY = 0.7
"""Colour of creatures of weights that were trained on none that had colours."""
MAX_GAP = 0.03
"""Box units. The loose parts of the training creatures (a bird's wings, a mask) lie within 0.015 of the rest,
but for a skeleton's bones and one demon's; the tip of a tail that broke off floats further."""


def surface_of(
    bundle: Bundle, shape: Tensor, detail: int, on_progress: OnProgress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rest vertices (V, 3) in the box, faces (F, 3), colours (V, 3) if the shape field has them."""
    field = shape_function(bundle, shape)
    surface = uncleaned(bundle, field, detail, lambda i, n: on_progress("surface", i, n))
    gap = max(MAX_GAP, 3.0 / detail)  # a cell and a half: a thin neck may fall between grid points
    vertices, faces = clean_mesh(surface.vertices, surface.faces, max_gap=gap)[:2]
    colours = field(vertices.astype(np.float32))[:, 1:].clip(0, 1)
    return vertices.astype(np.float32), faces, colours.astype(np.float32)


def uncleaned(
    bundle: Bundle, field: Callable[[np.ndarray], np.ndarray], detail: int, on_chunk: OnChunk | None = None
) -> Surface:
    """The surface of a `shape_function` as it is extracted, crumbs and all."""
    bound = bundle.description.gradient_bound
    return extract_surface(
        lambda points: field(points)[:, 0], detail, gradient_bound=bound, on_chunk=on_chunk
    )


def frames_of(
    bundle: Bundle, shape: Tensor, motion: Tensor, rest: np.ndarray, on_progress: OnProgress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every model frame's vertices (T, V, 3) in the box, and its rotation vector and translation."""
    config, dictionary = bundle.motion_field.config, bundle.motion_dictionary.config
    extra = bundle.motion_model.config.extra
    latents = motion[:, : config.latent]
    codes = motion[:, config.latent : -extra].reshape(len(motion), -1, dictionary.code)
    rigid = motion[:, -extra:-2].cpu().numpy().astype(np.float64)
    shape_latent = shape[:, : config.shape_latent]
    points = torch.from_numpy(rest).to(shape.device)
    out = np.zeros((len(motion), *rest.shape), dtype=np.float32)
    rotations = Rotation.from_rotvec(rigid[:, :3]).as_matrix()
    one_code = bool((codes == codes[:1]).all())
    weights = [w[0] for w in bundle.motion_dictionary.compose(codes[:1])]
    for i in range(len(motion)):
        if not one_code:
            weights = [w[0] for w in bundle.motion_dictionary.compose(codes[i : i + 1])]
        latent = latents[i : i + 1]

        def offsets(x: Tensor, weights: list[Tensor] = weights, latent: Tensor = latent) -> Tensor:
            return bundle.motion_field(x[None], shape_latent, latent, weights)[0]

        moved = (points + in_chunks(offsets, points)).cpu().numpy()
        out[i] = moved @ rotations[i].T + rigid[i, 3:6]
        on_progress("frames", i + 1, len(motion))
    return out, rigid[:, :3], rigid[:, 3:6]


def painted_by(colours: Colours, shape: Tensor, rest: np.ndarray, category: int, seed: int) -> np.ndarray:
    """Colours (V, 3) of rest vertices (V, 3) for raw shape tokens (1, S); the palette has its own seed."""
    palette = sample_palette(colours.model, torch.Generator().manual_seed(seed), shape, category)
    latent = shape[:, : colours.field.config.shape_latent]
    points = torch.from_numpy(rest).to(shape.device)
    painted: np.ndarray = (
        in_chunks(lambda x: colours.field(x[None], latent, palette)[0], points).cpu().numpy()
    )
    return painted


def shape_function(bundle: Bundle, shape: Tensor) -> Callable[[np.ndarray], np.ndarray]:
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


def orthonormal(transforms: np.ndarray) -> np.ndarray:
    """Interpolated rigid transforms (T, 4, 4), their rotations made rotations again."""
    u, _, vt = np.linalg.svd(transforms[:, :3, :3].astype(np.float64))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    out = transforms.astype(np.float32).copy()
    out[:, :3, :3] = u @ vt
    return out
