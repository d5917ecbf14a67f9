"""Each quality check against a body with a known defect."""

import numpy as np
import pytest
from defective_sequences import body, sequence, walking
from zoetrope.evaluation.protocols.quality_checks import (
    CHECKS,
    QualityChecks,
    check,
    closing_step,
    largest_share,
)
from zoetrope.geometry.ground_contact import count_legs

TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_walking_creature_passes_all_checks():
    found = check(walking())
    assert found.passes == dict.fromkeys(CHECKS, True)
    assert found.largest_share == pytest.approx(1)
    assert found.legs == 4
    assert 0.03 < found.displacement < 0.3
    assert 1 < found.stretch < 2


def test_legs_apply_to_four_legged_categories_only():
    legless = QualityChecks(1.0, 0, 0.1, 1.0, None)
    assert legless.passes_for("quadruped")["legs"] is False
    assert "legs" not in legless.passes_for("fish")


@pytest.mark.parametrize(("without", "legs"), [((), 4), (("fl",), 3), (("fl", "br"), 2)])
def test_missing_legs_are_not_counted(without, legs):
    vertices, faces = body(*without)
    assert count_legs(vertices, faces) == legs


def test_legs_that_are_joined_count_as_one():
    vertices, _ = body()
    bottom = vertices[:, 2].min()
    feet = vertices[(vertices[:, 2] < bottom + 0.05) & (vertices[:, 1] < 0)]
    middle = [0, feet[:, 1].mean(), bottom + 0.1]
    half = [np.abs(feet[:, 0]).max(), 0.03, 0.1]

    def web(points):
        """A wall between the two front legs, from the ground up."""
        return (np.abs(points - middle) - half).max(axis=1)

    assert count_legs(*body(extra=web)) == 3


def test_holes_and_threads_are_no_legs():
    """Four tubes for legs: outlines of holes do not count; nor does a thread that hangs to the ground."""
    vertices, faces = body()
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    diagonal = np.linalg.norm(high - low)
    thread = TETRAHEDRON * [0.002 * diagonal, 0.002 * diagonal, 0.2] + [0, 0, low[2]]
    with_thread = np.concatenate([vertices, thread])
    assert count_legs(with_thread, np.concatenate([faces, FACES + len(vertices)])) == 4
    assert count_legs(vertices, faces[:, ::-1]) == 0, "inside out: every outline is a hole"


def test_share_of_the_largest_part():
    bigger = np.concatenate([TETRAHEDRON * 2, TETRAHEDRON + 5])
    assert largest_share(bigger, np.concatenate([FACES, FACES + 4])) == pytest.approx(8 / 9)
    assert not check(sequence(bigger, np.concatenate([FACES, FACES + 4]), [bigger])).passes["largest_share"]


@pytest.mark.parametrize(("missing", "expected"), [(0, 1.0), (3, 4.0)])
def test_closing_is_measured_in_median_steps(missing, expected):
    """Vertices that move on a circle; frames left out at the end make the loop jump."""
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)[: 64 - missing]
    frames = np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)[:, None].repeat(5, axis=1)
    assert closing_step(frames) == pytest.approx(expected, rel=0.02)


def test_closing_applies_to_loops_only():
    vertices, faces = body()
    frames = [vertices, vertices * 1.01, vertices * 1.2]
    assert check(sequence(vertices, faces, frames, cyclic=False)).closing is None
    looped = check(sequence(vertices, faces, frames))
    assert looped.closing > 1
    assert not looped.passes["closing"]


def test_still_loop_closes():
    assert closing_step(np.zeros((4, 3, 3))) == 0
