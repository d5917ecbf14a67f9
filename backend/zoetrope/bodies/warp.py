"""Embedded deformation: a smooth map of space, given by nodes that rotate, stretch and move.

Sumner, Schmid and Pauly, "Embedded Deformation for Shape Manipulation" (SIGGRAPH 2007), equation 1, with an
anisotropic scale for each node.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from zoetrope.geometry.nearest_points import nearest
from zoetrope.geometry.rotation_vectors import rotation_matrices

NEIGHBOURS = 6
"""Nodes that move one point."""
MAX_CANDIDATES = 6000
"""Points that nodes are chosen from."""


@dataclass(frozen=True)
class Binding:
    """The nodes that move each point, and their shares.

    nodes : (P, K) int64; shares : (P, K) float32, rows of sum 1.
    """

    nodes: Tensor
    shares: Tensor


@dataclass(frozen=True)
class Warp:
    """A map of space: x -> sum over k of share_k (M_k (x - g_k) + g_k + t_k), with M_k = R_k diag(exp(s_k)).

    Parameters
    ----------
    nodes : (N, 3) float32
        g, in the space that is mapped.
    rotations : (N, 3) float32
        Rotation vectors of R.
    log_scales : (N, 3) float32
        s.
    translations : (N, 3) float32
        t.
    """

    nodes: Tensor
    rotations: Tensor
    log_scales: Tensor
    translations: Tensor

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Map points (P, 3): (P, 3) float64."""
        with torch.no_grad():
            tensor = torch.from_numpy(points.astype(np.float32))
            return self.map(tensor, self.bind(points)).double().numpy()

    def jacobians(self, points: np.ndarray) -> np.ndarray:
        """Return the linear parts (P, 3, 3) float64 of the map at points (P, 3), as the nodes give them."""
        binding = self.bind(points)
        with torch.no_grad():
            blended = torch.einsum("pk,pkij->pij", binding.shares, self.matrices()[binding.nodes])
        return blended.double().numpy()

    def length_scale(self, points: np.ndarray) -> float:
        """Return the length before the map of a unit after it, a geometric mean over points (P, 3).

        Of one point it is the cube root of the volume's, 1 / |det(Jacobian)|.
        """
        volumes = np.abs(np.linalg.det(self.jacobians(points)))
        return float(np.exp(-np.log(np.maximum(volumes, 1e-6)).mean() / 3.0))

    def bind(self, points: np.ndarray) -> Binding:
        """Bind points (P, 3) to their nearest nodes; shares fall to 0 at the distance of the next node."""
        count = min(NEIGHBOURS, len(self.nodes) - 1)
        distance, index = nearest(self.nodes.numpy(), points, count + 1)
        shares = (1.0 - distance[:, :-1] / np.maximum(distance[:, -1:], 1e-9)) ** 2 + 1e-6
        shares /= shares.sum(axis=1, keepdims=True)
        return Binding(torch.from_numpy(index[:, :-1]), torch.from_numpy(shares.astype(np.float32)))

    def matrices(self) -> Tensor:
        """Return M (N, 3, 3)."""
        return rotation_matrices(self.rotations) @ torch.diag_embed(self.log_scales.exp())

    def map(self, points: Tensor, binding: Binding) -> Tensor:
        """Map bound points (P, 3); differentiable in the node's parameters."""
        offset = self.nodes + self.translations - (self.matrices() @ self.nodes[..., None])[..., 0]
        affine = torch.cat([self.matrices(), offset[..., None]], dim=-1)  # (node, 3, 4)
        blended = torch.einsum("pk,pkij->pij", binding.shares, gather(affine, binding.nodes))
        return (blended[..., :3] @ points[..., None])[..., 0] + blended[..., 3]


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Return the rows of values (N, ...) at an index (...).

    As `values[index]`, whose gradient is summed up by several threads in an order that differs from call to
    call; this one's sum is the same each time.
    """
    return values.index_select(0, index.reshape(-1)).unflatten(0, index.shape)


def choose_nodes(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose nodes (N, 3) among points by farthest-point sampling."""
    candidates = points[rng.permutation(len(points))[:MAX_CANDIDATES]]
    chosen = [0]
    distance = np.linalg.norm(candidates - candidates[0], axis=1)
    for _ in range(min(count, len(candidates)) - 1):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(candidates - candidates[chosen[-1]], axis=1))
    return np.asarray(candidates[chosen])
