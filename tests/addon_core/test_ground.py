"""A clip stays above the floor."""

import numpy as np
import pytest

from blender_addon.core.ground import SINK, above_floor

REST = np.array([[0, 0, 0], [0, 0, 2]], np.float32)


def frames(*lowest):
    """Frames of the rest pose moved to some heights."""
    return np.stack([REST + np.array([0, 0, low], np.float32) for low in lowest])


@pytest.mark.parametrize("category", ["fish", "winged"])
def test_fish_and_flyers_are_raised_by_their_lowest_frame(category):
    raised, lifts = above_floor(category, REST, frames(0.0, -0.3, 0.2))
    assert raised == pytest.approx(0.3)
    assert not lifts.any()
    assert above_floor(category, REST, frames(0.5, 0.2))[0] == 0.0


@pytest.mark.parametrize("category", ["quadruped", None])
def test_others_keep_their_rest_pose_on_the_floor_and_sink_no_more_than_a_little(category):
    clip = frames(0.0, -0.05, -0.4, 0.1)
    raised, lifts = above_floor(category, REST, clip)
    assert raised == 0.0
    assert lifts == pytest.approx([0.0, 0.0, 0.4 - 2 * SINK, 0.0])
    assert (clip[:, :, 2] + lifts[:, None]).min() >= -2 * SINK - 1e-6
