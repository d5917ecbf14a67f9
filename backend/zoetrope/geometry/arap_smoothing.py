"""A moving surface made as rigid as possible over short distances, where it is over long ones.

A field errs a little at every point, and on its own at each: limbs swell, and what should turn as one piece
ripples. Every frame is the surface that least changes its edges, each vertex held near its place (Sorkine and
Alexa, "As-Rigid-As-Possible Surface Modeling", 2007, equations 3, 6 and 9, with soft constraints on all).
"""

from collections.abc import Callable

import igl
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

RIGID_LENGTH = 0.03
"""Of the diagonal: over shorter distances the surface is rigid, over longer ones it stays where it was."""
ROUNDS = 2
"""Of local rotations and global positions; more change little."""
LEAST_WEIGHT, MOST_WEIGHT = 0.05, 5.0
"""Of an edge: cotangents of blunt triangles are below nought, of slivers without bounds."""


class ArapSmoother:
    """What a surface resists with, ready for its frames.

    Parameters
    ----------
    rest : (V, 3) float
    faces : (F, 3) int
    reach : float
        Of the diagonal, see `RIGID_LENGTH`.
    """

    def __init__(self, rest: np.ndarray, faces: np.ndarray, reach: float = RIGID_LENGTH) -> None:
        rest, faces = rest.astype(np.float64), faces.astype(np.int64)
        count, diagonal = len(rest), float(np.linalg.norm(np.ptp(rest, axis=0)))
        cotangents = sp.triu(igl.cotmatrix(rest, faces), 1).tocoo()
        self.edges = np.stack([cotangents.row, cotangents.col], axis=1)
        weights = np.nan_to_num(cotangents.data, nan=LEAST_WEIGHT)
        self.weights = np.clip(weights, LEAST_WEIGHT, MOST_WEIGHT)
        self.at_rest = rest[self.edges[:, 0]] - rest[self.edges[:, 1]]
        ends = self.edges.T.ravel(), np.tile(np.arange(len(self.edges)), 2)
        signs = np.repeat([1.0, -1.0], len(self.edges))
        self.sums = sp.csr_array((np.abs(signs), ends), shape=(count, len(self.edges)))
        self.differences = sp.csr_array((signs, ends), shape=(count, len(self.edges)))
        area = np.zeros(count)
        held = igl.massmatrix(rest, faces, igl.MASSMATRIX_TYPE_BARYCENTRIC).diagonal()
        area[: len(held)] = held
        # a vertex of no face has no area, and stays where it is
        self.hold = np.maximum(area / (reach * diagonal) ** 2, 1e-12)
        laplacian = self.differences @ sp.diags_array(self.weights) @ self.differences.T
        self.solver = splu(
            (laplacian + sp.diags_array(self.hold)).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            options={"SymmetricMode": True},
        )

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """One frame (V, 3), made rigid."""
        places = frame.astype(np.float64)
        moved = places
        for _ in range(ROUNDS):
            turned = self._turned(moved)
            moved = self.solver.solve(self.differences @ turned + self.hold[:, None] * places)
        return moved.astype(frame.dtype)

    def _turned(self, moved: np.ndarray) -> np.ndarray:
        """Weighted edges (E, 3) as the rotations of their ends have them, the mean of both."""
        a, b = self.edges.T
        now = self.weights[:, None] * (moved[a] - moved[b])
        products = self.at_rest[:, :, None] * now[:, None, :]
        covariances = (self.sums @ products.reshape(-1, 9)).reshape(-1, 3, 3)
        stacked = covariances.transpose(1, 0, 2).reshape(-1, 3)
        rotations = np.ascontiguousarray(igl.fit_rotations(stacked).reshape(3, -1, 3).transpose(1, 0, 2))
        mean = 0.5 * (rotations[a] + rotations[b])
        return self.weights[:, None] * np.einsum("eij,ej->ei", mean, self.at_rest)


def smooth_frames(
    rest: np.ndarray,
    faces: np.ndarray,
    frames: np.ndarray,
    on_frame: Callable[[int], None] = lambda _: None,
) -> np.ndarray:
    """Frames (T, V, 3) of a surface, rest (V, 3) and faces (F, 3), made rigid one by one.

    on_frame : is told how many are done.
    """
    rigidity = ArapSmoother(rest, faces)
    out = np.empty_like(frames)
    for i, frame in enumerate(frames):
        out[i] = rigidity(frame)
        on_frame(i + 1)
    return out
