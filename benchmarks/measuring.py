"""Time and peak memory of a block of code, and writing the results as JSON and Markdown tables."""

import json
import os
import platform
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
STATUS = Path("/proc/self/statm")
MIB = 2**20


def memory() -> int:
    """Return the resident bytes of this process (the largest so far on systems without /proc)."""
    if STATUS.exists():
        return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


class Stages:
    """Seconds and peak bytes by stage; a thread samples the memory every few milliseconds."""

    def __init__(self, first: str) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.peak: dict[str, int] = defaultdict(int)
        self.stage = first
        self._since = time.perf_counter()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def until_now(self, stage: str | None = None) -> None:
        """Add the time since the last call to `stage` (default: the current one), which becomes current."""
        now = time.perf_counter()
        self.stage = stage or self.stage
        self.seconds[self.stage] += now - self._since
        self._sample_memory()
        self._since = now

    def progress(self, stage: str, step: int, total: int) -> None:
        """Take an engine's progress: step 0 starts a stage, every other step adds to it."""
        self.until_now(stage if step else None)
        self.stage = stage

    def stop(self) -> None:
        """Stop sampling the memory."""
        self._done.set()
        self._watcher.join()

    def _sample_memory(self) -> None:
        self.peak[self.stage] = max(self.peak[self.stage], memory())

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self._sample_memory()


@contextmanager
def measured(into: dict[str, Any]) -> Iterator[None]:
    """Store `seconds` and `mib`, the peak memory above that at the start, in a mapping."""
    before = memory()
    stages = Stages("all")
    try:
        yield
    finally:
        stages.until_now()
        stages.stop()
        into["seconds"] = stages.seconds["all"]
        into["mib"] = max(0, stages.peak["all"] - before) / MIB


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are right-aligned."""
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Describe the machine."""
    try:
        load = os.getloadavg()[0]
    except OSError:
        load = -1.0
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(load, 2),
    }


def save(name: str, result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write NAME.json into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **result}, indent=1) + "\n", encoding="utf-8")
    return path


def fill(page: Path, name: str, text: str) -> None:
    """Replace what is between the lines <!-- NAME --> and <!-- end of NAME --> of a page."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{page} has no section {name}: add the lines {start.strip()} and {end}.")
    page.write_text(f"{before}{start}\n{text}\n\n{end}{after}", encoding="utf-8")
