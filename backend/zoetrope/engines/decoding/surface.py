"""Decoding shape tokens: codes -> weights (dictionary) -> shape field -> surface, in the box."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from zoetrope.assets.relaxation import DistanceWithGradient
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.fields.chunked import evaluate_in_chunks
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import OnChunk, Surface, extract_surface
from zoetrope.geometry.mesh_properties import MeshArrays

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
        Points (N, 3) -> signed distance (N,).
    """
    latent, codes = bundle.shape_model.split(shape)
    weights = [w[0] for w in bundle.shape_dictionary.compose(codes)]

    def evaluate(points: Tensor) -> Tensor:
        with torch.inference_mode():
            distance: Tensor = bundle.shape_field(points[None], latent, weights)
            return distance[0]

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
        distance = bundle.shape_field(points[None], latent, weights)[0]
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
    initial_surface: Surface | None = None,
) -> Surface:
    """Extract the surface of a field from `compose_shape_field`, fragments included.

    `initial_surface`, its surface at another detail, saves most evaluations; see `extract_surface`.
    """
    bound = bundle.description.gradient_bound
    return extract_surface(
        field, detail, gradient_bound=bound, on_chunk=on_chunk, initial_surface=initial_surface
    )


def decode_surface(
    bundle: Bundle,
    shape: Tensor,
    detail: int,
    on_progress: OnProgress,
    initial_surface: Surface | None = None,
) -> MeshArrays:
    """Return rest vertices (V, 3) float32 and faces (F, 3) of raw shape tokens (1, S).

    `initial_surface` is the body's surface at another detail, if there is one.
    """
    field = compose_shape_field(bundle, shape)
    surface = extract_uncleaned(
        bundle, field, detail, lambda i, n: on_progress("surface", i, n), initial_surface
    )
    gap = max(MAX_GAP, 3.0 / detail)  # 1.5 cells: a thin neck may fall between grid points
    vertices, faces = clean_mesh(surface.vertices, surface.faces, max_gap=gap)[:2]
    return vertices.astype(np.float32), faces
