"""The closed stand-in of a mesh, and the clustering of vertices before it."""

import numpy as np
import pytest
import trimesh
from zoetrope.bodies.proxy import MAX_FACES, closed_proxy, decimated
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
