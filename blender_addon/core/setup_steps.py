"""Setting up the backend: which PyTorch, what stands in the way, and the steps."""

import dataclasses
import platform
import shutil
import sys
from pathlib import Path

TORCH = "torch==2.13.0"
WATCHED = (
    "import os, runpy, sys, threading; "
    "end = lambda: (os.read(0, 1), os._exit(9)); "
    "threading.Thread(target=end, daemon=True).start(); "
    "sys.argv = sys.argv[1:]; "
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
"""Runs a module until it ends or its stdin is closed: a killed Blender leaves no pip at work."""


@dataclasses.dataclass(frozen=True)
class TorchKind:
    """A build of PyTorch.

    `download` and `disk` are gigabytes of the whole environment, rounded up. `index` is an additional one for
    pip: a version on a configured index or in a folder of wheels is taken from there.
    """

    name: str
    label: str
    description: str
    download: float
    disk: float
    index: str = ""

    @property
    def cost(self):
        """Download and disk space, as the end of a sentence."""
        return f"download about {self.download:g} GB, on disk about {self.disk:g} GB"


PYTORCH = "https://download.pytorch.org/whl"
TORCH_KINDS = (
    TorchKind("cpu", "CPU", "Any computer", 0.4, 1.5, f"{PYTORCH}/cpu"),
    TorchKind("cuda", "NVIDIA (CUDA)", "An NVIDIA graphics card", 3, 7.5, f"{PYTORCH}/cu130"),
    TorchKind("rocm", "AMD (ROCm, Linux)", "An AMD graphics card on Linux", 4, 16, f"{PYTORCH}/rocm7.2"),
    TorchKind("metal", "Apple (Metal)", "A Mac with an Apple chip", 0.4, 1.5),
)


def torch_kind(name):
    """A build by its name."""
    return next(kind for kind in TORCH_KINDS if kind.name == name)


def detect_torch_kind():
    """Name of the build that suits this machine; looks at files and starts nothing."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    if shutil.which("nvidia-smi"):
        return "cuda"
    if sys.platform == "linux" and Path("/dev/kfd").exists():
        return "rocm"
    return "cpu"


def obstacle(base_python, wheels, online_access, usable_python):
    """Why setting up cannot begin, as sentences; empty where it can.

    Parameters
    ----------
    base_python : str
        Interpreter to make the environment from.
    wheels : str
        Folder of wheels to install from; empty: download.
    online_access : bool
        Whether the artist allows add-ons to use the network.
    usable_python : callable
        Tells whether an interpreter will do (`client.installer.usable_python`).
    """
    if not wheels and not online_access:
        return (
            "Setting up must download. Allow Online Access in Preferences > System, "
            "or give a folder of wheels."
        )
    if not usable_python(base_python):
        return (
            f"{base_python} cannot make the environment. Give a Python 3.11 to 3.13 with venv as Base Python."
        )
    return ""


@dataclasses.dataclass(frozen=True)
class Step:
    """One child process: its name, its command, and the overall progress when it has ended."""

    fraction: float
    text: str
    command: list


def steps(environment, base_python, kind, wheels):
    """The steps that make a `ManagedEnvironment`.

    base_python: interpreter to make it from; kind: a TorchKind; wheels: folder to install from, empty:
    download.
    """
    python = str(environment.python)
    watched = ["-I", "-X", "utf8", "-c", WATCHED]
    pip = [python, *watched, "pip", "--disable-pip-version-check", "--no-input", "install"]
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    index = ["--extra-index-url", kind.index] if kind.index and not wheels else []
    venv = [str(base_python), *watched, "venv", str(environment.folder)]
    check = [python, "-I", "-c", "import torch, igl, skimage, zoetrope.service.server"]
    return [
        Step(0.05, "Making the environment", venv),
        Step(0.55, "Installing PyTorch", [*pip, *source, *index, TORCH]),
        Step(0.95, "Installing the generator", [*pip, *source, TORCH, str(environment.wheel)]),
        Step(1.0, "Checking", check),
    ]
