"""Reconstruction scores of spheres, whose distances and volumes are known."""

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.protocols.reconstruction import interpolate_half_way, score_shape, summarise


def sphere(radius):
    mesh = trimesh.creation.icosphere(5, radius)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int64)


def inside(radius):
    return lambda points: (np.linalg.norm(points, axis=1) < radius).astype(float)


def test_sphere_against_a_larger_one():
    score = score_shape(
        sphere(0.5), sphere(0.507), inside(0.5), lambda points: np.linalg.norm(points, axis=1) - 0.507
    )
    assert score.completeness == pytest.approx(0.007, rel=0.02)
    assert score.accuracy == pytest.approx(0.007, rel=0.02)
    assert score.worst == pytest.approx(0.007, rel=0.1)
    assert score.iou == pytest.approx((0.5 / 0.507) ** 3, abs=0.004)
    assert score.normals > 0.99
    assert (score.f_small, score.f_large) == (0.0, 1.0)


def test_missing_half_raises_one_direction_only():
    vertices, faces = sphere(0.5)
    half = faces[vertices[faces].mean(axis=1)[:, 2] > 0]
    score = score_shape(
        (vertices, faces), (vertices, half), inside(0.5), lambda points: np.linalg.norm(points, axis=1) - 0.5
    )
    assert score.accuracy < 1e-6
    assert score.completeness > 0.1
    assert score.f_large == pytest.approx(2 / 3, abs=0.05)


def test_interpolation_half_way_of_loops_and_other_clips():
    t = np.arange(32) / 32 * 2 * np.pi
    loop = np.stack([np.cos(t), np.sin(t), 0 * t], axis=-1)[:, None]
    between = interpolate_half_way(loop, True)
    h = t + np.pi / 32
    np.testing.assert_allclose(between[:, 0, 0], np.cos(h), atol=1e-4)
    parabola = (np.arange(5.0) ** 2)[:, None, None] * np.ones((1, 2, 3))
    np.testing.assert_allclose(
        interpolate_half_way(parabola, False)[:, 0, 0], (np.arange(4) + 0.5) ** 2, atol=1e-9
    )


def test_summary_groups_clips_by_creature():
    shape = {
        "completeness": 0.1,
        "accuracy": 0.1,
        "worst": 0.1,
        "normals": 1.0,
        "iou": 1.0,
        "f_small": 1.0,
        "f_large": 1.0,
    }
    clip = {"mean": 0.1, "p95": 0.2, "between": 0.1, "interpolation": 0.0}
    found = summarise(
        {
            "a": {"shape": shape, "legs": [4, 4], "clips": {"walk": clip, "run": {**clip, "mean": 0.3}}},
            "b": {"shape": {**shape, "completeness": 0.3}, "legs": [5, 3], "clips": {}},
            "fish": {"shape": {**shape, "completeness": 0.2}, "legs": [1, 0], "clips": {}},
        },
        four_legged=("a", "b"),
    )
    assert (found["creatures"], found["clips"]) == (3, 2)
    assert found["legs"] == {"of": 2, "lost": ["b"]}
    assert found["completeness"]["value"] == pytest.approx(0.2)
    assert found["completeness"]["se"] == pytest.approx(0.1 / 3**0.5)
    assert found["motion_mean"]["value"] == pytest.approx(0.2)
