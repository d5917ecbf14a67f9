"""The next free place along X."""

import time

import numpy as np
import pytest

from blender_addon.core.free_place import FAR, TRIES, free_shift, overlap

BOX = ((-1.0, -1.0, 0.0), (1.0, 1.0, 2.0))


def at(x, width=1.0):
    """A box around a point of the X axis."""
    return ((x - width, -1.0, 0.0), (x + width, 1.0, 2.0))


def shift(*others):
    return free_shift(BOX, others, 0.2)


def test_a_free_place_is_kept():
    assert shift() == 0.0
    assert shift(at(5.0), ((-9, -9, -1), (9, 9, 0))) == 0.0


def test_it_moves_past_what_is_in_the_way():
    assert shift(at(0.0)) == pytest.approx(2.2)
    assert shift(at(0.0), at(2.2)) == pytest.approx(4.4)
    assert shift(at(2.2), at(0.0)) == pytest.approx(4.4)


def test_a_gap_that_is_too_narrow_is_passed_and_a_wide_one_taken():
    assert shift(at(0.0), at(3.0)) == pytest.approx(5.2)
    assert shift(at(0.0), at(9.0)) == pytest.approx(2.2)


def test_a_long_box_behind_short_ones_is_passed():
    assert shift(at(0.0, 6.0), at(0.5), at(1.0), at(9.0)) == pytest.approx(11.2)


def test_what_blocks_a_place_of_its_own_accord_is_passed_too():
    def blocks(box):
        return 7.0 if box[0][0] < 7.0 else None

    assert free_shift(BOX, [at(0.0)], 0.2, blocks) == pytest.approx(8.2)
    assert free_shift(BOX, [at(0.0), at(8.0)], 0.2, blocks) == pytest.approx(10.2)


def test_a_place_that_is_too_far_away_is_not_taken():
    row = [at(2.0 * i) for i in range(int(FAR) + 5)]
    assert shift(*row[: int(FAR) // 2]) > 0.0
    assert shift(*row) == 0.0


def test_many_boxes_take_no_time():
    began = time.monotonic()
    assert shift(*[at(0.0005 * i, 0.3) for i in range(100_000)]) == pytest.approx(51.4, abs=0.2)
    assert time.monotonic() - began < 2.0


def test_it_gives_up_after_some_tries():
    asked = []

    def blocks(box):
        asked.append(box)
        return box[0][0] + 0.001

    assert free_shift(BOX, [], 0.0, blocks) == 0.0
    assert len(asked) == TRIES


def test_touching_is_no_overlap():
    assert not overlap(at(0.0), at(2.0))
    assert overlap(at(0.0), at(1.9))
    assert overlap(at(0.0), np.array([at(2.0), at(1.9)])).tolist() == [False, True]
