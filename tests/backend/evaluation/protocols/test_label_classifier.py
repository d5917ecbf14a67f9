"""The classifier learns what can be learned, and is at a loss where labels mean nothing."""

import numpy as np
import pytest
from zoetrope.evaluation.guidance_check import asked, by_label, compared
from zoetrope.evaluation.protocols.label_classifier import FRAMES, Example, example, train


def clip(kind, action, seed):
    """Tall or long clouds that swing up and down or fall over."""
    rng = np.random.default_rng(seed)
    size = np.array([0.3, 0.3, 1.0]) if kind == "tall" else np.array([0.3, 1.0, 0.3])
    vertices = rng.normal(0, 1, (60, 3)) * size
    faces = rng.integers(0, 60, (80, 3))
    t = np.linspace(0, 1, FRAMES)[:, None, None]
    way = np.sin(2 * np.pi * t) * [0, 0, 0.2] if action == "hop" else t * [0, 0.5, -0.3]
    return example(vertices, faces, vertices + way, 1.0, action == "hop", kind, action, seed)


@pytest.fixture(scope="module")
def examples():
    return [
        clip(k, a, 10 * i + j)
        for i in range(8)
        for j, (k, a) in enumerate([("tall", "hop"), ("tall", "fall"), ("long", "hop"), ("long", "fall")])
    ]


def test_it_learns_what_real_clips_show(examples):
    classifier = train(examples, steps=120, batch=16)
    unseen = [clip(k, a, 1000 + i) for i, (k, a) in enumerate([("tall", "fall"), ("long", "hop")] * 5)]
    category, action = classifier.right(unseen)
    assert category.mean() >= 0.9
    assert action.mean() >= 0.9
    wrong = [
        Example(e.rest, e.ways, e.seconds, e.cyclic, "long", e.action) for e in unseen if e.category == "tall"
    ]
    assert classifier.right(wrong)[0].mean() <= 0.2, "it says what it sees, not what is asked"


def test_points_are_followed(examples):
    one = examples[1]
    assert one.rest.shape == (512, 3)
    assert np.abs(one.rest).max() <= 0.9 + 1e-5
    assert np.allclose(one.ways[0], 0, atol=1e-6)
    assert np.allclose(one.ways[-1], one.ways[-1][:1], atol=1e-5), "all points fall alike"


def test_the_table_says_difference_and_error():
    real = (np.array([True] * 9 + [False]), np.array([True] * 5 + [False] * 5))
    drawn = (np.array([True] * 8 + [False] * 2), np.array([True] * 10))
    table = compared(real, drawn)
    assert table[0][:3] == ["category", "90.0 ± 9.5", "80.0 ± 12.6"]
    assert table[0][3].startswith("-10.0")
    assert table[1][3].startswith("+50.0")


def labelled(category, action):
    still = np.zeros((4, 3), dtype=np.float32)
    return Example(still, np.zeros((16, 4, 3), dtype=np.float32), 1.0, False, category, action)


def test_labels_are_asked_as_often_as_they_are_held_out():
    held_out = [labelled("fish", "swim")] * 3 + [labelled("blob", "jump")]
    labels = asked(held_out, 40)
    assert labels.count(("fish", "swim")) == 30
    assert labels.count(("blob", "jump")) == 10
    assert len(asked(held_out, 5)) == 5


def test_agreement_is_counted_label_by_label():
    real = [labelled("fish", "swim"), labelled("blob", "jump")], np.array([1.0, 0.0])
    drawn = [labelled("fish", "swim"), labelled("fish", "death")], np.array([1.0, 0.0])
    assert by_label("category", real, drawn) == [["blob", "0 of 1", "0 of 0"], ["fish", "1 of 1", "1 of 2"]]
