"""Seconds that the parts of a run took, over all its resumptions."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoetrope.atomic_write import atomic_write
from zoetrope.training.run_files import reading

FILE = "seconds.json"


class Stopwatch:
    """Adds up seconds by part, in a file of the run folder; raises ZoetropeError if that is damaged."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.seconds: dict[str, float] = {}
        if self._path.exists():
            with reading(self._path, "Delete it; the seconds that it holds are lost."):
                stored = json.loads(self._path.read_text(encoding="utf-8"))
                self.seconds = {str(name): float(value) for name, value in stored.items()}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure the block, up to where it is interrupted or terminated; what is killed does not count."""
        began = time.perf_counter()
        try:
            yield
        finally:
            taken = self.seconds.get(name, 0.0) + time.perf_counter() - began
            self.seconds[name] = round(taken, 1)
            with atomic_write(self._path) as part:
                part.write_text(json.dumps(self.seconds, indent=1), encoding="utf-8")
