"""A request that waits or runs: progress with an overall fraction, and cancelling."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from zoetrope.atomic_write import FULL
from zoetrope.engines.base import Engine
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.memory import is_out_of_memory, out_of_memory
from zoetrope.service.messages import Progress
from zoetrope.service.requests import Id

log = logging.getLogger(__name__)

MIN_INTERVAL = 0.1
"""Seconds between progress notifications."""
VISIBLE = 0.05
"""Step of the overall fraction that is notified of however soon it comes."""
RESULT = "result.npz"
MAX_NAME_LENGTH = 300
"""Characters of a name in a message."""


class Job:
    """A request that waits or runs.

    Parameters
    ----------
    ident : int or str
    shares : dict
        Share of each stage in the overall fraction, in the order in which they run.
    work : callable
        Does the work for an engine and this job; its return value is the answer.
    notify : callable
        Sends a progress notification; called from the worker thread.
    """

    def __init__(
        self,
        ident: Id,
        shares: dict[str, float],
        work: Callable[[Engine, "Job"], Any],
        notify: Callable[[Progress], None],
    ) -> None:
        self.ident, self.shares, self._work = ident, shares, work
        self._notify = notify
        self._cancel = threading.Event()
        self._start = time.perf_counter()
        self._stage, self._stage_start, self._last_sent = "", self._start, 0.0
        self._last_fraction = 0.0
        self._stage_seconds: dict[str, float] = {}

    def cancel(self) -> None:
        """Ask the job to stop at its next step."""
        self._cancel.set()

    def on_progress(self, stage: str, step: int, total: int) -> None:
        """Notify of progress; raise Cancelled. Throttled, except ends of stages and visible steps."""
        if self._cancel.is_set():
            raise Cancelled
        now = time.perf_counter()
        if stage != self._stage:
            self._close_stage(now)
            self._stage, self._stage_start = stage, now
        stages = list(self.shares)
        before = sum(self.shares[name] for name in stages[: stages.index(stage)]) if stage in stages else 0.0
        fraction = before + self.shares.get(stage, 0.0) * step / max(total, 1)
        hardly_moved = fraction - self._last_fraction < VISIBLE
        if step < total and now - self._last_sent < MIN_INTERVAL and hardly_moved:
            return
        self._last_sent, self._last_fraction = now, fraction
        self._notify(Progress(self.ident, stage, step, total, now - self._start, min(fraction, 1.0)))

    def _close_stage(self, now: float) -> None:
        if self._stage:
            seconds = self._stage_seconds.get(self._stage, 0.0) + now - self._stage_start
            self._stage_seconds[self._stage] = round(seconds, 4)

    def run(self, engine: Engine) -> Any:
        """Do the work; returns the answer."""
        self._start = time.perf_counter()
        return self._work(engine, self)

    def timing(self) -> tuple[dict[str, float], float]:
        """Return the seconds of each stage and in total, and close the last stage."""
        now = time.perf_counter()
        self._close_stage(now)
        return self._stage_seconds, round(now - self._start, 4)

    def write(self, path: Path, save: Callable[[Path], None]) -> None:
        """Write a result file; a job that is cancelled meanwhile leaves none."""
        self.on_progress("write", 0, 1)
        check_job_folder(path.parent)
        save(path)
        try:
            self.on_progress("write", 1, 1)
        except BaseException:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise


def check_job_folder(folder: Path) -> Path:
    """Return the path of the result in a job folder.

    Raises
    ------
    ZoetropeError
        Code "bad_request": there is no such folder, or a link or folder is in the way of the result.
    """
    path = folder / RESULT
    try:
        exists = folder.is_dir()
        free = path.is_file() and not path.is_symlink() if os.path.lexists(path) else True
    except (OSError, ValueError):  # a name that no file can have
        exists, free = False, True
    if not exists:
        raise ZoetropeError(
            f"The job folder {str(folder)[:MAX_NAME_LENGTH]} does not exist.",
            code="bad_request",
            remedy="Create it first, and keep it until the answer.",
        )
    if not free:
        raise ZoetropeError(
            f"{path} is a link or a folder.", code="bad_request", remedy="Use an empty job folder."
        )
    return path


def as_zoetrope_error(error: BaseException) -> ZoetropeError:
    """Return any exception as a ZoetropeError; unexpected ones are logged with their traceback."""
    if isinstance(error, ZoetropeError):
        return error
    if is_out_of_memory(error):
        return out_of_memory()
    if isinstance(error, OSError) and error.errno in FULL:
        return ZoetropeError("The disk is full.", code="disk_full", remedy="Free some space and try again.")
    log.error("unexpected error", exc_info=error)
    return ZoetropeError(
        f"The backend failed: {type(error).__name__}: {error}.",
        code="internal",
        remedy="The log has the details; please report them.",
    )
