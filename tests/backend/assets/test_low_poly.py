"""From a full surface to a mesh of about so many faces."""

import numpy as np
import pytest
from implicit_shapes import capsules, is_closed
from surfaces import SHAPES, full_surface, with_gradient
from zoetrope.assets import low_poly as low_poly_module
from zoetrope.assets.features import euler_characteristic, thin_regions
from zoetrope.assets.low_poly import make_low_poly
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import face_components, face_normals_and_areas, signed_volumes


def surface_of(name):
    """At the lowest detail at which a shape's limbs are as thick as they are."""
    return full_surface(name, 96 if name == "beast" else 64)


def low_poly(name, budget):
    return make_low_poly(*surface_of(name), budget, with_gradient(SHAPES[name]))


@pytest.mark.parametrize("name", ["sphere", "torus", "beast", "bumpy_sphere"])
@pytest.mark.parametrize("budget", [1000, 3000])
def test_budget_is_met_by_a_closed_mesh_on_the_surface(name, budget):
    made = low_poly(name, budget)
    assert made.budget == budget
    assert abs(len(made.faces) - budget) <= 0.05 * budget
    assert is_closed(made.faces)
    assert np.quantile(np.abs(SHAPES[name](made.vertices)), 0.99) < 2e-3


@pytest.mark.parametrize("name", ["sphere", "torus", "beast", "two_spheres"])
def test_parts_and_genus_are_those_of_the_full_surface(name):
    vertices, faces = surface_of(name)
    made = low_poly(name, 1000)
    assert euler_characteristic(made.faces) == euler_characteristic(faces)
    assert (
        face_components(made.faces, len(made.vertices)).max() == face_components(faces, len(vertices)).max()
    )
    assert made.before == made.after


def test_normals_point_outward():
    made = low_poly("beast", 2000)
    normals, areas = face_normals_and_areas(made.vertices, made.faces)
    centres = made.vertices[made.faces].mean(axis=1)
    _, gradient = with_gradient(SHAPES["beast"])(centres)
    cosine = (normals * gradient).sum(axis=1) / np.linalg.norm(gradient, axis=1)
    assert (areas * (cosine > 0.3)).sum() > 0.99 * areas.sum()
    assert signed_volumes(made.vertices, made.faces).sum() > 0


def test_triangles_are_even():
    made = low_poly("sphere", 2000)
    edges = made.vertices[made.faces] - made.vertices[np.roll(made.faces, 1, axis=1)]
    _, areas = face_normals_and_areas(made.vertices, made.faces)
    quality = 4 * np.sqrt(3) * areas / (edges**2).sum(axis=(1, 2))
    assert quality.mean() > 0.9
    assert quality.min() > 0.3


def test_a_small_part_stays_round():
    made = low_poly("two_spheres", 1000)
    part = face_components(made.faces, len(made.vertices))
    assert np.bincount(part).min() >= 80
    eye = np.unique(made.faces[part == np.bincount(part).argmin()])
    radius = np.linalg.norm(made.vertices[eye] - [0.0, -0.7, 0.2], axis=1)
    assert np.abs(radius - 0.06).max() < 0.003


def test_curved_places_keep_more_faces_than_flat_ones():
    field = capsules(((0, 0, 0), (0, 0, 0), 0.7), ((0, -0.6, 0.3), (0, -0.75, 0.35), 0.1))  # a nose on a head
    surface = extract_surface(field, 64)
    made = make_low_poly(surface.vertices, surface.faces, 1500, with_gradient(field))
    _, areas = face_normals_and_areas(made.vertices, made.faces)
    nose = made.vertices[made.faces].mean(axis=1)[:, 1] < -0.7
    assert np.median(areas[nose]) < 0.5 * np.median(areas[~nose])


def test_thin_limbs_are_counted():
    vertices, faces = surface_of("beast")
    regions = thin_regions(vertices, faces)
    thin = vertices[regions >= 0]
    assert regions.max() + 1 == 1, "the tail; the legs are thicker"
    assert thin[:, 1].min() > 0.4


def test_budget_is_raised_where_a_thin_part_would_be_lost():
    hairs = [((x, y, 0.5), (x, y, 0.9), 0.02) for x in (-0.4, 0.0, 0.4) for y in (-0.2, 0.2)]
    field = capsules(((-0.4, 0, 0), (0.4, 0, 0), 0.6), *hairs)
    surface = extract_surface(field, 64)
    made = make_low_poly(surface.vertices, surface.faces, 200, with_gradient(field))
    assert made.before.thin == 6
    assert made.after == made.before
    assert made.budget > 200


@pytest.mark.parametrize(
    ("lost", "raises"),
    [((1, 1, 1, 1, 1), 0), ((3, 2, 1, 1, 2), 2), ((1, 0), 1), ((2, 2, 2, 2, 1), 4)],
    ids=["all cost", "some help", "all help", "the last helps"],
)
def test_of_raised_budgets_the_lowest_that_loses_least_is_kept(monkeypatch, lost, raises):
    losses = iter(lost)
    monkeypatch.setattr(low_poly_module, "thin_regions", lambda vertices, _: np.arange(len(vertices)) % 3)
    monkeypatch.setattr(low_poly_module, "lost_regions", lambda *_: next(losses))
    made = low_poly("sphere", 500)
    assert made.budget == [500, 800, 1280, 2048, 3276][raises]
    assert abs(len(made.faces) - made.budget) <= 0.05 * made.budget
    assert made.before.thin - made.after.thin == min(lost)
    assert next(losses, None) is None


def test_full_surface_below_its_budget_is_kept():
    vertices, faces = surface_of("sphere")
    made = low_poly("sphere", len(faces))
    np.testing.assert_array_equal(made.vertices, vertices)
    np.testing.assert_array_equal(made.faces, faces)
