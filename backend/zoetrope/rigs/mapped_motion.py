"""The motion of a body on the body that a map makes of it, as vertices over time."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from zoetrope.bodies.laplacian import weighted_edges
from zoetrope.bodies.loose_parts import link_parts
from zoetrope.bodies.maps.body_map import BodyMap, jacobians
from zoetrope.bodies.rotation_transfer import RotationTransfer
from zoetrope.geometry.ground_contact import GROUNDED_CATEGORIES, LEGGED_CATEGORIES, find_feet
from zoetrope.geometry.mesh_properties import vertex_areas, vertex_components
from zoetrope.rigs.contacts import Foot, find_contacts
from zoetrope.rigs.mapped_contacts import Ground

HOLDING_LENGTH = 0.12
"""Share of the diagonal: how far up a leg the displacement of a held foot is spread."""
HOLDING_WEIGHT = 1e4
"""Of a foot's displacement, against the rest of the body's staying where it is."""


class MappedMotion:
    """Carries clips of a body onto its mapped body; what it factors serves all clips.

    Parameters
    ----------
    rest : (V, 3) float
        Rest pose of the body, its lowest point on the ground.
    faces : (F, 3) int
    body_map : BodyMap
    category : str
        Decides whether the ground and feet matter.
    """

    def __init__(self, rest: np.ndarray, faces: np.ndarray, body_map: BodyMap, category: str) -> None:
        self.source, self.category = rest.astype(np.float64), category
        self.rest = body_map(self.source)
        self.ground = Ground.of(self.source, self.rest)
        links = link_parts(self.source, vertex_components(faces, len(rest)))
        self._transfer = RotationTransfer(self.rest, faces, links, jacobians(body_map, self.source))
        walks = category in LEGGED_CATEGORIES
        self._feet = [Foot(i, foot) for i, foot in enumerate(find_feet(self.source))] if walks else []
        self._holder = _FootHolder(self.rest, faces, links, self._feet) if walks else None

    def __call__(self, frames: np.ndarray, cyclic: bool) -> np.ndarray:
        """Return the frames (T, V, 3) float64 of the mapped body.

        Parameters
        ----------
        frames : (T, V, 3) float
            Of the body; of a loop, the last does not repeat the first.
        cyclic : bool
        """
        frames = frames.astype(np.float64)
        moved = self._transfer(self.source, frames, self.ground.growth)
        if self.category in GROUNDED_CATEGORIES:
            moved[..., 2] += self.ground.rise(frames, moved)[:, None]
        if self._holder is None:
            return moved
        contacts = find_contacts(frames, self._feet, self.ground.height, cyclic)
        return self._holder(moved, self.ground.foot_shifts(frames, moved, self._feet, contacts, cyclic))


class _FootHolder:
    """Holds resting feet on their lines and spreads the displacement smoothly up the legs."""

    def __init__(self, rest: np.ndarray, faces: np.ndarray, links: np.ndarray, feet: list[Foot]) -> None:
        self.feet = feet
        (a, b), weights = (array.T for array in weighted_edges(rest, faces, links))
        count = len(rest)
        graph = sp.csr_array((np.tile(weights, 2), (np.append(a, b), np.append(b, a))), shape=(count, count))
        laplacian = sp.diags_array(np.asarray(graph.sum(axis=1)).ravel()) - graph
        area = np.maximum(vertex_areas(rest, faces), 1e-3 / count)
        # areas sum to 1: a length of 1 is then the side of a square of the whole surface
        spread = float(np.linalg.norm(np.ptp(rest, axis=0)) * HOLDING_LENGTH) ** 2 / _surface(rest, faces)
        pull = np.zeros(count)
        for foot in feet:
            pull[foot.vertices] = HOLDING_WEIGHT * area[foot.vertices]
        self.pull = pull
        self.solver = splu((sp.diags_array(area + pull) + spread * laplacian).tocsc())

    def __call__(self, frames: np.ndarray, shifts: dict[int, np.ndarray]) -> np.ndarray:
        if not shifts:
            return frames
        goal = np.zeros((len(self.pull), len(frames), 3))
        for index, shift in shifts.items():
            goal[self.feet[index].vertices] = shift
        right = self.pull[:, None] * goal.reshape(len(goal), -1)
        spread = self.solver.solve(right).reshape(goal.shape)
        return np.asarray(frames + spread.transpose(1, 0, 2))


def _surface(rest: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (rest[faces[:, i]] for i in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())
