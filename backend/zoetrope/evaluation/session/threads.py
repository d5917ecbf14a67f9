"""Work in threads that an interruption ends."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from zoetrope.engines.progress import OnProgress
from zoetrope.errors import Cancelled

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(
    work: Callable[[Item, OnProgress], Result], items: Sequence[Item], on_progress: OnProgress
) -> list[Result]:
    """Return the results of `work(item, on_progress)` for all items, each in a thread of its own.

    Threads cannot be killed, and Python waits for them: where one fails, or this thread is interrupted, the
    others end when they next report progress.
    """
    ended = Event()

    def report(title: str, step: int, total: int) -> None:
        if ended.is_set():
            raise Cancelled
        on_progress(title, step, total)

    with ThreadPoolExecutor(len(items)) as pool:
        try:
            return list(pool.map(lambda item: work(item, report), items))
        except BaseException:
            ended.set()
            raise
