"""Several registrations at a time: torch and scipy release the interpreter while they work."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from zoetrope.errors import Cancelled

MAX_WORKERS = 4
"""A recognition has six registrations, and each uses torch's own threads besides."""

POLL_SECONDS = 0.1
"""Between two calls of `on_done` while no result comes."""
OnStep = Callable[[int, int], None]

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_parallel(
    function: Callable[[Item, OnStep], Result], items: Sequence[Item], on_done: Callable[[int], None]
) -> list[Result]:
    """Return the function's results in the order of the items.

    Parameters
    ----------
    function : callable
        Called with one item, on a thread of its own, and with a function that it calls at each of its steps:
        that raises Cancelled once the results are not needed any more.
    items : sequence
    on_done : callable
        Called with the number of results so far, for each result and while none comes; may raise to cancel.
    """
    found: list[Result] = []
    stopped = threading.Event()

    def on_step(_done: int, _total: int) -> None:
        if stopped.is_set():
            raise Cancelled

    pool = ThreadPoolExecutor(max(1, min(MAX_WORKERS, os.cpu_count() or 1)))
    try:
        for future in [pool.submit(function, item, on_step) for item in items]:
            while not wait([future], POLL_SECONDS).done:
                on_done(len(found))
            found.append(future.result())
            on_done(len(found))
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
    return found
