"""Sparse extraction against scikit-image on the whole grid."""

import numpy as np
import pytest
from implicit_shapes import beast, capsules, is_closed, sphere, torus
from scipy.spatial import KDTree
from skimage.measure import marching_cubes
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import component_volumes


def dense_surface(field, detail):
    """Reference: marching cubes on all grid points."""
    axis = (np.arange(detail + 1) * (2.0 / detail) - 1).astype(np.float32)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    values = np.concatenate([field(p) for p in np.array_split(points, 16)]).reshape((detail + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(values, 0.0, gradient_direction="descent")
    return vertices * 2.0 / detail - 1, faces


def assert_same(surface, reference):
    """Vertices and face centres correspond one to one, up to rounding."""
    vertices, faces = reference
    assert surface.vertices.shape == vertices.shape
    assert surface.faces.shape == faces.shape
    for ours, theirs in (
        (surface.vertices, vertices),
        (surface.vertices[surface.faces].mean(axis=1), vertices[faces].mean(axis=1)),
    ):
        assert KDTree(ours).query(theirs)[0].max() < 1e-6
        assert KDTree(theirs).query(ours)[0].max() < 1e-6


@pytest.mark.parametrize("detail", [32, 40, 64, 96, 128])
@pytest.mark.parametrize("name", ["sphere", "torus", "beast"])
def test_equals_the_dense_grid(name, detail):
    field = {"sphere": sphere(), "torus": torus(), "beast": beast()}[name]
    surface = extract_surface(field, detail)
    assert_same(surface, dense_surface(field, detail))
    assert is_closed(surface.faces)


def test_vertices_lie_on_the_surface_and_faces_are_outward():
    surface = extract_surface(sphere(0.503), 64)
    assert np.abs(np.linalg.norm(surface.vertices, axis=1) - 0.503).max() < 5e-4
    _, volumes = component_volumes(surface.vertices, surface.faces)
    assert volumes.sum() == pytest.approx(4 / 3 * np.pi * 0.503**3, rel=0.01)
    assert surface.vertices.dtype == np.float32
    assert surface.faces.dtype == np.int32
    assert len(np.unique(surface.vertices, axis=0)) == len(surface.vertices)


def test_thin_parts_are_found():
    """Needles thinner than a quarter of a coarse cell, not connected to anything."""
    needles = [((x, -0.8, x), (x + 0.05, 0.8, 0.3 * x), 0.012) for x in (-0.7, -0.31, 0.02, 0.44)]
    surface = extract_surface(capsules(*needles), 256)
    _, volumes = component_volumes(surface.vertices, surface.faces)
    assert len(volumes) == 4
    expected = np.array([np.pi * 0.012**2 * np.linalg.norm(np.subtract(b, a)) for a, b, _ in needles])
    np.testing.assert_allclose(np.sort(volumes), np.sort(expected), rtol=0.12)


@pytest.mark.parametrize("steepness", [0.25, 3.0])
def test_scaled_field_gives_the_same_surface(steepness):
    surface = extract_surface(
        lambda p: beast()(p) * np.float32(steepness), 128, gradient_bound=max(1, steepness)
    )
    vertices, _ = dense_surface(beast(), 128)
    assert surface.vertices.shape == vertices.shape
    assert KDTree(surface.vertices).query(vertices)[0].max() < 1e-6


def test_exceeded_gradient_bound_leaves_no_holes():
    """Too steep on one side: cells pruned there are connected to cells that were found."""

    def field(p):
        return sphere(0.6)(p) * np.where(p[:, 0] > 0.1, np.float32(8), np.float32(1))

    surface = extract_surface(field, 128)
    assert is_closed(surface.faces)
    assert_same(surface, dense_surface(field, 128))


def test_clamped_distances_give_the_same_surface():
    assert_same(extract_surface(lambda p: np.clip(beast()(p), -0.1, 0.1), 128), dense_surface(beast(), 128))


@pytest.mark.parametrize(("detail", "factor"), [(128, 12), (256, 25)])
def test_few_evaluations_and_none_twice(detail, factor):
    evaluated = []

    def field(p):
        evaluated.append(p)
        return beast()(p)

    surface = extract_surface(field, detail, gradient_bound=1.3)
    points = np.concatenate(evaluated)
    assert len(points) == surface.evaluations
    assert surface.evaluations * factor < (detail + 1) ** 3
    assert len(np.unique(points, axis=0)) == len(points), "a point was evaluated twice"


def test_surface_that_leaves_the_box_is_closed_at_its_wall():
    surface = extract_surface(capsules(((0, 0, 0), (0, 0, 3), 0.3)), 64)
    assert is_closed(surface.faces)
    assert np.abs(surface.vertices).max() <= 1


def test_progress_never_decreases_and_ends_with_the_exact_total():
    calls = []
    surface = extract_surface(beast(), 128, chunk=4096, on_chunk=lambda i, n: calls.append((i, n)))
    fraction = np.array([i / n for i, n in calls])
    assert calls[0][0] == 0
    assert calls[-1] == (surface.evaluations,) * 2
    assert (np.diff(fraction) >= 0).all()
    assert np.diff([i for i, _ in calls]).max() <= 4096
    assert (fraction[:-1] < 1).all()


def test_cancel_stops_the_evaluation():
    evaluated = 0

    def field(p):
        nonlocal evaluated
        evaluated += len(p)
        return beast()(p)

    def stop(done, total):
        if done >= 50_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        extract_surface(field, 256, chunk=8192, on_chunk=stop)
    assert evaluated <= 50_000 + 8192


@pytest.mark.parametrize("value", [1.0, 0.03, 1e-9])
def test_empty_shape_is_an_error(value):
    with pytest.raises(ZoetropeError, match="empty") as caught:
        extract_surface(lambda p: np.full(len(p), value, np.float32), 64)
    assert caught.value.code == "empty_surface"
    assert caught.value.remedy


def test_values_that_are_not_finite_are_an_error():
    with pytest.raises(ZoetropeError) as caught:
        extract_surface(lambda p: np.where(p[:, 0] > 0.5, np.nan, sphere()(p)), 64)
    assert caught.value.code == "bad_field"


@pytest.mark.parametrize("options", [{"detail": 1}, {"gradient_bound": 0.0}, {"chunk": 0}])
def test_invalid_options(options):
    with pytest.raises(ValueError, match="detail"):
        extract_surface(sphere(), **{"detail": 64, **options})


@pytest.mark.parametrize("detail", [96, 128, 192])
def test_following_an_initial_surface_gives_the_same_with_fewer_evaluations(detail):
    initial = extract_surface(beast(), 64)
    searched = extract_surface(beast(), detail)
    followed = extract_surface(beast(), detail, initial_surface=initial)
    np.testing.assert_array_equal(followed.vertices, searched.vertices)
    np.testing.assert_array_equal(followed.faces, searched.faces)
    assert followed.evaluations < 0.6 * searched.evaluations


def test_what_an_initial_surface_has_cut_short_is_followed_to_its_end():
    """A tail that falls between the points of the coarse grid."""
    field = capsules(((0, 0, 0), (0, 0.3, 0), 0.3), ((0.013, 0.3, 0.017), (0.013, 0.85, 0.017), 0.006))
    initial, searched = extract_surface(field, 32), extract_surface(field, 256)
    followed = extract_surface(field, 256, initial_surface=initial)
    assert initial.vertices[:, 1].max() < 0.8 < searched.vertices[:, 1].max()
    np.testing.assert_array_equal(followed.vertices, searched.vertices)
    np.testing.assert_array_equal(followed.faces, searched.faces)


def test_an_initial_surface_of_the_same_detail_is_not_evaluated_again():
    initial = extract_surface(beast(), 64)
    progress = []

    def fail(_):
        raise AssertionError("evaluated")

    assert (
        extract_surface(fail, 64, initial_surface=initial, on_chunk=lambda *step: progress.append(step))
        is initial
    )
    assert progress == [(initial.evaluations, initial.evaluations)]
