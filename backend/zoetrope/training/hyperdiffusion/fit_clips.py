"""Fit one occupancy MLP to every clip, many at once, each into a file (HyperDiffusion, section 3.1).

All MLPs start from the same weights, which keeps them comparable.
"""

import logging
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from zoetrope.atomic_write import atomic_write
from zoetrope.fields.occupancy import OccupancyConfig, initial_weights
from zoetrope.training.data.occupancy_batch import ClipBatch
from zoetrope.training.data.occupancy_samples import load_clip
from zoetrope.training.data.worker_processes import worker_pool
from zoetrope.training.hyperdiffusion.fit_mlps import FitRecipe, fit_mlps, uniform_iou
from zoetrope.training.run_files import reading

log = logging.getLogger(__name__)

START_FILE = "start.npy"
START_CLIPS = 64
"""Clips of the MLP that "many clips" starts from, evenly over all."""


@dataclass(frozen=True)
class FittedClip:
    """The MLP of one clip: flattened weights (P,) float32, and IoU at the uniform points of its training."""

    weights: np.ndarray
    iou: float


def fit_clips(
    samples: Sequence[Path],
    folder: Path,
    config: OccupancyConfig,
    recipe: FitRecipe,
    device: torch.device,
    seed: int = 0,
    processes: int = 0,
    start_from: Sequence[Path] | None = None,
) -> None:
    """Fit the MLPs that a folder lacks; a killed run loses at most the ones in progress.

    Parameters
    ----------
    samples : sequence of Path
        Files of `prepare_occupancy`; the MLP of each has the same name in `folder`.
    folder : Path
        Also holds the weights that all start from.
    processes : int
        On a CPU, each with one thread; 0: as many as there are cores. They are a third faster than threads.
    start_from : sequence of Path, optional
        Of the samples, those of clips that no split holds out, since the initialisation serves the runs of
        all splits. Default: all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / START_FILE).exists():
        _fit_start(samples if start_from is None else start_from, folder, config, recipe, device, seed)
    groups = [samples[first : first + recipe.clips] for first in range(0, len(samples), recipe.clips)]
    missing = [[path for path in group if not (folder / path.name).exists()] for group in groups]
    tasks = [_Group(group, folder, config, recipe, device, seed) for group in missing if group]
    done = len(samples) - sum(len(task.samples) for task in tasks)
    count = min(len(tasks), (processes or os.cpu_count() or 1) if device.type == "cpu" else 1)
    if count > 1:
        with worker_pool(count, threads=1) as pool:
            for report in pool.imap_unordered(_fit_group, tasks):
                done += report.clips
                _log_group(report, done, len(samples))
        return
    for task in tasks:
        report = _fit_group(task)
        done += report.clips
        _log_group(report, done, len(samples))


class _Group(NamedTuple):
    """MLPs that are fitted at once."""

    samples: list[Path]
    folder: Path
    config: OccupancyConfig
    recipe: FitRecipe
    device: torch.device
    seed: int


class _Report(NamedTuple):
    """How the fit of a group went: MLPs, mean IoU, loss of the last step, seconds."""

    clips: int
    iou: float
    loss: float
    seconds: float


def _fit_group(group: _Group) -> _Report:
    began = time.perf_counter()
    with reading(group.folder / START_FILE, "Delete the folder; the same command fits its MLPs anew."):
        start = torch.from_numpy(np.load(group.folder / START_FILE, allow_pickle=False))
    start = start.to(group.device)
    batch = ClipBatch.load([load_clip(path) for path in group.samples], group.device)
    generator = torch.Generator(group.device).manual_seed(
        group.seed + zlib.crc32(group.samples[0].name.encode())
    )
    starts, first = start.expand(len(group.samples), -1), group.samples[0].name
    what = f"The fit of {first} and {len(group.samples) - 1} others"
    flat, loss = fit_mlps(batch, starts, group.config, group.recipe, generator, what)
    iou = uniform_iou(batch, flat, group.config)
    for path, weights, one in zip(group.samples, flat.cpu().numpy(), iou.tolist(), strict=True):
        save_fit(FittedClip(weights, one), group.folder / path.name)
    return _Report(len(group.samples), float(iou.mean()), loss, time.perf_counter() - began)


def _log_group(report: _Report, done: int, total: int) -> None:
    log.info(
        "%d of %d MLPs; the last %d: IoU %.3f, loss %.4f, %.0f s",
        done, total, report.clips, report.iou, report.loss, report.seconds,
    )  # fmt: skip


def _fit_start(
    samples: Sequence[Path],
    folder: Path,
    config: OccupancyConfig,
    recipe: FitRecipe,
    device: torch.device,
    seed: int,
) -> None:
    """Make the weights (P,) that all MLPs start from."""
    flat = initial_weights(config, torch.Generator().manual_seed(seed))[None].to(device)
    chosen = list(samples[:1])
    if recipe.start == "many clips":
        count = min(START_CLIPS, len(samples))
        chosen = [samples[int(i)] for i in np.linspace(0, len(samples) - 1, count).round()]
    batch = ClipBatch.load([load_clip(one) for one in chosen], device)
    generator = torch.Generator(device).manual_seed(seed)
    flat, loss = fit_mlps(batch, flat, config, recipe, generator, "The common initialisation")
    log.info("common initialisation fitted to %d clips: loss %.4f", len(chosen), loss)
    with atomic_write(folder / START_FILE) as part, part.open("wb") as stream:
        np.save(stream, flat[0].cpu().numpy(), allow_pickle=False)


def save_fit(fitted: FittedClip, path: Path) -> None:
    """Write the MLP of a clip."""
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, weights=fitted.weights, iou=np.array(fitted.iou))


def load_fit(path: Path) -> FittedClip:
    """Read what `save_fit` wrote."""
    with reading(path), np.load(path, allow_pickle=False) as data:
        return FittedClip(data["weights"], float(data["iou"]))
