"""Distance between a mesh's surface and many donors' at several headings: a first, cheap comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from zoetrope.bodies.target import turn
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.normalisation import normalising_box

SAMPLES = 400
"""Points of each surface: 140 donors at 16 headings take a second, and only the nearest six are needed."""


@dataclass(frozen=True)
class Candidate:
    """A donor's surface, for comparison.

    name, category : str
    vertices, faces : (V, 3), (F, 3)
        In its box, facing -Y.
    """

    name: str
    category: str
    vertices: np.ndarray
    faces: np.ndarray

    @cached_property
    def tree(self) -> KDTree:
        """`SAMPLES` points of the surface."""
        return KDTree(_samples(self.vertices, self.faces))


def surface_distances(
    vertices: np.ndarray, faces: np.ndarray, donors: Sequence[Candidate], headings: np.ndarray
) -> np.ndarray:
    """Return the mean distance both ways (H, D) of a mesh at each heading to each donor, in their boxes.

    Parameters
    ----------
    vertices, faces : (V, 3), (F, 3)
    headings : (H,) float
        Degrees about Z that the mesh is turned by.
    """
    points = _samples(vertices, faces)
    turned = []
    for heading in headings:
        box = normalising_box(vertices @ turn(heading).T)
        turned.append(box.to_box(points @ turn(heading).T))
    trees, together = [KDTree(one) for one in turned], np.concatenate(turned)
    out = np.empty((len(headings), len(donors)))
    for column, donor in enumerate(donors):
        forward = np.asarray(donor.tree.query(together)[0]).reshape(len(headings), -1).mean(axis=1)
        backward = [np.mean(tree.query(donor.tree.data)[0]) for tree in trees]
        out[:, column] = forward + np.array(backward)
    return out


def _samples(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    face, barycentric = sample_surface(vertices, faces, SAMPLES, np.random.default_rng(0))
    return barycentric_points(vertices, faces, face, barycentric)
