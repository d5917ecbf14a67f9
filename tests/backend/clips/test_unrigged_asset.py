"""Vertex animations without a rig behave like rigged assets."""

import numpy as np
import pytest
from zoetrope.clips.clip import Clip
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError


def test_frames_are_met_exactly_and_interpolated_smoothly():
    seconds = np.arange(25) / 25
    angle = np.linspace(0, 2 * np.pi, 25)
    rest = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    frames = (rest + 0.2 * np.sin(angle)[:, None, None] * np.array([0.0, 0, 1])).astype(np.float32)
    clip = Clip("swing", np.array([[0, 1, 2]]), frames[0], frames, seconds, source="a.anime")
    asset = UnriggedAsset(clip)
    assert asset.span("swing") == (0.0, pytest.approx(24 / 25))
    assert np.allclose(asset.evaluate("swing", seconds), frames, atol=1e-6)
    between = asset.evaluate("swing", seconds[:-1] + 0.02)[:, 0, 2]
    assert np.allclose(between, 0.2 * np.sin(2 * np.pi * (seconds[:-1] + 0.02) * 25 / 24), atol=1e-3)
    assert np.ptp(asset.face_colours) == 0
    with pytest.raises(ZoetropeError, match="no animation"):
        asset.span("jump")
