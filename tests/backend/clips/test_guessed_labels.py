"""Labels guessed from names and frames of unlabelled clips."""

import numpy as np
import pytest
from zoetrope.clips.guessed_labels import ends_at_start, guess_action, has_motion


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
def test_action_is_guessed_from_the_name(name, action):
    assert guess_action(name) == action


def swinging(periods):
    """A triangle that swings `periods` times (T, V, 3)."""
    angle = np.linspace(0, 2 * np.pi * periods, 25)
    rest = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    return rest + 0.2 * np.sin(angle)[:, None, None] * np.array([0.0, 0, 1])


def test_return_to_the_start_and_motion_are_detected():
    assert ends_at_start(swinging(1))
    assert not ends_at_start(swinging(1.25))
    assert has_motion(swinging(1))
    assert not has_motion(np.repeat(swinging(1)[:1], 5, axis=0))
