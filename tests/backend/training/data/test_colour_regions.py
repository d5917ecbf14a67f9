"""Colour regions: palettes with fixed places, and samples that small regions are learned from."""

import numpy as np
import trimesh
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.colour_regions import DARK, DETAILS, LIGHT, ColourRegions, sample_regions

COAT, BELLY, PUPIL, EYE, TONGUE = (
    np.array(c)
    for c in ([0.6, 0.4, 0.2], [0.8, 0.7, 0.5], [0.05, 0.05, 0.05], [0.9, 0.9, 0.9], [0.8, 0.2, 0.3])
)


def regions_of(colours_and_areas):
    colours = np.array([colour for colour, _ in colours_and_areas])
    return ColourRegions.of(colours, np.array([area for _, area in colours_and_areas]))


def test_places_of_a_palette_follow_area_and_lightness():
    found = regions_of([(PUPIL, 0.002), (BELLY, 0.3), (EYE, 0.01), (COAT, 0.68), (TONGUE, 0.008)])
    assert found.face_region.tolist() == [DARK, 1, LIGHT, 0, DETAILS[0]]
    np.testing.assert_allclose(
        found.palette[[0, 1, DARK, LIGHT, DETAILS[0]]], [COAT, BELLY, PUPIL, EYE, TONGUE], atol=0.003
    )


def test_a_dark_coat_is_a_coat():
    assert regions_of([(PUPIL, 0.9), (EYE, 0.1)]).face_region.tolist() == [0, LIGHT]


def test_of_two_dark_details_the_smaller_is_the_pupil():
    nose = np.array([0.15, 0.15, 0.15])
    assert regions_of([(COAT, 0.9), (nose, 0.02), (PUPIL, 0.001)]).face_region.tolist() == [
        0,
        DETAILS[0],
        DARK,
    ]


def test_places_without_a_region_have_a_colour():
    found = regions_of([(COAT, 1.0)])
    assert np.isfinite(found.palette).all()
    assert found.palette[DARK].max() < 0.2
    assert found.palette[LIGHT].min() > 0.8


def test_more_colours_than_places_are_merged_with_their_like():
    rng = np.random.default_rng(0)
    shades = [(COAT + rng.uniform(-0.02, 0.02, 3), 0.05) for _ in range(20)]
    found = regions_of([*shades, (np.array([0.1, 0.2, 0.9]), 0.02)])
    assert found.face_region.max() < len(found.palette)
    blue = found.face_region[-1]
    assert (found.face_region[:-1] != blue).all()
    np.testing.assert_allclose(found.palette[blue], [0.1, 0.2, 0.9], atol=0.003)


def sphere_with_an_eye():
    """A sphere whose faces near +x, a hundredth of its area, are region 1: mesh and faces' regions."""
    mesh = trimesh.creation.icosphere(4, 0.8)
    region = (mesh.triangles_center[:, 0] > 0.98 * 0.8).astype(int)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces), region


def test_small_regions_are_sampled_by_the_root_of_their_area():
    vertices, faces, region = sphere_with_an_eye()
    points, found = sample_regions(
        build_solid(vertices, faces), vertices, faces, region, 20_000, np.random.default_rng(0)
    )
    area = trimesh.Trimesh(vertices, faces, process=False).area_faces
    share = area[region == 1].sum() / area.sum()
    expected = np.sqrt(share) / (np.sqrt(share) + np.sqrt(1 - share))
    np.testing.assert_allclose(found.mean(), expected, atol=0.01)
    towards_x = points[:, 0] / np.linalg.norm(points, axis=1)
    assert towards_x[found == 1].min() > 0.97
    assert towards_x[found == 0].max() < 0.99


def test_samples_lie_on_the_visible_surface_or_a_little_outside():
    vertices, faces, region = sphere_with_an_eye()
    inner = trimesh.creation.icosphere(3, 0.4)
    both = np.concatenate([vertices, inner.vertices])
    all_faces = np.concatenate([faces, inner.faces + len(vertices)])
    regions = np.concatenate([region, np.full(len(inner.faces), 2)])
    points, found = sample_regions(
        build_solid(both, all_faces), both, all_faces, regions, 5000, np.random.default_rng(0)
    )
    distance = np.linalg.norm(points, axis=1)
    assert distance.min() > 0.79
    assert distance.max() < 0.85
    assert (found != 2).all(), "the inner sphere cannot be seen"
