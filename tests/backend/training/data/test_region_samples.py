"""Samples of the visible surface that small regions are learned from."""

import numpy as np
import trimesh
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.region_samples import sample_regions


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
