"""A slab on posts stands while its middle lies between them, and by how much is known exactly."""

import numpy as np
import pytest
import trimesh
from zoetrope.geometry.ground_contact import centre_of_mass_overhang


def table(posts):
    """A slab of 2 x 1 x 0.2 at height 1 on posts of no weight (thin ones) at some places."""
    slab = trimesh.creation.box((2.0, 1.0, 0.2), trimesh.transformations.translation_matrix((0, 0, 1.0)))
    legs = [
        trimesh.creation.box((0.002, 0.002, 0.9), trimesh.transformations.translation_matrix((x, y, 0.45)))
        for x, y in posts
    ]
    whole = trimesh.util.concatenate([slab, *legs])
    return whole.vertices.view(np.ndarray), whole.faces.view(np.ndarray)


DIAGONAL = np.sqrt(2.0**2 + 1.0**2 + 1.1**2)


@pytest.mark.parametrize(
    ("posts", "over"),
    [
        (((-0.8, -0.4), (-0.8, 0.4), (0.8, -0.4), (0.8, 0.4)), -0.401),
        (((-0.8, -0.4), (-0.8, 0.4)), 0.799),
        (((-0.8, 0.0), (0.5, 0.3), (0.5, -0.3)), None),
    ],
)
def test_how_far_the_middle_lies_from_the_edge_of_what_it_stands_on(posts, over):
    found = centre_of_mass_overhang(*table(posts))
    if over is None:
        assert found < 0
    else:
        assert found == pytest.approx(over / DIAGONAL, abs=2e-3)


def test_a_body_on_a_point_falls_unless_the_point_is_below_it():
    top = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1]], float)
    faces = np.array([[0, 1, 2], [3, 1, 0], [3, 2, 1], [3, 0, 2]])
    centred = np.vstack([top, [[1 / 3, 1 / 3, 0]]])
    aside = np.vstack([top, [[1.0, 1.0, 0]]])
    assert centre_of_mass_overhang(centred, faces) == pytest.approx(0.0, abs=1e-9)
    assert centre_of_mass_overhang(aside, faces) > 0.1
