"""Fit one occupancy MLP to every clip, many at once (HyperDiffusion, section 3.1).

All MLPs start from the same weights, which keeps them comparable: "first clip" is the published way; "all
clips" starts from one MLP fitted to many clips at once, which is nearer to each of them.
"""

import logging
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError
from zoetrope.fields.occupancy import OccupancyConfig, initial_weights, occupancy_logits
from zoetrope.training.data.occupancy_batch import ClipBatch, frame_time
from zoetrope.training.data.occupancy_samples import load_clip
from zoetrope.training.data.worker_processes import worker_pool
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.stage_loop import learning_rate_factor
from zoetrope.training.run_files import reading

log = logging.getLogger(__name__)

START_FILE = "start.npy"
START_CLIPS = 64
"""Clips of the MLP that "all clips" starts from, evenly over all."""
START_BATCH = 4
"""Its batch, as a multiple of that of one clip."""


@dataclass(frozen=True)
class FitRecipe:
    """Optimisation of the MLPs by Adam with binary cross-entropy.

    points : of each clip, over all steps.
    near_share : of the points, those around the surface; the others are uniform in the box.
    batch : points a clip and step.
    lr : learning rate; it falls along half a cosine.
    clips : MLPs that are fitted at once.
    start : what all MLPs start from.
    """

    points: int = 4_000_000
    near_share: float = 0.5
    batch: int = 512
    lr: float = 7e-3
    clips: int = 32
    start: Literal["first clip", "all clips"] = "all clips"

    @property
    def steps(self) -> int:
        """Steps of one fit."""
        return max(1, self.points // self.batch)


@dataclass(frozen=True)
class FittedClip:
    """The MLP of one clip: flattened weights (P,) float32, and IoU at its uniform points."""

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
        Of the samples, those of clips that no split holds out: the start serves the runs of all splits.
        Default: all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / START_FILE).exists():
        _fit_start(start_from or samples, folder, config, recipe, device, seed)
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
        start = torch.from_numpy(np.load(group.folder / START_FILE, allow_pickle=False)).to(group.device)
    batch = ClipBatch.load([load_clip(path) for path in group.samples], group.device)
    generator = torch.Generator(group.device).manual_seed(
        group.seed + zlib.crc32(group.samples[0].name.encode())
    )
    starts = start.expand(len(group.samples), -1)
    flat, loss = fit_batch(batch, starts, group.config, group.recipe, generator)
    if not bool(flat.isfinite().all()):
        slower = replace(group.recipe, lr=0.5 * group.recipe.lr)
        flat, loss = fit_batch(batch, starts, group.config, slower, generator)
    if not bool(flat.isfinite().all()):
        raise ZoetropeError(
            f"MLPs of the group of {group.samples[0].name} diverged twice.",
            code="diverged",
            remedy="Lower `lr` under [fit] in the recipe, and give another folder with --out.",
        )
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
    if recipe.start == "all clips":
        count = min(START_CLIPS, len(samples))
        chosen = [samples[int(i)] for i in np.linspace(0, len(samples) - 1, count).round()]
    batch = ClipBatch.load([load_clip(one) for one in chosen], device)
    flat, loss = fit_batch(batch, flat, config, recipe, torch.Generator(device).manual_seed(seed))
    log.info("start fitted to %s: loss %.4f", recipe.start, loss)
    with atomic_write(folder / START_FILE) as part, part.open("wb") as stream:
        np.save(stream, flat[0].cpu().numpy(), allow_pickle=False)


def fit_batch(
    batch: ClipBatch, start: Tensor, config: OccupancyConfig, recipe: FitRecipe, generator: torch.Generator
) -> tuple[Tensor, float]:
    """Fit MLPs from their start.

    Parameters
    ----------
    start : (B, P) float, or (1, P)
        One MLP a clip; or one for all of them, which sees `START_BATCH` times as many points a step.

    Returns
    -------
    flat : (B, P) or (1, P) float
    loss : float
        Mean binary cross-entropy of the last step.
    """
    flat = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([flat], lr=recipe.lr, fused=True)
    clips = len(batch.near)
    count = recipe.batch if len(start) == clips else max(2, START_BATCH * recipe.batch // clips)
    loss = torch.zeros(len(start))
    for step in range(recipe.steps):
        optimiser.param_groups[0]["lr"] = recipe.lr * learning_rate_factor(step, recipe.steps, 50)
        points, inside = batch.sample(count, config.dimensions, generator, recipe.near_share)
        points, inside = points.view(len(start), -1, config.dimensions), inside.view(len(start), -1)
        with mixed_precision(flat.device):
            logits = occupancy_logits(config, flat, points)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), inside, reduction="none").mean(1)
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
    return flat.detach(), float(loss.detach().mean())


@torch.inference_mode()
def uniform_iou(batch: ClipBatch, flat: Tensor, config: OccupancyConfig) -> Tensor:
    """Return the intersection over union (B,) of MLPs and clips at the uniform points of all frames."""
    frames = batch.uniform_inside.shape[1]
    points = batch.uniform.float().expand(len(flat), -1, -1)
    both, either = torch.zeros(len(flat), device=flat.device), torch.zeros(len(flat), device=flat.device)
    for frame in range(frames):
        at = points
        if config.dimensions == 4:
            time_of_frame = frame_time(torch.tensor(frame), frames).to(points)
            at = torch.cat([points, time_of_frame.expand(*points.shape[:2], 1)], dim=-1)
        with mixed_precision(flat.device):
            inside = occupancy_logits(config, flat, at) > 0
        truth = batch.uniform_inside[:, frame]
        both += (inside & truth).sum(1)
        either += (inside | truth).sum(1)
    return both / either.clamp(min=1)


def save_fit(fitted: FittedClip, path: Path) -> None:
    """Write the MLP of a clip."""
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, weights=fitted.weights, iou=np.array(fitted.iou))


def load_fit(path: Path) -> FittedClip:
    """Read what `save_fit` wrote."""
    with reading(path), np.load(path, allow_pickle=False) as data:
        return FittedClip(data["weights"], float(data["iou"]))
