"""Setting up the backend: which PyTorch, what stands in the way, and the steps."""

import dataclasses
import platform
import shutil
import sys
from pathlib import Path

from ..client.base_python import VERSIONS
from .path_limit import path_obstacle

TORCH = "torch==2.13.0"
SUPERVISE = Path(__file__).resolve().parents[1] / "client/supervise.py"
"""Runs each step, and ends it when Blender is killed."""
WITHOUT_TORCH = {
    "macosx-x86_64": "Macs with an Intel processor",
    "win-arm64": "the ARM version of Python on Windows",
}
"""Platforms for which this version of PyTorch does not exist -> their name in a sentence.

On Intel Macs 2.2.2 was the last; the backend needs 2.6.
"""
REMEDIES = {
    "macosx-x86_64": "Zoetrope cannot run on them; on an Apple chip, use the Blender that is made for it.",
    "win-arm64": "Give a Python 3.11 to 3.13 for x64 as Base Python; Windows can run it on ARM.",
}


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


def obstacle(base_python, wheels, online_access, inspect_python, folder):
    """Why setting up cannot begin, as sentences; empty where it can.

    Parameters
    ----------
    base_python : str
        Interpreter to make the environment from.
    wheels : str
        Folder of wheels to install from; empty: download.
    online_access : bool
        Whether the artist allows add-ons to use the network.
    inspect_python : callable
        Interpreter -> BasePython or None (`client.base_python.inspect_python`).
    folder : Path
        Where the environment is to be made.
    """
    if not wheels and not online_access:
        return (
            "Setting up must download. Allow Online Access in Preferences > System, "
            "or give a folder of wheels."
        )
    found = inspect_python(base_python)
    if found is None or found.version not in VERSIONS:
        return (
            f"{base_python} cannot make the environment. Give a Python 3.11 to 3.13 with venv as Base Python."
        )
    platform = lacks_torch(found.platform)
    if platform and not wheels:
        return (
            f"{TORCH.replace('==', ' ')} does not exist for {WITHOUT_TORCH[platform]}. {REMEDIES[platform]}"
        )
    return path_obstacle(folder)


def lacks_torch(name):
    """The key in `WITHOUT_TORCH` of a platform named as by sysconfig ("macosx-10.15-x86_64"), or None."""
    words = name.split("-")
    key = f"{words[0]}-{words[-1]}"
    return key if key in WITHOUT_TORCH else None


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
    pip = [*_supervised(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    index = ["--extra-index-url", kind.index] if kind.index and not wheels else []
    venv = [*_supervised(base_python), "-m", "venv", str(environment.folder)]
    return [
        Step(0.05, "Making the environment", venv),
        Step(0.55, "Installing PyTorch", [*pip, *source, *index, TORCH]),
        Step(0.95, "Installing the generator", [*pip, *source, TORCH, str(environment.wheel)]),
        Step(1.0, "Checking", _check(environment)),
    ]


def repair_steps(environment, base_python):
    """The steps that give a broken environment an interpreter again; its packages stay."""
    venv = [*_supervised(base_python), "-m", "venv", "--upgrade", "--without-pip", str(environment.folder)]
    return [Step(0.3, "Repairing the environment", venv), Step(1.0, "Checking", _check(environment))]


def _check(environment):
    code = "import torch, igl, skimage, zoetrope.service.server"
    return [*_supervised(environment.python), "-c", code]


def _supervised(python):
    """Beginning of a command that an interpreter runs until it ends or Blender does."""
    return [str(python), "-I", "-X", "utf8", str(SUPERVISE), "-I", "-X", "utf8"]
