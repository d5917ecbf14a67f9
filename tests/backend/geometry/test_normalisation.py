"""The coordinate box of the fields."""

import numpy as np
from zoetrope.geometry.normalisation import normalising_box


def test_box_is_centred_has_longest_side_1_8_and_is_invertible():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(100, 3)) * [1, 20, 3] + [5, 6, 7]
    box = normalising_box(points)
    inside = box.to_box(points)
    assert np.isclose(np.ptp(inside, axis=0).max(), 1.8)
    assert np.allclose(inside.max(0) + inside.min(0), 0)
    assert np.allclose(box.to_source(inside), points)
