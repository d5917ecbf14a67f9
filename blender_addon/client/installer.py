"""Installing the backend's environment: a virtual environment from the wheel in the extension."""

import collections
import contextlib
import dataclasses
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import environment
from .process import clean_environment

TORCH = "torch==2.13.0"
CANCELLED = "Setting up was cancelled; nothing was kept."
WATCHED = (
    "import os, runpy, sys, threading; "
    "end = lambda: (os.read(0, 1), os._exit(9)); "
    "threading.Thread(target=end, daemon=True).start(); "
    "sys.argv = sys.argv[1:]; "
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
"""Runs a module until it ends or its stdin does: a killed Blender leaves no pip at work in the folder."""


@dataclasses.dataclass(frozen=True)
class TorchKind:
    """A build of PyTorch: what it costs in gigabytes (whole environment, rounded up), and where pip finds it.

    The index is an extra one: where the named version lies on a configured index or in a folder of wheels
    already, pip takes it from there.
    """

    name: str
    label: str
    description: str
    download: float
    disk: float
    index: str = ""

    @property
    def cost(self):
        """The cost as a sentence's end."""
        return f"download about {self.download:g} GB, on disk about {self.disk:g} GB"


TORCH_KINDS = (
    TorchKind("cpu", "CPU", "Any computer", 0.4, 1.5, "https://download.pytorch.org/whl/cpu"),
    TorchKind(
        "cuda", "NVIDIA (CUDA)", "An NVIDIA graphics card", 3, 7.5, "https://download.pytorch.org/whl/cu130"
    ),
    TorchKind(
        "rocm",
        "AMD (ROCm, Linux)",
        "An AMD graphics card on Linux",
        4,
        16,
        "https://download.pytorch.org/whl/rocm7.2",
    ),
    TorchKind("metal", "Apple (Metal)", "A Mac with an Apple chip", 0.4, 1.5),
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
        out = subprocess.run(
            [path, "-I", "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            env=clean_environment(),
            **_own_group(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return out.returncode == 0 and out.stdout.split() in (["3", "11"], ["3", "12"], ["3", "13"])


def _own_group():
    """Arguments of Popen for a child that can be ended together with its own children."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _end_group(child):
    """End a child and its own children (pip and venv start some, and they hold its output open)."""
    if child.poll() is not None:
        return
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, **_own_group(), check=False
        )
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


class Setup:
    """Runs the steps in a thread; a step is a child process that can be ended. No bpy.

    Interrupted half-way, the environment has no sentinel: it counts as absent and the next run begins by
    removing it.
    """

    def __init__(self, base_python, kind, wheels, folder, wheel):
        self.folder, self.fraction, self.text, self.error = Path(folder), 0.0, "Starting", ""
        self.log = collections.deque(maxlen=200)
        self.began = time.monotonic()
        self._ended = None
        self._child, self._cancelled, self._lock = None, False, threading.Lock()
        self._kind, self._wheel = kind, Path(wheel)
        python = str(environment.venv_python(self.folder))
        watched = ["-I", "-X", "utf8", "-c", WATCHED]
        pip = [python, *watched, "pip", "--disable-pip-version-check", "--no-input", "install"]
        source = ["--no-index", "--find-links", str(wheels)] if wheels else []
        index = ["--extra-index-url", kind.index] if kind.index and not wheels else []
        self._steps = [
            (0.05, "Making the environment", [str(base_python), *watched, "venv", str(self.folder)]),
            (0.55, "Installing PyTorch", [*pip, *source, *index, TORCH]),
            (0.95, "Installing the generator", [*pip, *source, TORCH, str(wheel)]),
            (1.0, "Checking", [python, "-I", "-c", "import torch, igl, skimage, zoetrope.service.server"]),
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
            if self._child is not None:
                _end_group(self._child)

    def wait(self):
        """Wait for the end; True when the backend is set up."""
        self._thread.join()
        return not self.error

    def _run(self):
        try:
            self._make_room()
            for fraction, text, command in self._steps:
                self.text = text
                self._step(command)
                self.fraction = fraction
            said = environment.fingerprint(self._wheel)
            (self.folder / environment.SENTINEL).write_text(f"{said}\n", encoding="utf-8")
            self.text = "Ready"
        except (OSError, RuntimeError) as error:
            self.error = str(error)
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            self._ended = time.monotonic()

    def _make_room(self):
        # First the sentinel: from here on a half-removed environment counts as absent.
        (self.folder / environment.SENTINEL).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder.parent).free / 1e9
        if free < self._kind.disk:
            raise RuntimeError(
                f"{self.folder.parent} has {free:.1f} GB free, setting up takes about {self._kind.disk:g}. "
                "Free some space and try again."
            )

    def _step(self, command):
        with self._lock:
            if self._cancelled:
                raise RuntimeError(CANCELLED)
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                **_own_group(),
            )
        with self._child.stdin, self._child.stdout as lines:
            for line in lines:
                self.log.append(line.decode("utf-8", errors="replace").rstrip())
                self.fraction = min(self.fraction + 0.004, 0.94)
        if self._child.wait() != 0:
            if self._cancelled:
                raise RuntimeError(CANCELLED)
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
