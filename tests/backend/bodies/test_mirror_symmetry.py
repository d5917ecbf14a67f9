"""The distance of a body from its mirror image."""

import numpy as np
import pytest
from zoetrope.bodies.mirror_symmetry import MID_ACTION, mirror_distance
from zoetrope.clips.procedural import ProceduralCreature


@pytest.fixture(scope="module")
def body():
    vertices, _ = ProceduralCreature(0).mesh(40)
    return vertices.astype(float)


def test_a_body_and_its_mirror_image_are_symmetric(body):
    both = np.concatenate([body, body * [-1.0, 1.0, 1.0]])
    assert mirror_distance(both) == 0.0


def test_legs_in_a_stride_are_not(body):
    low = body[:, 2] < np.quantile(body[:, 2], 0.4)
    stride = body.copy()
    stride[low, 1] += np.where(body[low, 0] > 0, 0.3, -0.3)
    assert mirror_distance(body) < MID_ACTION < mirror_distance(stride)
