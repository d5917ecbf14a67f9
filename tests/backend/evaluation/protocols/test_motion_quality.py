"""Motion quality on boxes whose motion is known exactly."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.protocols.motion_quality import MovingMesh, jerk, measure, volume

BOX = trimesh.creation.box(extents=(1.0, 2.0, 2.0))
REST, FACES = np.asarray(BOX.vertices) + [0, 0, 1.0], np.asarray(BOX.faces)
DIAGONAL = 3.0


def moving(frames: np.ndarray, **changes: object) -> MovingMesh:
    return replace(MovingMesh(REST, FACES, frames, 10.0, False, "walk"), **changes)


def still(count: int) -> np.ndarray:
    return np.repeat(REST[None], count, axis=0)


def test_a_still_body_scores_nothing() -> None:
    found = measure(moving(still(6), cyclic=True))
    assert found.to_dict() == pytest.approx(
        {"edge_change": 0, "volume_change": 0, "jerk": 0, "closing": 0, "penetration": 0, "sliding": 0}
    )


def test_edges_and_volume_of_a_body_that_grows() -> None:
    found = measure(moving(2 * still(5)))
    assert found.edge_change == pytest.approx(np.log(2))
    assert found.volume_change == pytest.approx(7)
    assert volume(REST, FACES) == pytest.approx(4)


def test_jerk_is_the_third_derivative() -> None:
    fps = 20.0
    t = np.arange(12) / fps
    frames = still(12) + (t**3)[:, None, None] * np.array([0.0, 0.0, 1.0])
    assert jerk(frames, fps, False) == pytest.approx(6.0)
    assert measure(moving(frames, fps=fps)).jerk == pytest.approx(6.0 / DIAGONAL)
    assert jerk(frames, fps, True) > 100, "its seam is a jump"
    assert jerk(frames[:3], fps, True) == 0


def test_depth_below_the_ground() -> None:
    frames = still(4) - np.array([0, 0, 0.5]) * np.array([0, 1, 0, 1])[:, None, None]
    assert measure(moving(frames)).penetration == pytest.approx(0.25 / 2.0)


@pytest.mark.parametrize(("action", "expected"), [("walk", 0.0), ("run", 0.0), ("idle", 3.0 / 2.0)])
def test_feet_slide_unless_the_creature_travels_with_them(action: str, expected: float) -> None:
    """Feet that go back at 3 m/s stand still under a walk; six boxes: contacts enough."""
    rest = np.concatenate([REST + [3.0 * i, 0, 0] for i in range(6)])
    faces = np.concatenate([FACES + len(REST) * i for i in range(6)])
    frames = rest + np.arange(8)[:, None, None] * np.array([0, 0.3, 0])
    mesh = MovingMesh(rest, faces, frames, 10.0, False, action)
    assert measure(mesh).sliding == pytest.approx(expected, abs=1e-9)


def test_nothing_touches_the_ground_twice() -> None:
    frames = still(4) + 2.0 * np.array([0, 1, 0, 1])[:, None, None]
    assert measure(moving(frames)).sliding is None
