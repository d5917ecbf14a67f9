"""The closed stand-in of a mesh, and the clustering of vertices before it."""

import numpy as np
import pytest
import trimesh
from zoetrope.bodies.proxy import DETAIL, MAX_FACES, MIN_THICKNESS, closed_proxy, decimated
from zoetrope.errors import ZoetropeError


def test_a_dense_mesh_is_decimated_to_the_limit_and_keeps_its_surface():
    ball = trimesh.creation.icosphere(subdivisions=6, radius=0.9)
    vertices, faces = decimated(np.asarray(ball.vertices), np.asarray(ball.faces))
    assert len(ball.faces) > 4 * MAX_FACES
    assert 1000 < len(faces) <= MAX_FACES
    assert np.abs(np.linalg.norm(vertices[np.unique(faces)], axis=1) - 0.9).max() < 0.02
    assert trimesh.Trimesh(vertices, faces).volume == pytest.approx(ball.volume, rel=0.02)


def test_a_coarse_mesh_is_left_alone():
    ball = trimesh.creation.icosphere(subdivisions=3)
    vertices, faces = decimated(np.asarray(ball.vertices), np.asarray(ball.faces))
    assert np.array_equal(vertices, ball.vertices)
    assert np.array_equal(faces, ball.faces)


def test_a_part_far_from_the_body_is_not_in_the_proxy():
    body = trimesh.creation.icosphere(subdivisions=3, radius=0.4)
    crumb = trimesh.creation.icosphere(subdivisions=2, radius=0.08)
    joined = trimesh.util.concatenate([body, crumb.apply_translation([0.85, 0, 0])])
    vertices, faces = closed_proxy(np.asarray(joined.vertices), np.asarray(joined.faces))
    assert vertices[:, 0].max() == pytest.approx(0.4, abs=0.03)
    assert trimesh.Trimesh(vertices, faces).is_watertight


def test_what_encloses_nothing_is_refused():
    point = np.zeros((3, 3))
    with pytest.raises(ZoetropeError, match="encloses no volume") as caught:
        closed_proxy(point, np.array([[0, 1, 2]]))
    assert caught.value.code == "bad_mesh"


@pytest.mark.parametrize("offset", [0.0, 0.5, 0.75])
def test_a_wing_without_thickness_is_in_the_proxy_wherever_it_lies_on_the_grid(offset):
    cell = 2.0 / DETAIL
    wings = [trimesh.creation.box([0.7, 0.6, 1e-3]).apply_translation([x, 0, 0]) for x in (-0.55, 0.55)]
    creature = trimesh.util.concatenate([trimesh.creation.icosphere(subdivisions=2, radius=0.3), *wings])
    creature.apply_translation([0, 0, offset * cell])
    vertices, faces = closed_proxy(np.asarray(creature.vertices), np.asarray(creature.faces))
    assert np.ptp(vertices[:, 0]) == pytest.approx(1.8 + MIN_THICKNESS, abs=cell)
    assert trimesh.Trimesh(vertices, faces).body_count == 1
