"""A donor's skeleton in another mesh: its joints taken back over the warp that registers the mesh onto it."""

import numpy as np

from zoetrope.bodies.mirror_symmetry import mirror_distance
from zoetrope.bodies.warp import Warp
from zoetrope.bodies.warp_inversion import invert_warp
from zoetrope.rigs.skeleton import ROOT_LENGTH, Skeleton

SYMMETRY_TOLERANCE = 0.01
"""Box units. Mean distance of a body from its mirror image up to which its joints are mirrored exactly."""
MIN_LENGTH = 0.01
"""Box units. Blender removes bones without a length."""


def transfer_skeleton(donor: Skeleton, warp: Warp, proxy: np.ndarray) -> Skeleton:
    """Return a donor's skeleton in the box of the mesh that `warp` maps onto the donor.

    Joints of a symmetric mesh are mirrored exactly; the root lies on the ground below the first joint.

    Parameters
    ----------
    donor : Skeleton
    warp : Warp
    proxy : (P, 3) float
        Vertices of the mesh's closed proxy, in its box.
    """
    ends = np.concatenate([donor.heads, donor.tails])
    moved = invert_warp(warp, ends, proxy)
    heads, tails = np.split(moved, 2)
    if mirror_distance(proxy) < SYMMETRY_TOLERANCE:
        heads, tails = _mirrored(donor.names, heads), _mirrored(donor.names, tails)
    heads[0] = [heads[1][0], heads[1][1], proxy[:, 2].min()]
    tails[0] = heads[0] - [0.0, ROOT_LENGTH * float(np.ptp(proxy, axis=0).max()), 0.0]
    return Skeleton(donor.names, donor.parents, heads, _with_length(heads, tails))


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
    """Tails that are at least `MIN_LENGTH` from their heads."""
    along = tails - heads
    length = np.linalg.norm(along, axis=1, keepdims=True)
    direction = np.where(length > 1e-6, along / np.maximum(length, 1e-6), [0.0, 0.0, 1.0])
    return heads + direction * np.maximum(length, MIN_LENGTH)
