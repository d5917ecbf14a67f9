"""Threads end where one of them fails or the evaluation is interrupted."""

import time

import pytest
from zoetrope.engines.progress import ignore_progress
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session.threads import map_in_threads


def test_results_are_in_the_order_of_the_items():
    reported = []

    def work(item, on_progress):
        time.sleep(0.05 * item)
        on_progress("step", item, 3)
        return 10 * item

    assert map_in_threads(work, (2, 0, 1), lambda *words: reported.append(words)) == [20, 0, 10]
    assert reported == [("step", i, 3) for i in range(3)]


@pytest.mark.parametrize("error", [ZoetropeError("No."), KeyboardInterrupt()])
def test_others_end_when_they_next_report_progress(error):
    began = time.monotonic()

    def work(item, on_progress):
        if item == "fails":
            raise error
        for step in range(600):
            time.sleep(0.05)
            on_progress("long", step, 600)

    with pytest.raises(type(error)):
        map_in_threads(work, ("fails", "is long"), ignore_progress)
    assert time.monotonic() - began < 10
