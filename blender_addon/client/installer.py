"""Installing the backend's environment: a virtual environment from the wheel in the extension."""

import collections
import dataclasses
import platform
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import environment

TORCH = "torch==2.13.0"


@dataclasses.dataclass(frozen=True)
class TorchKind:
    """A build of PyTorch: where pip finds it, and what it costs (PyPI's sizes for 2.13, rounded)."""

    name: str
    label: str
    description: str
    download: str
    disk: str
    index: str = ""


TORCH_KINDS = (
    TorchKind("cpu", "CPU", "Any computer", "0.4 GB", "1.5 GB", "https://download.pytorch.org/whl/cpu"),
    TorchKind(
        "cuda",
        "NVIDIA (CUDA)",
        "An NVIDIA graphics card",
        "2.8 GB",
        "6.5 GB",
        "https://download.pytorch.org/whl/cu128",
    ),
    TorchKind(
        "rocm",
        "AMD (ROCm, Linux)",
        "An AMD graphics card on Linux",
        "3.5 GB",
        "14 GB",
        "https://download.pytorch.org/whl/rocm6.4",
    ),
    TorchKind("metal", "Apple (Metal)", "A Mac with an Apple chip", "0.3 GB", "1.3 GB"),
)

current = None


def kind(name):
    """A build by its name."""
    return next(k for k in TORCH_KINDS if k.name == name)


def detect():
    """Name of the build that suits this machine; looks at files and programs, starts nothing."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    if shutil.which("nvidia-smi"):
        return "cuda"
    if sys.platform == "linux" and Path("/dev/kfd").exists():
        return "rocm"
    return "cpu"


def usable_python(path):
    """Whether an interpreter is 3.11 to 3.13 and has venv with pip."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        out = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return out.returncode == 0 and out.stdout.split() in (["3", "11"], ["3", "12"], ["3", "13"])


class Setup:
    """Runs the steps in a thread; a step is a child process that can be ended.

    Interrupted half-way, the environment has no sentinel: it counts as absent and the next run begins by
    removing it.
    """

    def __init__(self, base_python, kind, wheels, folder, wheel):
        self.folder, self.fraction, self.text, self.error = Path(folder), 0.0, "Starting", ""
        self.log = collections.deque(maxlen=200)
        self.began = time.monotonic()
        self._ended = None
        self._child, self._cancelled, self._lock = None, False, threading.Lock()
        python = str(environment.venv_python(self.folder))
        pip = [python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        source = ["--no-index", "--find-links", str(wheels)] if wheels else []
        index = ["--extra-index-url", kind.index] if kind.index and not wheels else []
        self._steps = [
            (0.05, "Making the environment", [str(base_python), "-I", "-m", "venv", str(self.folder)]),
            (0.55, "Installing PyTorch", [*pip, *source, *index, TORCH]),
            (0.95, "Installing the generator", [*pip, *source, str(wheel)]),
            (1.0, "Checking", [python, "-I", "-m", "zoetrope", "--version"]),
        ]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def running(self):
        """Whether the steps are still being worked on."""
        return self._thread.is_alive()

    @property
    def elapsed(self):
        """Seconds since the start, until the end."""
        return (self._ended or time.monotonic()) - self.began

    def cancel(self):
        """End the running step; what was made is removed."""
        with self._lock:
            self._cancelled = True
            if self._child is not None and self._child.poll() is None:
                self._child.kill()

    def wait(self):
        """Wait for the end; True when the backend is set up."""
        self._thread.join()
        return not self.error

    def _run(self):
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            for fraction, text, command in self._steps:
                self.text = text
                self._step(command)
                self.fraction = fraction
            (self.folder / environment.SENTINEL).write_text("ok\n", encoding="utf-8")
            self.text = "Ready"
        except (OSError, RuntimeError) as error:
            self.error = str(error)
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            self._ended = time.monotonic()

    def _step(self, command):
        flags = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
        with self._lock:
            if self._cancelled:
                raise RuntimeError("Setting up was cancelled; nothing was kept.")
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                creationflags=flags,
            )
        for line in self._child.stdout:
            self.log.append(line.decode("utf-8", errors="replace").rstrip())
            if self.log[-1]:
                self.fraction = min(self.fraction + 0.004, 0.94)
        if self._child.wait() != 0:
            if self._cancelled:
                raise RuntimeError("Setting up was cancelled; nothing was kept.")
            said = next((line for line in reversed(self.log) if "ERROR" in line), None)
            raise RuntimeError(f"{self.text} failed: {said or (self.log[-1] if self.log else 'no message')}")


def start(base_python, torch_kind, wheels):
    """Begin setting up; returns the running `Setup`."""
    global current
    current = Setup(base_python, kind(torch_kind), wheels, environment.managed_folder(), environment.wheel())
    return current


def stop():
    """End a setup that runs (the add-on is being disabled)."""
    if current is not None and current.running():
        current.cancel()
        current.wait()
