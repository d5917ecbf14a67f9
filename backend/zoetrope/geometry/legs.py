"""What a body stands on: separate cross-sections a little above the ground."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FOUR_LEGGED = ("quadruped",)
"""Categories whose every creature stands on `LEGS` legs; dinosaurs stand on two or four."""
LEGS = 4
GROUND_BAND = 0.04
"""Of the height. Each of our 24 quadrupeds stands on four cross-sections there (a rat's tail is a fifth)."""
LEAST_FOOT = 0.005
"""Square root of a cross-section's area, of the diagonal. Our quadrupeds' thinnest leg has 0.016."""


def count_legs(rest: np.ndarray, faces: np.ndarray, band: float = GROUND_BAND) -> int:
    """Count the separate closed cross-sections at the top of the ground band.

    Parameters
    ----------
    rest : (V, 3) float
        Z up; the ground is the lowest vertex.
    faces : (F, 3) int
    band : float
        Share of the height.
    """
    low, high = rest.min(axis=0), rest.max(axis=0)
    areas = _section_areas(rest, faces, low[2] + band * (high[2] - low[2]))
    # outlines run one way around matter and the other way around a hole in it
    return int((areas >= (LEAST_FOOT * np.linalg.norm(high - low)) ** 2).sum())


def _section_areas(vertices: np.ndarray, faces: np.ndarray, height: float) -> np.ndarray:
    """Signed areas of the outlines in which a closed mesh crosses the plane z = height."""
    above = vertices[:, 2] > height
    faces = faces[above[faces].any(axis=1) & ~above[faces].all(axis=1)].astype(np.int64)
    if not len(faces):
        return np.zeros(0)
    # turn each face so that its first corner is alone on its side: edges 0-1 and 0-2 cross the plane
    side = above[faces]
    lone = np.argmax(side == (side.sum(axis=1) == 1)[:, None], axis=1)
    turned = np.take_along_axis(faces, (lone[:, None] + np.arange(3)) % 3, axis=1)
    pairs = turned[:, [[0, 1], [0, 2]]]  # (face, end of the segment, vertex)
    down = above[pairs[:, 0, 0]]
    pairs = np.where(down[:, None, None], pairs, pairs[:, ::-1])
    a, b = vertices[pairs[..., 0]], vertices[pairs[..., 1]]
    share = (height - a[..., 2]) / (b[..., 2] - a[..., 2])
    points = (a + share[..., None] * (b - a))[..., :2]
    key = pairs.min(axis=2) * len(vertices) + pairs.max(axis=2)
    nodes, index = np.unique(key, return_inverse=True)
    index = index.reshape(key.shape)
    graph = coo_array((np.ones(len(index)), (index[:, 0], index[:, 1])), shape=(len(nodes),) * 2)
    count, outline = connected_components(graph, directed=False)
    points = points - points.mean(axis=(0, 1))
    swept = points[:, 0, 0] * points[:, 1, 1] - points[:, 0, 1] * points[:, 1, 0]
    return np.bincount(outline[index[:, 0]], 0.5 * swept, minlength=count)
