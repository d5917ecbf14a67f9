"""One run on several processes or machines, started by torchrun: each takes its share of every batch.

All processes draw the same batch from the same generator and keep their own rows, so that a run of several
takes the same steps as one alone. Networks are averaged by DistributedDataParallel; rows of latents and codes
have sparse gradients, which NCCL cannot reduce, and are gathered.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(hours=2)
"""How long the others wait for the first: it prepares the samples."""


def rank() -> int:
    """Number of this process, 0 for one alone."""
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


@contextmanager
def team(device: str) -> Iterator[str]:
    """Join the processes that torchrun started, if it did; gives the device of this one."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def together() -> None:
    """Wait until every process is here."""
    if dist.is_initialized():
        dist.barrier()


def mine(*batch: Tensor) -> tuple[Tensor, ...]:
    """This process's rows of tensors (B, ...) that all of them drew alike.

    Raises
    ------
    ValueError
        The batch cannot be shared out evenly.
    """
    count = size()
    if count == 1:
        return batch
    rows = len(batch[0])
    if rows % count:
        raise ValueError(f"a batch of {rows} cannot be shared by {count} processes; change it in the recipe")
    part = slice(rank() * rows // count, (rank() + 1) * rows // count)
    return tuple(tensor[part] for tensor in batch)


def averaged(value: Tensor) -> Tensor:
    """The mean of a detached scalar over all processes."""
    if not dist.is_initialized():
        return value
    value = value.clone()
    dist.all_reduce(value)
    return value / size()


def shared_mean(total: Tensor, count: Tensor) -> Tensor:
    """A sum over a count, the count being that of the whole batch: the shares then average to its mean."""
    return total / averaged(count.detach()).clamp_min(1)


class _Step(nn.Module):
    """A stage's loss as a module's forward, which is what DistributedDataParallel can wrap."""

    def __init__(self, modules: Sequence[nn.Module], loss_of: Callable[[torch.Generator], Tensor]) -> None:
        super().__init__()
        self.inner = nn.ModuleList(modules)
        self.loss_of = loss_of

    def forward(self, generator: torch.Generator) -> Tensor:
        return self.loss_of(generator)


def shared_loss(
    modules: Mapping[str, nn.Module],
    sparse: Sequence[nn.Parameter],
    loss_of: Callable[[torch.Generator], Tensor],
) -> Callable[[torch.Generator], Tensor]:
    """The loss, its backward pass averaging dense gradients over all processes.

    Parameters
    ----------
    sparse : parameters with sparse gradients, which `gather_rows` averages
    """
    if not dist.is_initialized():
        return loss_of
    rows = {id(parameter) for parameter in sparse}
    dense = [
        module
        for module in modules.values()
        if any(p.requires_grad for p in module.parameters())
        and not any(id(p) in rows for p in module.parameters())
    ]
    if not dense:
        return loss_of
    wrapped: Callable[[torch.Generator], Tensor] = DistributedDataParallel(
        _Step(dense, loss_of), broadcast_buffers=False
    )
    return wrapped


def gather_rows(sparse: Sequence[nn.Parameter]) -> None:
    """ExponentialMovingAverage sparse gradients over all processes: everybody gets everybody's rows."""
    if not dist.is_initialized():
        return
    for parameter in sparse:
        if parameter.grad is None:
            continue
        gradient = parameter.grad.coalesce()
        # every process has as many rows as it drew instances, or fewer: padded to one length with zeros
        count = torch.tensor([gradient.indices().shape[1]], device=parameter.device)
        longest = count.clone()
        dist.all_reduce(longest, dist.ReduceOp.MAX)
        missing = int(longest) - int(count)
        index = torch.cat([gradient.indices()[0], gradient.indices()[0].new_zeros(missing)])
        values = gradient.values()
        values = torch.cat([values, values.new_zeros(missing, *values.shape[1:])])
        indices = [torch.empty_like(index) for _ in range(size())]
        all_values = [torch.empty_like(values) for _ in range(size())]
        dist.all_gather(indices, index)
        dist.all_gather(all_values, values)
        parameter.grad = torch.sparse_coo_tensor(
            torch.cat(indices)[None], torch.cat(all_values) / size(), gradient.shape
        ).coalesce()
