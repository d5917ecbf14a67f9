"""Work on several items at a time."""

import threading

import pytest
from zoetrope.bodies.parallel import map_parallel
from zoetrope.errors import Cancelled


def test_results_come_in_the_order_of_the_items():
    done = []
    squares = map_parallel(lambda x, _on_step: x * x, list(range(20)), done.append)
    assert squares == [x * x for x in range(20)]
    assert list(dict.fromkeys(done)) == list(range(1, 21))


def test_a_cancel_keeps_the_rest_from_beginning():
    began = []

    def cancel(_done):
        raise Cancelled

    with pytest.raises(Cancelled):
        map_parallel(
            lambda x, _on_step: began.append(x) or threading.Event().wait(0.05), list(range(100)), cancel
        )
    assert len(began) < 50


def test_a_cancel_stops_what_has_begun():
    stopped = []

    def work(item, on_step):
        try:
            for step in range(1000):  # ten seconds
                on_step(step, 1000)
                threading.Event().wait(0.01)
        except Cancelled:
            stopped.append(item)
            raise

    def cancel(_done):
        raise Cancelled

    with pytest.raises(Cancelled):
        map_parallel(work, [0], cancel)
    assert stopped == [0]


def test_an_error_of_one_item_is_raised():
    with pytest.raises(ZeroDivisionError):
        map_parallel(lambda x, _on_step: 1 / x, [1, 0, 2], lambda _done: None)
