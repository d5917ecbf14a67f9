"""The loop that every stage runs in: batches by step number, cosine rates, checkpoints, a log."""

import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.errors import ZoetropeError
from zoetrope.training.run import distributed
from zoetrope.training.run.checkpoints import load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)

MAX_NORM = 1.0
"""Norm that the gradients of networks are clipped to; rows of latents and codes have their own rates."""
SETBACKS = 3
"""Returns to the last checkpoint before a stage is given up."""
LOOK = 20
"""Steps from one look at the loss to the next on a GPU."""
OTHER_PROCESS = 7_919
"""Added to the seed of a process's own noise, which is not part of the batch that all of them draw."""
OTHER_BATCHES = 500_009
"""Added to the seed of a step's batch at each return: the batch that went wrong is not met again."""

Progress = Callable[[str, int, int, float], None]
"""Called with (stage, step, total, filtered loss)."""


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where it pays, weights and losses in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


def cosine(step: int, total: int, warm_up: int = 100, floor: float = 0.01) -> float:
    """Factor on the learning rates: linear warm-up, then half a cosine down to the floor."""
    ramp = min(1.0, (step + 1) / warm_up)
    return ramp * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * step / total)))


def run_stage(
    name: str,
    folder: Path,
    steps: int,
    seed: int,
    modules: dict[str, nn.Module],
    optimisers: dict[str, torch.optim.Optimizer],
    loss_of: Callable[[torch.Generator], Tensor],
    *,
    after_step: Callable[[], None] | None = None,
    progress: Progress | None = None,
    checkpoint_seconds: float = 60.0,
) -> bool:
    """Run one stage to its end, resuming from its last checkpoint.

    The batch of step i is drawn from a generator seeded with (seed, i): a run that was killed and resumed
    sees the same batches as one that was not. A loss that is not finite sends the stage back to its last
    checkpoint, with other batches and half the learning rates.

    Parameters
    ----------
    loss_of : callable
        Draws a batch with the generator and returns its loss (a scalar).
    after_step : callable, optional
        Called after every optimiser step (moving averages).

    Returns
    -------
    bool
        True when the stage trained, False when it was already complete.

    Raises
    ------
    ZoetropeError
        Code "diverged": the loss stayed infinite; the last checkpoint is kept.
    """
    path = folder / f"{name}.safetensors"
    start = load_checkpoint(path, modules, optimisers)
    if start >= steps:
        return False
    if not start:
        _save(path, 0, modules, optimisers)
    rates = {key: [group["lr"] for group in opt.param_groups] for key, opt in optimisers.items()}
    for module in modules.values():
        module.train()
    value = filtered = math.nan
    dense, sparse = _parameters(optimisers, of_rows=False), _parameters(optimisers, of_rows=True)
    shared = distributed.shared_loss(modules, sparse, loss_of)
    began, saved = time.perf_counter(), time.perf_counter()
    step, next_look, setbacks = start, start, 0
    device = next(parameter.device for module in modules.values() for parameter in module.parameters())
    # Reading a loss waits for the device: where steps are short, not at every one.
    look = 1 if device.type == "cpu" else LOOK
    while step < steps or not _finite(modules):
        batch = seed * 1_000_003 + step + setbacks * OTHER_BATCHES
        generator = torch.Generator(device).manual_seed(batch)
        torch.manual_seed(batch + distributed.rank() * OTHER_PROCESS)
        factor = cosine(step, steps) * 0.5**setbacks
        for key, opt in optimisers.items():
            for group, rate in zip(opt.param_groups, rates[key], strict=True):
                group["lr"] = rate * factor
            opt.zero_grad(set_to_none=True)
        loss = shared(generator)
        loss.backward()
        if step >= min(next_look, steps - 1):
            value, next_look = float(distributed.averaged(loss.detach())), step + look
        if not math.isfinite(value):
            setbacks += 1
            if setbacks > SETBACKS:
                raise ZoetropeError(
                    f"The stage {name} diverged: its loss is {value} at step {step}, after {SETBACKS} "
                    "returns to the last checkpoint with lower learning rates.",
                    code="diverged",
                    remedy="Lower the stage's learning rates in the recipe; earlier stages are kept.",
                )
            step = next_look = load_checkpoint(path, modules, optimisers)
            log.warning("%s: the loss is %s; back to step %d, learning rates halved", name, value, step)
            continue
        distributed.gather_rows(sparse)
        torch.nn.utils.clip_grad_norm_(dense, MAX_NORM)
        for opt in optimisers.values():
            opt.step()
        if after_step is not None:
            after_step()
        step += 1
        filtered = value if math.isnan(filtered) else 0.98 * filtered + 0.02 * value
        if progress is not None:
            progress(name, step, steps, filtered)
        if step % 100 == 0:
            speed = (step - start) / (time.perf_counter() - began)
            left = timedelta(seconds=round((steps - step) / speed))
            log.info("%s %d/%d loss %.5f, %.2f steps/s, %s left", name, step, steps, filtered, speed, left)
        if time.perf_counter() - saved > checkpoint_seconds and _finite(modules):
            _save(path, step, modules, optimisers)
            saved = time.perf_counter()
    _save(path, steps, modules, optimisers)
    distributed.together()
    return True


def _parameters(optimisers: dict[str, torch.optim.Optimizer], *, of_rows: bool) -> list[nn.Parameter]:
    """What the optimisers move: networks, or rows of latents and codes with sparse gradients."""
    return [
        parameter
        for opt in optimisers.values()
        if isinstance(opt, torch.optim.SparseAdam) == of_rows
        for group in opt.param_groups
        for parameter in group["params"]
    ]


def _save(
    path: Path, step: int, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]
) -> None:
    """Write a checkpoint: one process does it for all."""
    if distributed.rank() == 0:
        save_checkpoint(path, step, modules, optimisers)


def _finite(modules: dict[str, nn.Module]) -> bool:
    """Whether every number of the modules is one: the last step may have spoiled them."""
    return all(bool(p.isfinite().all()) for module in modules.values() for p in module.parameters())
