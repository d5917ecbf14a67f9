"""Carrying a vertex animation between meshes of one topology: local rotations and a Poisson solve.

Deformation transfer (Sumner and Popovic, "Deformation Transfer for Triangle Meshes", SIGGRAPH 2004),
restricted to rotations, as in the global step of as-rigid-as-possible surface modelling (Sorkine and Alexa
2007, equation 9).

Where the map between the meshes is known, what an edge e does beyond the rotation R of its ends is carried
too: with the map's derivative J it becomes R (e' + J (R^T e_t - e)), e' at rest on the mesh that is moved and
e_t in the frame. This is exact for a skinned mesh whose vertices and joints are mapped alike by an affine
map, and it gives the frames themselves back where the map is the identity.
"""

import igl
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from zoetrope.bodies.laplacian import weighted_edges
from zoetrope.geometry.mesh_properties import vertex_areas

ANCHOR = 1e-7
"""Weight of each vertex's own place, as a share of the mean edge weight: it makes the system regular."""


class RotationTransfer:
    """Moves a mesh by the local rotations of another one with the same faces.

    Parameters
    ----------
    rest : (V, 3) float
        The mesh that is moved.
    faces : (F, 3) int
    links : (L, 2) int
        Edges between loose parts.
    jacobians : (V, 3, 3) float, optional
        Derivative at each vertex of the map from the other mesh at rest to this one; without it rotations
        alone are carried.
    """

    def __init__(
        self,
        rest: np.ndarray,
        faces: np.ndarray,
        links: np.ndarray,
        jacobians: np.ndarray | None = None,
    ) -> None:
        rest = rest.astype(np.float64)
        count = len(rest)
        self.edges, self.weights = weighted_edges(rest, faces, links)
        self.rest = rest
        ends = self.edges.T.ravel(), np.tile(np.arange(len(self.edges)), 2)
        signs = np.repeat([1.0, -1.0], len(self.edges))
        self.divergence = sp.csr_array((signs, ends), shape=(count, len(self.edges)))
        self.sum_over_edges = sp.csr_array((np.abs(signs), ends), shape=(count, len(self.edges)))
        laplacian = self.divergence @ sp.diags_array(self.weights) @ self.divergence.T
        self.anchor = ANCHOR * self.weights.mean()
        # The default ordering: minimum degree took 50 times as long on large meshes.
        self.solver = splu((laplacian + self.anchor * sp.eye_array(count)).tocsc())
        self.area = vertex_areas(rest, faces)  # of sum 1
        self.jacobians = jacobians

    def __call__(self, source_rest: np.ndarray, source_frames: np.ndarray, scale: float) -> np.ndarray:
        """Return the moved mesh (T, V, 3) float64.

        Parameters
        ----------
        source_rest, source_frames : (V, 3), (T, V, 3) float
            The other mesh at rest and moving.
        scale : float
            Length in this mesh's space of a unit of the other's: it scales how far the whole body moves.
        """
        out = np.empty(source_frames.shape)
        for i, frame in enumerate(source_frames):
            edges = self.weights[:, None] * self._edges(source_rest, frame)
            moved = self.solver.solve(self.divergence @ edges + self.anchor * self.rest)
            travel = scale * (self.area @ frame - self.area @ source_rest)
            out[i] = moved + (self.area @ self.rest + travel - self.area @ moved)
        return out

    def _edges(self, source_rest: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """Edges (E, 3) of the moved mesh in a frame of the other: the mean of what both ends ask for."""
        a, b = self.edges.T
        rotations = self._rotations(source_rest, frame)
        rest_edges = self.rest[a] - self.rest[b]
        if self.jacobians is None:
            return np.einsum("eij,ej->ei", 0.5 * (rotations[a] + rotations[b]), rest_edges)
        before, after = source_rest[a] - source_rest[b], frame[a] - frame[b]
        turned = rotations @ self.jacobians  # R J
        stretched = turned @ rotations.transpose(0, 2, 1)  # R J R^T
        # R (e' + J (R^T e_t - e)) = R e' - R J e + R J R^T e_t, each matrix the mean of both ends
        edges = np.einsum("eij,ej->ei", rotations[a] + rotations[b], rest_edges)
        edges -= np.einsum("eij,ej->ei", turned[a] + turned[b], before)
        edges += np.einsum("eij,ej->ei", stretched[a] + stretched[b], after)
        return 0.5 * edges

    def _rotations(self, source_rest: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """Best rotations (V, 3, 3) of the edges around each vertex."""
        a, b = self.edges.T
        before = source_rest[a] - source_rest[b]
        after = self.weights[:, None] * (frame[a] - frame[b])
        products = before[:, :, None] * after[:, None, :]
        covariances = (self.sum_over_edges @ products.reshape(-1, 9)).reshape(-1, 3, 3)
        stacked = covariances.transpose(1, 0, 2).reshape(-1, 3)
        return np.ascontiguousarray(igl.fit_rotations(stacked).reshape(3, -1, 3).transpose(1, 0, 2))
