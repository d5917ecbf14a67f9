"""Several registrations at a time: torch and scipy release the interpreter while they work."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MAX_WORKERS = 4
"""A recognition has six registrations, and each uses torch's own threads besides."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_parallel(
    function: Callable[[Item], Result], items: Sequence[Item], on_done: Callable[[int], None]
) -> list[Result]:
    """Return the function's results in the order of the items.

    Parameters
    ----------
    function : callable
        Called with one item, on a thread of its own.
    items : sequence
    on_done : callable
        Called with the number of results so far; may raise to cancel what has not begun.
    """
    found = []
    pool = ThreadPoolExecutor(max(1, min(MAX_WORKERS, os.cpu_count() or 1)))
    try:
        for result in pool.map(function, items):
            found.append(result)
            on_done(len(found))
    finally:
        pool.shutdown(cancel_futures=True)
    return found
