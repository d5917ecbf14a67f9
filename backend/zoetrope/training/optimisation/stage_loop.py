"""The training loop of every stage: seeded batches, cosine learning rates, checkpoints, rollback."""

import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.errors import ZoetropeError
from zoetrope.training.optimisation import distributed
from zoetrope.training.optimisation.checkpoints import load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)

MAX_GRADIENT_NORM = 1.0
"""Gradients of networks are clipped to this norm; those of embeddings are not clipped."""
MAX_ROLLBACKS = 3
"""Returns to the last checkpoint before a stage is reported as diverged."""
LOSS_CHECK_INTERVAL = 20
"""Steps between two reads of the loss on a GPU."""
STAGE_SEED_FACTOR = 1_000_003
"""A run's seed times this prime, plus the step, seeds a batch: runs of neighbouring seeds share no batch."""
PROCESS_SEED_OFFSET = 7_919
"""Added to the seed for each further process: dropout and embedding noise differ, the batch does not."""
ROLLBACK_SEED_OFFSET = 500_009
"""Added to the seed at each rollback, so that the batch with the bad loss is not sampled again."""

OnTrainingStep = Callable[[str, int, int, float], None]
"""Called with (stage, step, total, filtered loss)."""


def learning_rate_factor(step: int, total: int, warm_up: int = 100, floor: float = 0.01) -> float:
    """Return the factor on the learning rates: linear warm-up, then half a cosine down to the floor."""
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
    on_step: OnTrainingStep | None = None,
    checkpoint_seconds: float = 60.0,
) -> bool:
    """Run one stage to its end, resuming from its last checkpoint.

    The batch of step i is sampled from a generator seeded with (seed, i): a run that was killed and resumed
    sees the same batches as an uninterrupted one. After a loss that is not finite the stage goes on from its
    last checkpoint, with other batches and half the learning rates.

    Parameters
    ----------
    name : str
        Of the stage; its checkpoint is `folder/name.safetensors`.
    loss_of : callable
        Samples a batch with the generator and returns its loss (a scalar).
    after_step : callable, optional
        Called after every optimiser step (moving averages).

    Returns
    -------
    bool
        True when the stage trained, False when it was already complete.

    Raises
    ------
    ZoetropeError
        Code "diverged": the loss is still not finite after `MAX_ROLLBACKS`; the last checkpoint is kept.
    """
    path = folder / f"{name}.safetensors"
    start = load_checkpoint(path, modules, optimisers)
    if start >= steps:
        return False
    if not start:
        _save(path, 0, modules, optimisers)
    learning_rates = [(group, group["lr"]) for opt in optimisers.values() for group in opt.param_groups]
    for module in modules.values():
        module.train()
    value = filtered = math.nan
    dense, sparse = _parameters(optimisers, sparse=False), _parameters(optimisers, sparse=True)
    parallel_loss = distributed.data_parallel_loss(modules, sparse, loss_of)
    began, saved = time.perf_counter(), time.perf_counter()
    step, next_check, rollbacks = start, start, 0
    device = next(parameter.device for module in modules.values() for parameter in module.parameters())
    # Reading the loss waits for the GPU, so it is not read at every step.
    interval = 1 if device.type == "cpu" else LOSS_CHECK_INTERVAL
    while step < steps or not _finite(modules):
        batch_seed = seed * STAGE_SEED_FACTOR + step + rollbacks * ROLLBACK_SEED_OFFSET
        generator = torch.Generator(device).manual_seed(batch_seed)
        torch.manual_seed(batch_seed + distributed.rank() * PROCESS_SEED_OFFSET)
        for group, lr in learning_rates:
            group["lr"] = lr * learning_rate_factor(step, steps) * 0.5**rollbacks
        for opt in optimisers.values():
            opt.zero_grad(set_to_none=True)
        loss = parallel_loss(generator)
        loss.backward()
        if step >= min(next_check, steps - 1):
            value, next_check = float(distributed.mean_over_processes(loss.detach())), step + interval
        if not math.isfinite(value):
            if rollbacks == MAX_ROLLBACKS:
                raise _diverged(name, value, step)
            rollbacks += 1
            step = next_check = load_checkpoint(path, modules, optimisers)
            log.warning("%s: the loss is %s; back to step %d with halved learning rates", name, value, step)
            continue
        distributed.average_sparse_gradients(sparse)
        torch.nn.utils.clip_grad_norm_(dense, MAX_GRADIENT_NORM)
        for opt in optimisers.values():
            opt.step()
        if after_step is not None:
            after_step()
        step += 1
        filtered = value if math.isnan(filtered) else 0.98 * filtered + 0.02 * value
        if on_step is not None:
            on_step(name, step, steps, filtered)
        if step % 100 == 0:
            speed = (step - start) / (time.perf_counter() - began)
            _log_progress(name, step, steps, filtered, speed)
        if time.perf_counter() - saved > checkpoint_seconds and _finite(modules):
            _save(path, step, modules, optimisers)
            saved = time.perf_counter()
    _save(path, steps, modules, optimisers)
    distributed.barrier()
    return True


def _diverged(name: str, loss: float, step: int) -> ZoetropeError:
    return ZoetropeError(
        f"The stage {name} diverged: its loss is {loss} at step {step}, after {MAX_ROLLBACKS} returns to the "
        "last checkpoint with lower learning rates.",
        code="diverged",
        remedy="Lower the stage's learning rates in the recipe; earlier stages are kept.",
    )


def _log_progress(name: str, step: int, steps: int, loss: float, speed: float) -> None:
    """Log a stage's loss and speed (steps per second), and how long it will still take."""
    left = timedelta(seconds=round((steps - step) / speed))
    log.info("%s %d/%d loss %.5f, %.2f steps/s, %s left", name, step, steps, loss, speed, left)


def _parameters(optimisers: dict[str, torch.optim.Optimizer], *, sparse: bool) -> list[nn.Parameter]:
    """Return the optimised parameters with sparse (embeddings) or dense (networks) gradients."""
    return [
        parameter
        for opt in optimisers.values()
        if isinstance(opt, torch.optim.SparseAdam) == sparse
        for group in opt.param_groups
        for parameter in group["params"]
    ]


def _save(
    path: Path, step: int, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]
) -> None:
    """Write a checkpoint from the first process."""
    if distributed.rank() == 0:
        save_checkpoint(path, step, modules, optimisers)


def _finite(modules: dict[str, nn.Module]) -> bool:
    """Whether all parameters are finite after the last step."""
    return all(bool(p.isfinite().all()) for module in modules.values() for p in module.parameters())
