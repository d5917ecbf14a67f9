"""Skin weights of another mesh from a donor's, over the warp that registers the mesh onto it."""

import numpy as np

from zoetrope.bodies.laplacian import diffuse
from zoetrope.bodies.target import TargetMesh
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.mesh_properties import face_normals_and_areas, vertex_normals
from zoetrope.geometry.nearest_points import nearest
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import SkinWeights

SURFACE_SAMPLES = 12_000
"""Points of the donor's surface whose weights are looked up: 0.017 box units apart on the median donor."""
NEAREST_SAMPLES = 4
"""Of these, averaged for a vertex by the inverse of their distance."""
NORMAL_WEIGHT = 0.15
"""Box units a unit normal: of two limbs side by side, the one that faces the same way is taken."""
SMOOTHING_LENGTH = 0.04
"""Box units. Over this length the weights are smoothed: skin of a bird's wings stretches half as much as with
0.02, and 0.06 changes little more."""
SMALL_PART = 0.08
"""Share of the diagonal. Loose parts up to this size (eyes, teeth) move as one."""


def transfer_weights(donor: Donor, warped: np.ndarray, target: TargetMesh) -> SkinWeights:
    """Return skin weights of a mesh, at most four a vertex, from those of the donor that it was warped onto.

    Parameters
    ----------
    donor : Donor
    warped : (V, 3) float
        The mesh's vertices, warped onto the donor, in its box.
    target : TargetMesh
        The mesh; its links extend the smoothing across loose parts.
    """
    rng = np.random.default_rng(0)
    face, barycentric = sample_surface(donor.rest, donor.faces, SURFACE_SAMPLES, rng)
    normals, _ = face_normals_and_areas(donor.rest, donor.faces)
    samples = barycentric_points(donor.rest, donor.faces, face, barycentric)
    dense = donor.weights.dense(len(donor.skeleton.names))
    of_samples = np.einsum("nk,nkj->nj", barycentric, dense[donor.faces[face]])
    oriented = np.concatenate([samples, NORMAL_WEIGHT * normals[face]], axis=1)
    query = np.concatenate([warped, NORMAL_WEIGHT * vertex_normals(warped, target.faces)], axis=1)
    distance, index = nearest(oriented, query, NEAREST_SAMPLES)
    shares = 1.0 / (distance + 1e-3)
    shares /= shares.sum(axis=1, keepdims=True)
    weights = np.einsum("vk,vkj->vj", shares, of_samples[index])
    weights = diffuse(weights, target.vertices, target.faces, target.links, SMOOTHING_LENGTH)
    return SkinWeights.from_dense(_rigid_small_parts(weights, target.vertices, target.parts))


def _rigid_small_parts(weights: np.ndarray, rest: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Give every vertex of a small loose part the part's mean weights."""
    count = int(parts.max()) + 1
    if count == 1:
        return weights
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, parts, rest)
    np.maximum.at(high, parts, rest)
    size = np.linalg.norm(high - low, axis=1)
    small = size < SMALL_PART * np.linalg.norm(np.ptp(rest, axis=0))
    sums = np.zeros((count, weights.shape[1]))
    np.add.at(sums, parts, weights)
    mean = sums / np.bincount(parts, minlength=count)[:, None]
    return np.where(small[parts][:, None], mean[parts], weights)
