"""Loss and speed of a run for TensorBoard."""

import logging
import time
from pathlib import Path
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)

INTERVAL = 20
"""Steps between two points of a curve."""


class Curves:
    """An `OnTrainingStep` callback that writes each stage's loss and speed (`tensorboard --logdir RUN/log`).

    Each process needs a folder of its own, since TensorBoard follows one file of a folder. Without the
    package tensorboard nothing is written but one line in the log.
    """

    def __init__(self, folder: Path) -> None:
        self._began: dict[str, tuple[int, float]] = {}
        self._folder = folder
        self._writer: Any = None

    def _open(self) -> Any:
        """Return what writes the curves; made at the first step, so that a refused run leaves no folder."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            log.info("No curves are written: they need `pip install tensorboard`.")
            return False
        return SummaryWriter(str(self._folder))

    def __call__(self, stage: str, step: int, total: int, loss: float) -> None:
        """Record a step's filtered loss."""
        if self._writer is None:
            self._writer = self._open()
        first, began = self._began.setdefault(stage, (step, time.perf_counter()))
        if not self._writer or (step % INTERVAL and step != total):
            return
        self._writer.add_scalar(f"{stage}/loss", loss, step)
        if step > first:
            speed = (step - first) / (time.perf_counter() - began)
            self._writer.add_scalar(f"{stage}/steps_per_second", speed, step)
        if step == total:
            self._writer.flush()

    def __enter__(self) -> "Curves":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()
