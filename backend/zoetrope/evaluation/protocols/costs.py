"""What an engine costs: its parameters, its training, seconds and memory of one creature."""

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from zoetrope.engines.base import EngineInfo
from zoetrope.engines.weights.engine_name import engine_of_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.peak_memory import peak_memory
from zoetrope.training.optimisation.stopwatch import Stopwatch

SHARED_PARTS = {"hyperdiffusion": ("samples", "mlps"), "voxels": ("grids",)}
"""Parts of a run that lie beside its folder, since those of other splits take them too."""


@dataclass(frozen=True)
class Cost:
    """Costs of an engine.

    Parameters
    ----------
    parameters : int
        Of all networks and shared bases.
    training_seconds : float or None
        As the run folder has it in which the weights still lie; None for other weights.
    seconds, peak_mib : float
        Of one creature in a process of its own, start included. The peak is nan on Windows.
    """

    parameters: int
    training_seconds: float | None
    seconds: float
    peak_mib: float


def measure_cost(info: EngineInfo, weights: Path, detail: int, device: str) -> Cost:
    """Generate the first category's usual clip in a child process and measure it.

    Raises
    ------
    ZoetropeError
        Code "internal": the child failed.
    """
    name = engine_of_weights(weights)
    category = info.categories[0].name
    form = "shape_keys" if name == "dnf" else "mesh_frames"
    with tempfile.TemporaryDirectory() as folder:
        words = ["generate", "--engine", name, "--weights", str(weights), "--category", category]
        words += ["--detail", str(detail), "--faces", "full", "--texture", "none", "--output", form]
        words += ["--device", device, "--quiet", "--out", str(Path(folder) / "creature.npz")]
        began = time.perf_counter()
        peak = peak_memory([sys.executable, "-m", "zoetrope", *words])
        seconds = time.perf_counter() - began
    if peak is None:
        raise ZoetropeError(f"{name} generated nothing with the weights {weights}.", code="internal")
    return Cost(info.parameters, training_seconds(weights), seconds, peak)


def training_seconds(weights: Path) -> float | None:
    """Return the seconds that a run took; of samples and MLPs that runs share, those of all together."""
    own, shared = Stopwatch(weights.parent).seconds, Stopwatch(weights.parent.parent).seconds
    of_engine = SHARED_PARTS.get(engine_of_weights(weights), ())
    return sum(own.values()) + sum(shared.get(part, 0.0) for part in of_engine) or None
