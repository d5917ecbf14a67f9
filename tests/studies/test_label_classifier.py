"""The label classifier learns from real clips and predicts what they show."""

import numpy as np
import pytest

from studies.guidance.label_classifier import FRAMES, Example, example, train


def clip(category, action, seed):
    """Return tall or long clouds that move up and down or fall."""
    rng = np.random.default_rng(seed)
    size = np.array([0.3, 0.3, 1.0]) if category == "tall" else np.array([0.3, 1.0, 0.3])
    vertices = rng.normal(0, 1, (60, 3)) * size
    faces = rng.integers(0, 60, (80, 3))
    t = np.linspace(0, 1, FRAMES)[:, None, None]
    offsets = np.sin(2 * np.pi * t) * [0, 0, 0.2] if action == "hop" else t * [0, 0.5, -0.3]
    return example(vertices, faces, vertices + offsets, 1.0, action == "hop", category, action, seed)


@pytest.fixture(scope="module")
def examples():
    return [
        clip(k, a, 10 * i + j)
        for i in range(8)
        for j, (k, a) in enumerate([("tall", "hop"), ("tall", "fall"), ("long", "hop"), ("long", "fall")])
    ]


def test_labels_of_unseen_clips_are_predicted(examples):
    classifier = train(examples, steps=80, batch=16)
    unseen = [clip(k, a, 1000 + i) for i, (k, a) in enumerate([("tall", "fall"), ("long", "hop")] * 5)]
    category, action = classifier.correct(unseen)
    assert category.mean() >= 0.9
    assert action.mean() >= 0.9
    wrong = [
        Example(e.rest, e.offsets, e.seconds, e.cyclic, "long", e.action)
        for e in unseen
        if e.category == "tall"
    ]
    assert classifier.correct(wrong)[0].mean() <= 0.2, "predictions do not depend on the given label"


def test_points_are_followed_through_the_clip(examples):
    one = examples[1]
    assert one.rest.shape == (512, 3)
    assert np.abs(one.rest).max() <= 0.9 + 1e-5
    assert np.allclose(one.offsets[0], 0, atol=1e-6)
    assert np.allclose(one.offsets[-1], one.offsets[-1][:1], atol=1e-5), "all points fall by the same offset"
