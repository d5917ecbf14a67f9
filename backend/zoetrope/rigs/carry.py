"""Carrying a donor's skeleton and skin weights to another mesh, over the warp that registers it."""

import numpy as np

from zoetrope.bodies.laplacian import diffuse
from zoetrope.bodies.mirror_symmetry import mirror_distance
from zoetrope.bodies.target import TargetMesh
from zoetrope.bodies.warp import Warp
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.mesh_properties import face_normals_and_areas, vertex_normals
from zoetrope.geometry.nearest_points import nearest
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import Skeleton, SkinWeights

SURFACE_SAMPLES = 12_000
NEAREST_SAMPLES = 4
NORMAL_WEIGHT = 0.15
"""Box units a unit normal: of two limbs side by side, the one that faces the same way is taken."""
SMOOTHED_LENGTH = 0.04
"""Box units. Over this length the weights are smoothed: skin of a bird's wings stretches half as much as with
0.02, and 0.06 changes little more."""
SMALL_PART = 0.08
"""Share of the diagonal. Loose parts up to this size (eyes, teeth) move as one."""
NEWTON_STEPS = 12
SYMMETRY_TOLERANCE = 0.01
"""Box units. Mean distance of a body from its mirror image up to which its joints are mirrored exactly."""


def carry_weights(donor: Donor, warped: np.ndarray, target: TargetMesh) -> SkinWeights:
    """Return skin weights of a mesh from those of the donor that it was warped onto.

    Parameters
    ----------
    donor : Donor
    warped : (V, 3) float
        The mesh's vertices, warped onto the donor.
    target : TargetMesh
        The mesh; its links carry the smoothing across loose parts.
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
    weights = diffuse(weights, target.vertices, target.faces, target.links, SMOOTHED_LENGTH)
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


def carry_skeleton(donor: Skeleton, warp: Warp, proxy: np.ndarray) -> Skeleton:
    """Return a donor's skeleton in the box of the mesh that `warp` maps onto the donor.

    Parameters
    ----------
    proxy : (P, 3) float
        Vertices of the mesh's closed proxy.
    """
    ends = np.concatenate([donor.heads, donor.tails])
    carried = invert_warp(warp, ends, proxy)
    heads, tails = np.split(carried, 2)
    if mirror_distance(proxy) < SYMMETRY_TOLERANCE:
        heads, tails = _mirrored(donor.names, heads), _mirrored(donor.names, tails)
    heads[0] = [heads[1][0], heads[1][1], proxy[:, 2].min()]
    tails[0] = heads[0] - [0.0, 0.1 * float(np.ptp(proxy, axis=0).max()), 0.0]
    return Skeleton(donor.names, donor.parents, heads, _with_length(heads, tails))


def invert_warp(warp: Warp, points: np.ndarray, domain: np.ndarray) -> np.ndarray:
    """Return the points (P, 3) that a warp maps onto given ones, by damped Newton steps.

    Parameters
    ----------
    domain : (N, 3) float
        Points of the body that is warped: where the search starts.
    """
    warped = warp(domain)
    distance, index = nearest(warped, points, min(24, len(domain)))
    shares = 1.0 / (distance + 0.01)
    shares /= shares.sum(axis=1, keepdims=True)
    inverses = np.linalg.inv(_regular(warp.jacobians(domain)))
    local = domain[index] + np.einsum("pkij,pkj->pki", inverses[index], points[:, None] - warped[index])
    found = (shares[..., None] * local).sum(axis=1)
    best, error = found.copy(), np.linalg.norm(warp(found) - points, axis=1)
    for _ in range(NEWTON_STEPS):
        step = np.einsum("pij,pj->pi", np.linalg.inv(_regular(warp.jacobians(best))), points - warp(best))
        tried = best + 0.5 * step
        missed = np.linalg.norm(warp(tried) - points, axis=1)
        better = missed < error
        best[better], error[better] = tried[better], missed[better]
    return best


def _regular(matrices: np.ndarray) -> np.ndarray:
    """Matrices with singular values of at least a twentieth of their largest: bounded inverses."""
    u, values, vt = np.linalg.svd(matrices)
    return (u * np.maximum(values, 0.05 * values[:, :1])[:, None]) @ vt


def _mirrored(names: tuple[str, ...], points: np.ndarray) -> np.ndarray:
    """Average joints with their mirror images; joints without a side come to lie on the plane x = 0."""
    index = {name: i for i, name in enumerate(names)}
    out = points.copy()
    for i, name in enumerate(names):
        if name.endswith((".L", ".R")):
            other = index.get(name[:-1] + ("R" if name.endswith("L") else "L"))
            if other is not None:
                out[i] = 0.5 * (points[i] + points[other] * [-1.0, 1.0, 1.0])
        else:
            out[i, 0] = 0.0
    return out


def _with_length(heads: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Tails that are at least a hundredth of a box unit from their heads."""
    along = tails - heads
    length = np.linalg.norm(along, axis=1, keepdims=True)
    direction = np.where(length > 1e-6, along / np.maximum(length, 1e-6), [0.0, 0.0, 1.0])
    return heads + direction * np.maximum(length, 0.01)
