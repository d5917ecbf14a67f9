"""Data-parallel training of one run on several processes or machines, started by torchrun.

All processes sample the same batch from the same generator and keep their own rows, so that a run on several
processes takes the same steps as on one. Gradients of networks are averaged by DistributedDataParallel;
embeddings have sparse gradients, which NCCL cannot reduce, so these are gathered.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

TIMEOUT = timedelta(hours=2)
"""Of collective operations: the first process prepares the samples while the others wait at a barrier."""


def rank() -> int:
    """Index of this process, 0 without torchrun."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """Number of processes, 1 without torchrun."""
    return dist.get_world_size() if dist.is_initialized() else 1


@contextmanager
def process_group(device: str) -> Iterator[str]:
    """Join the process group if torchrun started this process; yield this process's device."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=TIMEOUT)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def barrier() -> None:
    """Wait for all processes."""
    if dist.is_initialized():
        dist.barrier()


def local_rows(*batch: Tensor) -> tuple[Tensor, ...]:
    """Return this process's rows of tensors (B, ...) that all processes sampled alike.

    Raises
    ------
    ValueError
        The batch is not divisible by the number of processes.
    """
    count = world_size()
    if count == 1:
        return batch
    rows = len(batch[0])
    if rows % count:
        raise ValueError(f"a batch of {rows} cannot be split over {count} processes; change it in the recipe")
    part = slice(rank() * rows // count, (rank() + 1) * rows // count)
    return tuple(tensor[part] for tensor in batch)


def mean_over_processes(value: Tensor) -> Tensor:
    """Return the mean of a detached scalar over all processes."""
    if not dist.is_initialized():
        return value
    value = value.clone()
    dist.all_reduce(value)
    return value / world_size()


def masked_mean(total: Tensor, count: Tensor) -> Tensor:
    """Divide a local sum by the mean local count: its mean over processes is that of the whole batch."""
    return total / mean_over_processes(count.detach()).clamp_min(1)


class _LossModule(nn.Module):
    """A loss function as a module's forward, which DistributedDataParallel can wrap."""

    def __init__(self, modules: Sequence[nn.Module], loss_of: Callable[[torch.Generator], Tensor]) -> None:
        super().__init__()
        self.inner = nn.ModuleList(modules)
        self.loss_of = loss_of

    def forward(self, generator: torch.Generator) -> Tensor:
        return self.loss_of(generator)


def data_parallel_loss(
    modules: Mapping[str, nn.Module],
    sparse: Sequence[nn.Parameter],
    loss_of: Callable[[torch.Generator], Tensor],
) -> Callable[[torch.Generator], Tensor]:
    """Wrap a loss so that its backward pass averages dense gradients over all processes.

    Parameters
    ----------
    sparse : parameters with sparse gradients, left to `average_sparse_gradients`
    """
    if not dist.is_initialized():
        return loss_of
    sparse_ids = {id(parameter) for parameter in sparse}
    dense = [
        module
        for module in modules.values()
        if any(p.requires_grad for p in module.parameters())
        and not any(id(p) in sparse_ids for p in module.parameters())
    ]
    if not dense:
        return loss_of
    wrapped: Callable[[torch.Generator], Tensor] = DistributedDataParallel(
        _LossModule(dense, loss_of), broadcast_buffers=False
    )
    return wrapped


def average_sparse_gradients(sparse: Sequence[nn.Parameter]) -> None:
    """Replace sparse gradients by their mean over all processes."""
    if not dist.is_initialized():
        return
    for parameter in sparse:
        if parameter.grad is None:
            continue
        gradient = parameter.grad.coalesce()
        # Processes may hold different numbers of rows: pad with zeros to the largest.
        count = torch.tensor([gradient.indices().shape[1]], device=parameter.device)
        longest = count.clone()
        dist.all_reduce(longest, dist.ReduceOp.MAX)
        missing = int(longest) - int(count)
        index = torch.cat([gradient.indices()[0], gradient.indices()[0].new_zeros(missing)])
        values = gradient.values()
        values = torch.cat([values, values.new_zeros(missing, *values.shape[1:])])
        all_indices = [torch.empty_like(index) for _ in range(world_size())]
        all_values = [torch.empty_like(values) for _ in range(world_size())]
        dist.all_gather(all_indices, index)
        dist.all_gather(all_values, values)
        parameter.grad = torch.sparse_coo_tensor(
            torch.cat(all_indices)[None], torch.cat(all_values) / world_size(), gradient.shape
        ).coalesce()
