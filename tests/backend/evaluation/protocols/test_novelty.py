"""Novelty: copies are found, others are not, and sampling errors are those of copies."""

import numpy as np
import pytest
import trimesh
from random_sequences import labelled_sequences
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.chamfer import chamfer_mean
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points
from zoetrope.evaluation.protocols.novelty import (
    Shapes,
    centred_sequences,
    clip_sampling_error,
    nearest_clips,
    nearest_shapes,
    summary,
)
from zoetrope.geometry.normalisation import normalising_box

BOX, BALL = trimesh.creation.box(extents=(1, 2, 1)), trimesh.creation.icosphere(3)


def points(mesh, seed):
    vertices = np.asarray(mesh.vertices)
    return sample_surface_points(
        normalising_box(vertices).to_box(vertices), np.asarray(mesh.faces), 2048, seed
    )


def test_copy_is_nearest_to_its_original():
    training = Shapes(np.stack([points(BOX, 0), points(BALL, 0)]), ("box", "ball"))
    distance, order = nearest_shapes(np.stack([points(BALL, 1), points(BOX, 1)]), training, 2)
    assert order[:, 0].tolist() == [1, 0]
    assert (distance[:, 0] < 0.05).all()
    assert (distance[:, 1] > 0.1).all()


def test_nearest_shapes_are_those_of_all_distances():
    rng = np.random.default_rng(0)
    made = [trimesh.creation.box(extents=rng.uniform(0.3, 2.0, 3)) for _ in range(24)]
    every = np.stack([points(mesh, seed) for seed, mesh in enumerate(made)])
    training = Shapes(every[:20], tuple("abcdefghijklmnopqrst"))
    distance, order = nearest_shapes(every[20:], training)
    matrix = np.array([[chamfer_mean(KDTree(a), KDTree(b)) for b in training.points] for a in every[20:]])
    assert np.array_equal(order, np.argsort(matrix, axis=1)[:, :3])
    assert np.array_equal(distance, np.sort(matrix, axis=1)[:, :3])


def test_copies_are_counted_by_the_sampling_error():
    distances = np.array([0.010, 0.012, 0.016, 0.05, 0.06, 0.07])
    found = summary(distances, ["a", "a", "b", "b", "c", "c"], 0.01)
    assert found["copies"]["value"] == pytest.approx(2 / 6)
    assert found["median"]["value"] == pytest.approx(0.033)
    assert found["median"]["se"] > 0


def test_training_clips_have_distance_zero():
    training = labelled_sequences(8, 0)
    distance, which = nearest_clips([training[3], labelled_sequences(1, 9)[0]], centred_sequences(training))
    assert which[0, 0] == 3
    assert distance[0, 0] == 0
    assert distance[1, 0] > 0.05
    assert clip_sampling_error(training, training) == 0
    assert clip_sampling_error(training[:1], training[1:2]) == pytest.approx(
        nearest_clips(training[:1], centred_sequences(training[1:2]))[0][0, 0]
    )
