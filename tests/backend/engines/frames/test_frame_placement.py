"""Where frames are placed: how high, on the ground, in the middle."""

import numpy as np
import pytest
from zoetrope.engines.frames.placement import place_frames
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.weights.bundle import ActionLabel

HEIGHTS = (0.8, 0.7, 0.2, 0.1, 0.1)


def boxes():
    corners = np.indices((2, 2, 2)).reshape(3, -1).T.astype(np.float64)
    return [corners * (1.0, 1.0, height) + (0.3, 0.2, -0.4) for height in HEIGHTS]


def placed(cyclic, category="quadruped"):
    label = ActionLabel(name="death", clips=1, cyclic=cyclic, returns_to_start=cyclic)
    resolved = ResolvedRequest(GenerateRequest(category), 1, 1, label, 1.6, 0)
    return place_frames(boxes(), resolved)


@pytest.mark.parametrize(("cyclic", "frame"), [(False, 0), (True, 2)])
def test_one_that_falls_is_as_high_as_it_stands_at_first(cyclic, frame):
    heights = [float(np.ptp(points[:, 2])) for points in placed(cyclic)]
    assert heights == pytest.approx([1.6 * height / HEIGHTS[frame] for height in HEIGHTS], rel=1e-5)


def test_the_lowest_is_on_the_ground_in_the_middle():
    points = np.concatenate(placed(False))
    assert points.min(axis=0) == pytest.approx([-1.0, -1.0, 0.0], abs=1e-5)
    assert points[:, :2].max(axis=0) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_what_swims_hangs_above_the_ground():
    assert np.concatenate(placed(True, "fish"))[:, 2].min() > 0.1
