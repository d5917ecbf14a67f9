"""Hidden faces get no points; visible ones move as the file's faces do."""

from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.metrics.point_clouds import sample
from zoetrope.evaluation.protocols.outer_surface import OuterSurface


def asset_of(*parts):
    """Return an asset of some meshes that rotates and stretches."""
    whole = trimesh.util.concatenate(parts)
    turn = trimesh.transformations.rotation_matrix(0.7, [1, 2, 0])[:3, :3] * [1.0, 1.5, 0.8]

    def evaluate(clip, times):
        return np.stack([whole.vertices @ (turn if time else np.eye(3)).T + time for time in times])

    return SimpleNamespace(
        rest=np.array(whole.vertices), faces=np.array(whole.faces), evaluate=evaluate, span=None
    )


def ball(radius, x=0.0):
    made = trimesh.creation.icosphere(4, radius)
    made.apply_translation([x, 0, 0])
    return made


def points_of(outer, times=(0.0,)):
    return sample(outer.evaluate("turn", np.array(times)), outer.faces, np.random.default_rng(0), 3000)


def test_part_inside_another_is_left_out():
    outer = OuterSurface(asset_of(ball(2.0), ball(0.5, 0.3)))
    radius = np.linalg.norm(points_of(outer)[0], axis=1)
    assert radius.min() > 1.98
    alone = OuterSurface(asset_of(ball(2.0)))
    assert len(outer.faces) == len(alone.faces)


def test_intersecting_parts_end_at_their_intersection():
    points = points_of(OuterSurface(asset_of(ball(2.0), ball(1.0, 2.0))))[0]
    first, second = np.linalg.norm(points, axis=1), np.linalg.norm(points - [2.0, 0, 0], axis=1)
    assert np.minimum(first - 2.0, second - 1.0).min() > -0.06, "pieces of 0.04 box units are kept whole"
    assert (np.abs(second - 1.0) < 0.02).mean() > 0.1
    assert (np.abs(first - 2.0) < 0.02).mean() > 0.5


def test_large_faces_are_cut_before_they_are_tested():
    points = points_of(OuterSurface(asset_of(trimesh.creation.box((2, 2, 2)), ball(0.5, 1.0))))[0]
    inside = (np.abs(points) < 0.93).all(axis=1) | (np.linalg.norm(points - [1, 0, 0], axis=1) < 0.4)
    assert not inside.any()


def test_outer_surface_moves_with_its_faces():
    asset = asset_of(trimesh.creation.box((2, 2, 2)), ball(0.5, 1.0))
    outer = OuterSurface(asset)
    rest, moved = outer.evaluate("turn", np.array([0.0, 1.0]))
    matrix = np.linalg.lstsq(np.c_[asset.rest, np.ones(len(asset.rest))], asset.evaluate("", [1.0])[0])[0]
    np.testing.assert_allclose(moved, np.c_[rest, np.ones(len(rest))] @ matrix, atol=1e-9)
    assert outer.on(asset.rest) == pytest.approx(rest)
