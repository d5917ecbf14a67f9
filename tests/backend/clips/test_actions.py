"""Labels of clips that nobody labelled, and clips without a rig."""

import numpy as np
import pytest
from zoetrope.clips.clip import Clip
from zoetrope.clips.guessed_labels import ends_at_start, guess_action, has_motion
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("Walk", "walk"),
        ("WalkSlow", "walk"),
        ("Armature|Gallop_Jump", "run"),
        ("Fast_Flying", "fly"),
        ("HitRecieve_Left", "hit"),
        ("AnimalArmature|AnimalArmature|Death", "death"),
        ("Tail Wag", "tail wag"),
        ("Hitchhike", "hitchhike"),
        ("001", "clip"),
    ],
)
def test_actions_are_read_from_names(name, action):
    assert guess_action(name) == action


def swinging(turns):
    """A triangle that swings so often (T, V, 3)."""
    angle = np.linspace(0, 2 * np.pi * turns, 25)
    rest = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    return rest + 0.2 * np.sin(angle)[:, None, None] * np.array([0.0, 0, 1])


def test_a_clip_comes_back_or_does_not():
    assert ends_at_start(swinging(1))
    assert not ends_at_start(swinging(1.25))
    assert has_motion(swinging(1))
    assert not has_motion(np.repeat(swinging(1)[:1], 5, axis=0))


def test_a_recorded_clip_is_met_at_its_frames_and_smooth_between():
    frames = swinging(1).astype(np.float32)
    seconds = np.arange(25) / 25
    clip = Clip(
        "swing", np.array([[0, 1, 2]]), frames[0], frames, seconds, has_rest_pose=False, source="a.anime"
    )
    asset = UnriggedAsset(clip)
    assert asset.span("swing") == (0.0, pytest.approx(24 / 25))
    assert np.allclose(asset.evaluate("swing", seconds), frames, atol=1e-6)
    between = asset.evaluate("swing", seconds[:-1] + 0.02)[:, 0, 2]
    angle = 2 * np.pi * (seconds[:-1] + 0.02) * 25 / 24
    assert np.allclose(between, 0.2 * np.sin(angle), atol=1e-3)
    assert np.ptp(asset.face_colours) == 0
    with pytest.raises(ZoetropeError, match="no animation"):
        asset.span("jump")
