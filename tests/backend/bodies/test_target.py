"""Intake of an artist's mesh: what is refused, with which remedy; turning and the way back."""

import igl
import numpy as np
import pytest
import trimesh
from zoetrope.bodies.target import MAX_VERTICES, closed_target, read_target, turn
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest
from zoetrope.geometry.normalisation import normalising_box


@pytest.fixture(scope="module")
def creature():
    vertices, faces = ProceduralCreature(0).mesh(40)
    return vertices.astype(float), faces


def nan_vertex(vertices, faces):
    vertices[3] = np.nan
    return vertices, faces


def infinite(vertices, faces):
    vertices[0, 1] = np.inf
    return vertices, faces


def flat(vertices, faces):
    return vertices * [1, 1, 0.001], faces


def three_vertices(vertices, _faces):
    return vertices[:3], np.array([[0, 1, 2]])


def no_faces(vertices, faces):
    return vertices, faces[:0]


def face_without_vertex(vertices, faces):
    return vertices, np.where(faces == 0, len(vertices), faces)


def zero_scale(vertices, faces):
    return vertices * 0.0, faces


def two_creatures(vertices, faces):
    return np.concatenate([vertices, vertices + [3.0, 0, 0]]), np.concatenate([faces, faces + len(vertices)])


def quads(vertices, faces):
    return vertices, np.column_stack([faces, faces[:, :1]])


def too_large(_vertices, faces):
    return np.broadcast_to(np.zeros(3), (MAX_VERTICES + 1, 3)), faces


BAD = {
    nan_vertex: "not numbers",
    infinite: "not numbers",
    flat: "flat",
    three_vertices: "too few",
    no_faces: "too few",
    face_without_vertex: "does not exist",
    zero_scale: "no size",
    two_creatures: "2 separate bodies",
    quads: "not made of triangles",
    too_large: "5,000,000",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_mesh_that_cannot_be_animated_is_refused_with_a_remedy(creature, spoil):
    vertices, faces = creature
    with pytest.raises(ZoetropeError, match=BAD[spoil]) as caught:
        read_target(*spoil(vertices.copy(), faces.copy()))
    assert caught.value.code == "bad_mesh"
    assert caught.value.remedy


def test_an_open_sheet_with_volume_is_closed_by_the_proxy(creature):
    vertices, faces = creature
    kept = vertices[faces].mean(axis=1)[:, 2] > np.quantile(vertices[:, 2], 0.1)  # without its feet
    target = read_target(vertices, faces[kept])
    proxy = trimesh.Trimesh(target.proxy_vertices, target.proxy_faces)
    assert proxy.is_watertight


def test_the_proxy_is_near_the_surface(creature):
    target = read_target(*creature)
    assert nearest(target.proxy_vertices, target.vertices)[0].max() < 0.05
    assert nearest(target.vertices, target.proxy_vertices)[0].max() < 0.06


def test_inside_out_faces_and_duplicates_are_no_trouble(creature):
    vertices, faces = creature
    soup = vertices[faces].reshape(-1, 3)  # every triangle loose
    target = read_target(soup, np.arange(len(soup)).reshape(-1, 3)[:, ::-1])
    proxy = trimesh.Trimesh(target.proxy_vertices, target.proxy_faces)
    assert proxy.is_watertight
    assert proxy.volume == pytest.approx(trimesh.Trimesh(vertices, faces).volume, rel=0.15)


@pytest.mark.parametrize("degrees", [0.0, 90.0, 222.5])
def test_turning_keeps_the_way_back(creature, degrees):
    vertices, faces = creature
    placed = 3.0 * vertices @ turn(-degrees).T + [5.0, -2.0, 1.0]
    target = read_target(placed, faces).turned(degrees)
    assert np.ptp(target.vertices, axis=0).max() == pytest.approx(1.8)
    in_box = normalising_box(vertices).to_box(vertices)
    assert np.abs(target.vertices - in_box).max() < 1e-6, "it faces -Y in its box again"
    assert np.abs(target.to_source(target.vertices) - placed).max() < 1e-9


def test_eyes_floating_beside_the_head_belong_to_the_body(creature):
    vertices, faces = creature
    eye = trimesh.creation.icosphere(subdivisions=1, radius=0.03)
    head = vertices[vertices[:, 1].argmin()] + [0.05, -0.05, 0.03]
    joined = np.concatenate([vertices, np.asarray(eye.vertices) + head])
    target = read_target(joined, np.concatenate([faces, np.asarray(eye.faces) + len(vertices)]))
    assert target.parts.max() == 1
    assert len(target.links) == 4


def test_a_closed_body_is_its_own_proxy_however_few_faces_it_has(creature):
    vertices, faces = creature
    few = igl.qslim(vertices.astype(np.float64), faces.astype(np.int64), 1000)
    vertices, faces = few[0], few[1]
    target = closed_target(vertices, faces)
    assert np.array_equal(target.faces, faces)
    assert len(target.proxy_vertices) >= 4000
    distance = igl.point_mesh_squared_distance(target.proxy_vertices, target.vertices, target.faces)[0]
    assert distance.max() < 1e-12
    assert np.allclose(target.to_source(target.vertices), vertices)
