"""Ground contact of a body and its motion: feet, legs, balance and travel speed.

All coordinates have z up; the creature faces -Y.
"""

import numpy as np
import trimesh
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull, Delaunay, QhullError

FOUR_LEGGED_CATEGORIES = ("quadruped",)
"""Categories whose every creature stands on four legs; dinosaurs stand on two or four."""
LEGGED_CATEGORIES = ("biped", "dinosaur", "humanoid", "quadruped")
"""Categories that stand on legs: their feet are held."""
GROUNDED_CATEGORIES = (*LEGGED_CATEGORIES, "blob")
"""Categories that stand or lie on the ground."""
FLOATING_CATEGORIES = ("fish", "winged")
"""Categories that swim or fly, unless their feet stand still."""
FALLING_ACTION = "death"
"""It ends on the ground."""
QUADRUPED_LEGS = 4

GROUND_BAND = 0.04
"""Share of the height. Each training quadruped has four cross-sections there (a rat's tail is a fifth)."""
MIN_LEG_SECTION = 0.005
"""Square root of a leg's cross-section area, in diagonals. The thinnest leg of the data has 0.016."""
FOOT_HEIGHT = 0.06
"""Share of the rest pose's height. Points below it belong to a foot."""
MIN_FOOT_DISTANCE = 0.05
"""Smallest distance between two feet seen from above, in diagonals. Toes are closer to each other."""
CONTACT_HEIGHT = 0.03
"""Share of the height. A vertex this close to the lowest point of the clip touches the ground."""
TOO_FEW_CONTACTS = 20
"""Up to so many steps of touching vertices give no travel speed: they graze the ground."""


def find_feet(rest: np.ndarray) -> list[np.ndarray]:
    """Cluster the lowest points of a rest pose (P, 3) into feet; return the point indices (n,) of each."""
    height = rest[:, 2] - rest[:, 2].min()
    low = np.nonzero(height <= FOOT_HEIGHT * height.max())[0]
    if len(low) == 1:
        return [low]
    threshold = MIN_FOOT_DISTANCE * float(np.linalg.norm(np.ptp(rest, axis=0)))
    cluster = _single_linkage(rest[low, :2], threshold)
    return [low[cluster == index] for index in np.unique(cluster)]


def _single_linkage(points: np.ndarray, threshold: float) -> np.ndarray:
    """Cluster points (P, 2): those that a chain of steps of at most `threshold` links have one number (P,).

    The shortest links of a point set are edges of its Delaunay triangulation, of which there are few; all
    pairs are too many for a dense mesh.
    """
    distinct, inverse = np.unique(points, axis=0, return_inverse=True)
    try:
        triangulation = Delaunay(distinct)
    except (QhullError, ValueError):  # fewer than three points, or all on one line
        links = np.stack([np.arange(len(distinct) - 1), np.arange(1, len(distinct))])
    else:
        triangles = triangulation.simplices
        links = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangulation.coplanar[:, ::2]]).T
        links = np.concatenate([links, triangles[:, [2, 0]].T], axis=1)
    a, b = links[:, np.linalg.norm(distinct[links[0]] - distinct[links[1]], axis=1) <= threshold]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(distinct), len(distinct)))
    return np.asarray(connected_components(graph, directed=False)[1])[inverse.ravel()]


def max_foot_clearance(frames: np.ndarray, feet: list[np.ndarray], height: float) -> float:
    """Return the height above ground of the foot that stays highest: its lowest point over all frames.

    Parameters
    ----------
    frames : (T, P, 3) float
        The ground is the lowest point of all frames.
    feet : list of (n,) int
        From `find_feet`.
    height : float
        Height of the rest pose.

    Returns
    -------
    float
        Share of the height; 0 without feet.
    """
    z = frames[..., 2]
    return max((float(z[:, foot].min() - z.min()) / height for foot in feet), default=0.0)


def count_legs(rest: np.ndarray, faces: np.ndarray, band: float = GROUND_BAND) -> int:
    """Count the separate closed cross-sections a little above the ground.

    Parameters
    ----------
    rest : (V, 3) float
        The ground is the lowest vertex.
    faces : (F, 3) int
    band : float
        Height of the cutting plane, as a share of the body's height.
    """
    low, high = rest.min(axis=0), rest.max(axis=0)
    areas = _section_areas(rest, faces, low[2] + band * (high[2] - low[2]))
    # holes have outlines of the opposite orientation, hence negative areas
    return int((areas >= (MIN_LEG_SECTION * np.linalg.norm(high - low)) ** 2).sum())


def _section_areas(vertices: np.ndarray, faces: np.ndarray, height: float) -> np.ndarray:
    """Signed areas of the outlines in which a closed mesh crosses the plane z = height."""
    above = vertices[:, 2] > height
    faces = faces[above[faces].any(axis=1) & ~above[faces].all(axis=1)].astype(np.int64)
    if not len(faces):
        return np.zeros(0)
    # rotate each face so that its first corner is alone on its side: edges 0-1 and 0-2 cross the plane
    side = above[faces]
    lone = np.argmax(side == (side.sum(axis=1) == 1)[:, None], axis=1)
    rotated = np.take_along_axis(faces, (lone[:, None] + np.arange(3)) % 3, axis=1)
    pairs = rotated[:, [[0, 1], [0, 2]]]  # (face, end of the segment, vertex)
    first_above = above[pairs[:, 0, 0]]
    pairs = np.where(first_above[:, None, None], pairs, pairs[:, ::-1])
    a, b = vertices[pairs[..., 0]], vertices[pairs[..., 1]]
    share = (height - a[..., 2]) / (b[..., 2] - a[..., 2])
    points = (a + share[..., None] * (b - a))[..., :2]
    key = pairs.min(axis=2) * len(vertices) + pairs.max(axis=2)
    nodes, index = np.unique(key, return_inverse=True)
    index = index.reshape(key.shape)
    graph = coo_array((np.ones(len(index)), (index[:, 0], index[:, 1])), shape=(len(nodes),) * 2)
    count, outline = connected_components(graph, directed=False)
    points = points - points.mean(axis=(0, 1))
    cross = points[:, 0, 0] * points[:, 1, 1] - points[:, 0, 1] * points[:, 1, 0]
    return np.bincount(outline[index[:, 0]], 0.5 * cross, minlength=count)


def centre_of_mass_overhang(rest: np.ndarray, faces: np.ndarray, band: float = GROUND_BAND) -> float:
    """Return the distance of the centre of mass outside the support polygon, seen from above.

    The polygon is the convex hull of the vertices in the ground band. A body of uniform density falls over
    where the value is above 0.

    Parameters
    ----------
    rest : (V, 3) float
        A closed surface; the ground is the lowest vertex.
    faces : (F, 3) int
        Wound outward.
    band : float
        Height of the ground band, as a share of the body's height.

    Returns
    -------
    float
        In diagonals; negative inside the polygon.
    """
    low, high = rest.min(axis=0), rest.max(axis=0)
    centre = trimesh.Trimesh(rest, faces, process=False).center_mass[:2]
    ground = rest[rest[:, 2] <= low[2] + band * (high[2] - low[2]), :2]
    try:
        sides = ConvexHull(ground).equations  # normal, offset: negative inside
    except QhullError:  # fewer than three points, or all on one line: the body stands on a point or an edge
        distance = float(np.linalg.norm(ground - centre, axis=1).min())
    else:
        distance = float((sides[:, :2] @ centre + sides[:, 2]).max())
    return distance / float(np.linalg.norm(high - low))


def contact_steps(frames: np.ndarray, cyclic: bool, height: float) -> np.ndarray:
    """Return the steps (N, 3), between consecutive frames, of vertices that touch the ground in both.

    Parameters
    ----------
    frames : (T, V, 3) float
        A loop's last frame does not repeat its first. The ground is at the lowest vertex of all frames.
    cyclic : bool
        Whether the first frame follows the last.
    height : float
        Height of the rest pose, in the units of `frames`; vertices up to `CONTACT_HEIGHT` of it touch.
    """
    after = np.roll(frames, -1, axis=0) if cyclic else frames[1:]
    before = frames if cyclic else frames[:-1]
    ground = frames[..., 2].min() + CONTACT_HEIGHT * height
    touching = (before[..., 2] < ground) & (after[..., 2] < ground)
    return (after - before)[touching]


def estimate_travel_speed(frames: np.ndarray, seconds: float, cyclic: bool, height: float) -> float:
    """Estimate the speed along -Y at which the ground contacts of an in-place motion would not slide.

    Parameters
    ----------
    frames : (T, V, 3) float
        A walk or run on the spot; a loop's last frame does not repeat its first.
    seconds : float
        Duration of the clip.
    cyclic : bool
    height : float
        Height of the rest pose, in the units of `frames`.

    Returns
    -------
    float
        Units of `frames` a second, at least 0; 0 where too few vertices touch the ground.
    """
    count = len(frames)
    step = seconds / (count if cyclic else count - 1)
    moved = contact_steps(frames, cyclic, height)
    if len(moved) <= TOO_FEW_CONTACTS:
        return 0.0
    return max(0.0, float(np.median(moved[:, 1])) / step)
