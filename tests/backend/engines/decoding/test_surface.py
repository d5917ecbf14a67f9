"""The shape field of a body and its surface, from tokens of the shipped weights."""

import numpy as np
import pytest
import torch
from zoetrope.engines.decoding import surface as surfaces
from zoetrope.engines.decoding.surface import (
    compose_distance,
    compose_shape_field,
    decode_surface,
    extract_uncleaned,
)
from zoetrope.engines.progress import ignore_progress

DETAIL = 64


@pytest.fixture(scope="module")
def shape(creature):
    return torch.from_numpy(creature.tokens["shape"])[None]


@pytest.fixture(scope="module")
def decoded(bundle, shape):
    return decode_surface(bundle, shape, DETAIL, ignore_progress)


def test_gradient_is_that_of_the_distance(bundle, shape):
    points = np.random.default_rng(0).uniform(-0.8, 0.8, (50, 3)).astype(np.float32)
    distance, gradient = compose_distance(bundle, shape)(points)
    field = compose_shape_field(bundle, shape)
    np.testing.assert_allclose(distance, field(points), atol=1e-5)
    for axis in range(3):
        step = 1e-3 * np.eye(3, dtype=np.float32)[axis]
        differences = (field(points + step) - field(points - step)) / 2e-3
        assert np.median(np.abs(differences - gradient[:, axis])) < 0.02


def test_the_field_is_zero_on_the_surface_and_negative_inside(bundle, shape, decoded):
    vertices, faces = decoded
    field = compose_shape_field(bundle, shape)
    assert np.abs(field(vertices)).mean() < 0.1 * 2 / DETAIL
    assert field(np.full((1, 3), 0.99, np.float32))[0] > 0
    corners = vertices[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True).clip(1e-12)
    inside = (corners.mean(axis=1) - 0.01 * normals).astype(np.float32)
    assert (field(inside) < 0).mean() > 0.95


def test_an_initial_surface_gives_the_same_one_with_fewer_evaluations(bundle, shape, decoded, monkeypatch):
    counts = []

    def counted(*arguments):
        field = compose_shape_field(*arguments)
        counts.append(0)

        def evaluate(points):
            counts[-1] += len(points)
            return field(points)

        return evaluate

    monkeypatch.setattr(surfaces, "compose_shape_field", counted)
    decode_surface(bundle, shape, DETAIL, ignore_progress)
    initial = extract_uncleaned(bundle, compose_shape_field(bundle, shape), 96)
    vertices, faces = decode_surface(bundle, shape, DETAIL, ignore_progress, initial)
    assert np.array_equal(vertices, decoded[0])
    assert np.array_equal(faces, decoded[1])
    assert counts[1] < 0.7 * counts[0]


def test_loose_fragments_are_removed(bundle, shape, monkeypatch):
    def balls(*_):
        def distance(points):
            body = np.linalg.norm(points, axis=1) - 0.6
            fragment = np.linalg.norm(points - 0.85, axis=1) - 0.06
            return np.minimum(body, fragment).astype(np.float32)

        return distance

    monkeypatch.setattr(surfaces, "compose_shape_field", balls)
    vertices, _ = decode_surface(bundle, shape, DETAIL, ignore_progress)
    assert vertices.max() < 0.61


def test_progress_is_that_of_the_surface(bundle, shape):
    calls = []
    decode_surface(bundle, shape, DETAIL, lambda *call: calls.append(call))
    assert {stage for stage, _, _ in calls} == {"surface"}
    assert calls[-1][1] == calls[-1][2]
