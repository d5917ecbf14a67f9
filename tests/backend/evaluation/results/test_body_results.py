"""How near bodies at rest are to those trained on, where it is known."""

import numpy as np
import pytest
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.results.body_results import body_novelty


def sphere(name, radius, seed):
    """Return 2,048 points on a sphere as a body."""
    points = np.random.default_rng(seed).normal(size=(2048, 3))
    cloud = radius * points / np.linalg.norm(points, axis=1, keepdims=True)
    return LabelledSequence(name, "", "blob", "", cloud[None].astype(np.float32))


def test_a_copy_and_a_new_body_are_recognised():
    known = [sphere("small", 0.4, 0), sphere("large", 0.8, 1)]
    made = [
        sphere("seed 0", 0.4, 2),
        sphere("seed 1", 0.8, 3),
        sphere("seed 2", 0.6, 4),
        sphere("seed 3", 0.6, 5),
    ]
    found = body_novelty(made, known, sampling_error=0.03)
    assert found["copies"]["value"] == 0.5
    assert found["count"] == 4
    near, far = found["quartiles"]
    assert near < 0.04
    assert far == pytest.approx(0.2, abs=0.01), "from a sphere to one that is larger by 0.2"
