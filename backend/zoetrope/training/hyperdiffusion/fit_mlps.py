"""Optimisation of occupancy MLPs by Adam with binary cross-entropy (HyperDiffusion, section 3.1)."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from zoetrope.errors import ZoetropeError
from zoetrope.fields.occupancy import OccupancyConfig, occupancy_logits
from zoetrope.training.data.occupancy_batch import ClipBatch, frame_time
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.stage_loop import learning_rate_factor

WARM_UP = 50
"""Steps in which the learning rate rises."""
SHARED_BATCH = 4
"""Batch of one MLP that is fitted to many clips, as a multiple of that of one clip."""


@dataclass(frozen=True)
class FitRecipe:
    """Optimisation of the MLPs.

    points : of each clip, over all steps.
    near_share : of the points, those around the surface; the others are uniform in the box.
    batch : points a clip and step.
    lr : learning rate of Adam; it rises over `WARM_UP` steps and falls along half a cosine.
    clips : MLPs that are fitted at once.
    start : common initialisation of all MLPs: an MLP fitted to the first clip, as published, or to some clips
        at once (`fit_clips.START_CLIPS`), which is nearer to each of them.
    """

    points: int = 4_000_000
    near_share: float = 0.5
    batch: int = 512
    lr: float = 7e-3
    clips: int = 32
    start: Literal["first clip", "many clips"] = "many clips"

    @property
    def steps(self) -> int:
        """Steps of one fit."""
        return max(1, self.points // self.batch)


def fit_mlps(
    batch: ClipBatch,
    start: Tensor,
    config: OccupancyConfig,
    recipe: FitRecipe,
    generator: torch.Generator,
    what: str,
) -> tuple[Tensor, float]:
    """Fit MLPs from their initialisation; where they diverge, once more at half the learning rate.

    Parameters
    ----------
    start : (B, P) float, or (1, P)
        One MLP a clip; or one for all clips together, which sees `SHARED_BATCH` times as many points a step.
    what : str
        What is fitted, for the message.

    Returns
    -------
    flat : (B, P) or (1, P) float
    loss : float
        Mean binary cross-entropy of the last step.

    Raises
    ------
    ZoetropeError
        Code "diverged".
    """
    for lr in (recipe.lr, 0.5 * recipe.lr):
        flat, loss = _optimise(batch, start, config, replace(recipe, lr=lr), generator)
        if bool(flat.isfinite().all()):
            return flat, loss
    raise ZoetropeError(
        f"{what} diverged twice.",
        code="diverged",
        remedy="Lower `lr` under [fit] in the recipe, and give another folder with --out.",
    )


def _optimise(
    batch: ClipBatch, start: Tensor, config: OccupancyConfig, recipe: FitRecipe, generator: torch.Generator
) -> tuple[Tensor, float]:
    flat = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([flat], lr=recipe.lr, fused=True)
    mlps, clips = len(start), len(batch.near)
    count = recipe.batch if mlps == clips else max(2, SHARED_BATCH * recipe.batch // clips)
    loss = torch.zeros(mlps)
    for step in range(recipe.steps):
        optimiser.param_groups[0]["lr"] = recipe.lr * learning_rate_factor(step, recipe.steps, WARM_UP)
        points, inside = batch.sample(count, config.dimensions, generator, recipe.near_share)
        points, inside = points.view(mlps, -1, config.dimensions), inside.view(mlps, -1)
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
