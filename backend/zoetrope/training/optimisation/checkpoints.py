"""Checkpoints as safetensors: modules, optimisers and the step, written atomically."""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError
from zoetrope.training.run_files import reading


def save_checkpoint(
    path: Path, step: int, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]
) -> None:
    """Write modules and optimisers after `step` steps."""
    tensors: dict[str, Tensor] = {"step": torch.tensor(step)}
    for name, module in modules.items():
        for key, value in module.state_dict().items():
            tensors[f"{name}.{key}"] = value.contiguous()
    for name, optimiser in optimisers.items():
        for index, state in optimiser.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimiser.{name}.{index}.{key}"] = torch.as_tensor(value).contiguous()
    with atomic_write(path, "Free some space; the last checkpoint is kept.") as part:
        save_file(tensors, part)


def load_checkpoint(
    path: Path, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]
) -> int:
    """Read what `save_checkpoint` wrote into modules and optimisers; return its step, 0 without a file.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the checkpoint is damaged, or has other sizes or parts, so it is of another run.
    """
    if not path.exists():
        return 0
    with reading(path, "Delete it; the same command trains this stage anew."):
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
        step_count = int(tensors["step"])
    for name, module in modules.items():
        state = {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
        try:
            module.load_state_dict(state)
        except RuntimeError as error:
            raise ZoetropeError(
                f"The checkpoint {path} is of a run with other settings or creatures.",
                code="bad_option",
                remedy="Choose another folder with --out, or give the same command to continue.",
            ) from error
    for name, optimiser in optimisers.items():
        packed = {**optimiser.state_dict(), "state": {}}
        prefix = f"optimiser.{name}."
        for key, value in tensors.items():
            if key.startswith(prefix):
                index, field = key.removeprefix(prefix).split(".", 1)
                # SparseAdam counts its steps with an int, Adam with a tensor.
                is_int = field == "step" and isinstance(optimiser, torch.optim.SparseAdam)
                packed["state"].setdefault(int(index), {})[field] = int(value) if is_int else value
        optimiser.load_state_dict(packed)
    return step_count
