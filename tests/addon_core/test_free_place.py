"""The next free place along X."""

import pytest

from blender_addon.core.free_place import free_shift, overlap

BOX = ((-1.0, -1.0, 0.0), (1.0, 1.0, 2.0))


def at(x, width=1.0):
    """A box around a point of the X axis."""
    return ((x - width, -1.0, 0.0), (x + width, 1.0, 2.0))


def shift(*others):
    return free_shift(BOX, lambda _box: others, 0.2)


def test_a_free_place_is_kept():
    assert shift() == 0.0
    assert shift(at(5.0), ((-9, -9, -1), (9, 9, 0))) == 0.0


def test_it_moves_past_what_is_in_the_way():
    assert shift(at(0.0)) == pytest.approx(2.2)
    assert shift(at(0.0), at(2.2)) == pytest.approx(4.4)


def test_a_gap_that_is_too_narrow_is_passed_and_a_wide_one_taken():
    assert shift(at(0.0), at(3.0)) == pytest.approx(5.2)
    assert shift(at(0.0), at(9.0)) == pytest.approx(2.2)


def test_what_is_in_the_way_may_depend_on_the_place():
    def in_the_way(box):
        return [at(0.0)] if box[0][0] < 0 else [at(3.0, 2.0)] if box[0][0] < 4 else []

    assert free_shift(BOX, in_the_way, 0.2) == pytest.approx(6.2)


def test_touching_is_no_overlap():
    assert not overlap(at(0.0), at(2.0))
    assert overlap(at(0.0), at(1.9))
