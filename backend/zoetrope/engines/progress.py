"""Reporting how far a generation is."""

from collections.abc import Callable

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, step, total); may raise `zoetrope.errors.Cancelled` to stop the job."""


def ignore_progress(stage: str, step: int, total: int) -> None:
    """Report nothing: the `OnProgress` of callers without a progress bar."""


def share_of_progress(on_progress: OnProgress, index: int, count: int) -> OnProgress:
    """Return the `OnProgress` of one of several actions, which reports its steps as a share of all."""
    return lambda stage, step, total: on_progress(stage, index * total + step, count * total)
