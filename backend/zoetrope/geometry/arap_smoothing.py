"""As-rigid-as-possible smoothing of a moving surface.

A motion field has a small, spatially varying error at every point: limbs swell, and parts that should rotate
rigidly ripple. Each frame is replaced by the surface that changes its edges least, with soft positional
constraints on all vertices (Sorkine and Alexa, "As-Rigid-As-Possible Surface Modeling", 2007, equations 3, 6
and 9).
"""

from collections.abc import Callable

import igl
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

RIGID_LENGTH = 0.03
"""Share of the rest diagonal. Deformation over shorter distances is suppressed, over longer ones kept."""
ITERATIONS = 2
"""Alternations of the local and the global step; more change little."""
MIN_WEIGHT, MAX_WEIGHT = 0.05, 5.0
"""Bounds of an edge's cotangent weight, which is negative at obtuse angles and unbounded at slivers."""


class ArapSmoother:
    """Smooths frames of one surface; the linear system is factorised once.

    Parameters
    ----------
    rest : (V, 3) float
    faces : (F, 3) int
    rigid_length : float
        See `RIGID_LENGTH`.
    """

    def __init__(self, rest: np.ndarray, faces: np.ndarray, rigid_length: float = RIGID_LENGTH) -> None:
        rest, faces = rest.astype(np.float64), faces.astype(np.int64)
        count, diagonal = len(rest), float(np.linalg.norm(np.ptp(rest, axis=0)))
        cotangents = sp.triu(igl.cotmatrix(rest, faces), 1).tocoo()
        self.edges = np.stack([cotangents.row, cotangents.col], axis=1)
        weights = np.nan_to_num(cotangents.data, nan=MIN_WEIGHT)
        self.weights = np.clip(weights, MIN_WEIGHT, MAX_WEIGHT)
        self.rest_edges = rest[self.edges[:, 0]] - rest[self.edges[:, 1]]
        ends = self.edges.T.ravel(), np.tile(np.arange(len(self.edges)), 2)
        signs = np.repeat([1.0, -1.0], len(self.edges))
        self.sum_over_edges = sp.csr_array((np.abs(signs), ends), shape=(count, len(self.edges)))
        self.divergence = sp.csr_array((signs, ends), shape=(count, len(self.edges)))
        area = np.zeros(count)
        masses = igl.massmatrix(rest, faces, igl.MASSMATRIX_TYPE_BARYCENTRIC).diagonal()
        area[: len(masses)] = masses
        # the lower bound keeps the system regular: a vertex without faces stays where it is
        self.constraint = np.maximum(area / (rigid_length * diagonal) ** 2, 1e-12)
        laplacian = self.divergence @ sp.diags_array(self.weights) @ self.divergence.T
        self.solver = splu(
            (laplacian + sp.diags_array(self.constraint)).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            options={"SymmetricMode": True},
        )

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Smooth one frame (V, 3)."""
        target = frame.astype(np.float64)
        vertices = target
        for _ in range(ITERATIONS):
            edges = self._rotated_edges(vertices)
            vertices = self.solver.solve(self.divergence @ edges + self.constraint[:, None] * target)
        return vertices.astype(frame.dtype)

    def _rotated_edges(self, vertices: np.ndarray) -> np.ndarray:
        """Weighted rest edges (E, 3) under the mean of the best-fit rotations of their two vertices."""
        a, b = self.edges.T
        current = self.weights[:, None] * (vertices[a] - vertices[b])
        products = self.rest_edges[:, :, None] * current[:, None, :]
        covariances = (self.sum_over_edges @ products.reshape(-1, 9)).reshape(-1, 3, 3)
        stacked = covariances.transpose(1, 0, 2).reshape(-1, 3)
        rotations = np.ascontiguousarray(igl.fit_rotations(stacked).reshape(3, -1, 3).transpose(1, 0, 2))
        mean = 0.5 * (rotations[a] + rotations[b])
        return self.weights[:, None] * np.einsum("eij,ej->ei", mean, self.rest_edges)


def smooth_frames(
    rest: np.ndarray,
    faces: np.ndarray,
    frames: np.ndarray,
    on_frame: Callable[[int], None] = lambda _: None,
) -> np.ndarray:
    """Smooth the frames (T, V, 3) of a surface with rest pose (V, 3) and faces (F, 3).

    `on_frame` is called after each frame with the number of frames done.
    """
    smooth = ArapSmoother(rest, faces)
    out = np.empty_like(frames)
    for i, frame in enumerate(frames):
        out[i] = smooth(frame)
        on_frame(i + 1)
    return out
