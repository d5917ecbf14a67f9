"""A creature's clips stay above the floor."""

import numpy as np
import pytest

from blender_addon.core.ground import SINK, above_floor

REST = np.array([[0, 0, 0], [0, 0, 2]], np.float32)


def heights(*lowest):
    """Heights of the lowest vertex over time."""
    return np.array(lowest, np.float32)


@pytest.mark.parametrize("category", ["fish", "winged"])
def test_fish_and_flyers_are_raised_by_the_lowest_frame_of_all_clips(category):
    raised, lifts = above_floor(category, REST, [heights(0.0, 0.2), heights(0.1, -0.3)])
    assert raised == pytest.approx(0.3)
    assert [lift.tolist() for lift in lifts] == [[0.0, 0.0], [0.0, 0.0]]
    assert above_floor(category, REST, [heights(0.5, 0.2)])[0] == 0.0


@pytest.mark.parametrize("category", ["quadruped", None])
def test_others_keep_their_rest_pose_on_the_floor_and_sink_no_more_than_a_little(category):
    clips = [heights(0.0, -0.05, -0.4, 0.1), heights(0.3, -0.5)]
    raised, lifts = above_floor(category, REST, clips)
    assert raised == 0.0
    assert lifts[0] == pytest.approx([0.0, 0.0, 0.4 - 2 * SINK, 0.0])
    assert lifts[1] == pytest.approx([0.0, 0.5 - 2 * SINK])
