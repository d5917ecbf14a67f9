"""From the weights of an occupancy MLP to one surface a frame, by marching cubes."""

import numpy as np
import torch
from torch import Tensor

from zoetrope.fields.occupancy import OccupancyConfig, occupancy_logits
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import Field, OnChunk, Surface, extract_surface
from zoetrope.geometry.mesh_properties import MeshArrays

BASE_DETAIL = 32
"""Cells along the box of the dense grid that a surface is searched on; finer ones follow what it found.

A logit is no distance, so nothing can be skipped between the points of a coarser grid: a separate part that
is thinner than one of these cells can be missed, 0.05 % of the volume (`benchmarks/occupancy_extraction.py`).
"""
CHUNK = 65536
"""Points evaluated at once: an MLP of 128 channels takes 130 MB for them."""


def frame_field(config: OccupancyConfig, flat: Tensor, time: float) -> Field:
    """Return the negative logit of one MLP (P,) at a time -1 .. 1: negative inside."""

    def field(points: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return (-occupancy_logits(config, flat[None], _at(config, flat, points, time))[0]).cpu().numpy()

    return field


def distance_with_gradient(
    config: OccupancyConfig, flat: Tensor, time: float, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the negative logit (N,) and its gradient (N, 3), both divided by the gradient's length.

    Near the surface that is a signed distance, to first order.
    """
    with torch.inference_mode(False), torch.enable_grad():
        at = _at(config, flat, points, time).clone().requires_grad_()
        value = -occupancy_logits(config, flat.clone()[None], at)
        (gradient,) = torch.autograd.grad(value.sum(), at)
    gradient = gradient[0, :, :3]
    length = gradient.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    return (value[0].detach() / length[:, 0]).cpu().numpy(), (gradient / length).cpu().numpy()


def _at(config: OccupancyConfig, flat: Tensor, points: np.ndarray, time: float) -> Tensor:
    at = torch.from_numpy(np.asarray(points, np.float32)).to(flat.device)
    if config.dimensions == 4:
        at = torch.cat([at, at.new_full((len(at), 1), time)], dim=1)
    return at[None]


def decode_surface(
    config: OccupancyConfig,
    flat: Tensor,
    time: float,
    detail: int,
    base: int = BASE_DETAIL,
    on_chunk: OnChunk | None = None,
) -> Surface:
    """Extract one frame; raises ZoetropeError of code "empty_surface". `on_chunk` may cancel."""
    field = frame_field(config, flat, time)
    first = min(base, detail)
    coarse = extract_surface(field, first, coarse=first, chunk=CHUNK, on_chunk=on_chunk)
    if detail <= base:
        return coarse
    return extract_surface(field, detail, chunk=CHUNK, initial_surface=coarse, on_chunk=on_chunk)


def decode_frame(
    config: OccupancyConfig, flat: Tensor, time: float, detail: int, on_chunk: OnChunk | None = None
) -> MeshArrays:
    """Extract and clean one frame, box coordinates; raises ZoetropeError of code "empty_surface"."""
    surface = decode_surface(config, flat, time, detail, on_chunk=on_chunk)
    mesh = clean_mesh(surface.vertices, surface.faces)
    return mesh.vertices, mesh.faces
