"""Motion quality of boxes whose motion is known exactly."""

from dataclasses import asdict

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, jerk, measure

BOX = trimesh.creation.box(extents=(1.0, 2.0, 2.0))
REST, FACES = np.asarray(BOX.vertices) + [0, 0, 1.0], np.asarray(BOX.faces)
DIAGONAL = 3.0


def measured(frames: np.ndarray, fps: float = 10.0, cyclic: bool = False) -> MotionQuality:
    return measure(REST, FACES, frames, fps, cyclic, "walk")


def still(count: int) -> np.ndarray:
    return np.repeat(REST[None], count, axis=0)


def test_still_body_scores_zero() -> None:
    found = measured(still(6), cyclic=True)
    assert asdict(found) == pytest.approx(
        {"edge_change": 0, "volume_change": 0, "jerk": 0, "closing": 0, "penetration": 0, "sliding": 0}
    )


def test_edge_and_volume_change_of_a_growing_body() -> None:
    found = measured(2 * still(5))
    assert found.edge_change == pytest.approx(np.log(2))
    assert found.volume_change == pytest.approx(7)


def test_jerk_is_the_third_derivative() -> None:
    fps = 20.0
    t = np.arange(12) / fps
    frames = still(12) + (t**3)[:, None, None] * np.array([0.0, 0.0, 1.0])
    assert jerk(frames, fps, False) == pytest.approx(6.0)
    assert measured(frames, fps=fps).jerk == pytest.approx(6.0 / DIAGONAL)
    assert jerk(frames, fps, True) > 100, "the loop does not close"
    assert jerk(frames[:3], fps, True) == 0


def test_depth_below_the_ground() -> None:
    frames = still(4) - np.array([0, 0, 0.5]) * np.array([0, 1, 0, 1])[:, None, None]
    assert measured(frames).penetration == pytest.approx(0.25 / 2.0)


@pytest.mark.parametrize(("action", "expected"), [("walk", 0.0), ("run", 0.0), ("idle", 3.0 / 2.0)])
def test_feet_slide_unless_the_creature_travels_with_them(action: str, expected: float) -> None:
    """Feet that move back at 3 m/s do not slide in a walk. Six boxes give enough contacts."""
    rest = np.concatenate([REST + [3.0 * i, 0, 0] for i in range(6)])
    faces = np.concatenate([FACES + len(REST) * i for i in range(6)])
    frames = rest + np.arange(8)[:, None, None] * np.array([0, 0.3, 0])
    assert measure(rest, faces, frames, 10.0, False, action).sliding == pytest.approx(expected, abs=1e-9)


def test_sliding_needs_contact_in_consecutive_frames() -> None:
    frames = still(4) + 2.0 * np.array([0, 1, 0, 1])[:, None, None]
    assert measured(frames).sliding is None
