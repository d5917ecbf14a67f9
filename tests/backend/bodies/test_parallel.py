"""Work on several items at a time."""

import threading

import pytest
from zoetrope.bodies.parallel import map_parallel
from zoetrope.errors import Cancelled


def test_results_come_in_the_order_of_the_items():
    done = []
    assert map_parallel(lambda x: x * x, list(range(20)), done.append) == [x * x for x in range(20)]
    assert done == list(range(1, 21))


def test_a_cancel_keeps_the_rest_from_beginning():
    began = []

    def cancel(_done):
        raise Cancelled

    with pytest.raises(Cancelled):
        map_parallel(lambda x: began.append(x) or threading.Event().wait(0.05), list(range(100)), cancel)
    assert len(began) < 50


def test_an_error_of_one_item_is_raised():
    with pytest.raises(ZeroDivisionError):
        map_parallel(lambda x: 1 / x, [1, 0, 2], lambda _done: None)
