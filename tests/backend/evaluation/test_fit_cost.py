"""How far a clip lies from itself: moments, distances and the table."""

import numpy as np
import pytest
from zoetrope.evaluation.clouds import FRAMES
from zoetrope.evaluation.fit_cost import FILES, OUTER, ROWS, SHOWN, apart, at_moments, table


@pytest.mark.parametrize("cyclic", [True, False])
def test_model_frames_are_taken_where_real_clips_are(cyclic):
    turn = np.arange(32) / (32 if cyclic else 31)
    frames = np.stack([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)], axis=1)[:, None]
    wanted = 2 * np.pi * np.linspace(0, 1, FRAMES)
    taken = at_moments(frames, cyclic)[:, 0]
    np.testing.assert_allclose(taken, np.stack([np.cos(wanted), np.sin(wanted)], axis=1), atol=2e-3)


def test_clouds_that_lie_apart():
    rng = np.random.default_rng(0)
    cloud = rng.uniform(-1, 1, (3, 500, 3))
    assert apart(cloud, cloud) == 0
    assert apart(cloud, 5 * cloud + 2) == pytest.approx(0, abs=1e-9), "scale and place do not count"
    flat = cloud * [1, 1, 0.5]
    assert apart(cloud, flat) == pytest.approx(apart(flat, cloud))
    assert apart(cloud, flat) > 0.005


def test_a_row_has_mean_and_median_to_both_references():
    found = {
        name: np.array([[0.001, 0.002], [0.002, 0.002], [0.009, 0.002]]) * (i + 1)
        for i, name in enumerate(ROWS)
    }
    lines = table(found)
    assert f"to {OUTER}: median" in lines[0]
    assert lines[2] == f"| {FILES} | 4.00 | 2.00 | 2.00 | 2.00 |"
    assert lines[6] == f"| {SHOWN} | 20.00 | 10.00 | 10.00 | 10.00 |"
