"""A folder of weights of one of the smaller engines: `model.json`, one tensor file, checksums.

Large matrices may be stored as 8-bit integers with a scale a row (`QUANTISED`).
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from zoetrope.atomic_write import atomic_write
from zoetrope.engines.weights.bundle import (
    CHECKSUMS,
    DESCRIPTION,
    FORMAT,
    bundle_checksum,
    read_checksums,
)
from zoetrope.engines.weights.description_checks import LabelledDescription, label_faults
from zoetrope.engines.weights.engine_name import check_engine
from zoetrope.engines.weights.files import FLOATS, check_is_file, damaged, read_header, read_text_file, sha256
from zoetrope.memory import is_out_of_memory, out_of_memory

NETWORKS = "networks.safetensors"
SCALE = "#scale"
"""Suffix of the scales of a tensor that is stored as integers."""
Described = TypeVar("Described")


def save_network_folder(
    folder: Path, description: Any, modules: Mapping[str, nn.Module], quantised: tuple[str, ...] = ()
) -> None:
    """Write modules, their description (a dataclass) and checksums, each file atomically.

    quantised : names of tensors ("module.tensor") that are stored as 8-bit integers.
    """
    tensors: dict[str, Tensor] = {}
    for prefix, module in modules.items():
        for key, value in module.state_dict().items():
            name = f"{prefix}.{key}"
            if name in quantised:
                scale = value.abs().amax(1).clamp(min=1e-12) / 127
                tensors[name + SCALE] = scale
                value = (value / scale[:, None]).round().to(torch.int8)
            elif value.is_floating_point() and value.dim() > 1:
                value = value.to(torch.float16)
            tensors[name] = value.cpu().contiguous()
    with atomic_write(folder / NETWORKS) as part:
        save_file(tensors, part, metadata={"format": "pt"})
    with atomic_write(folder / DESCRIPTION) as part:
        part.write_text(json.dumps(asdict(description), indent=2) + "\n", encoding="utf-8")
    lines = [f"{sha256(folder / name)}  {name}\n" for name in (DESCRIPTION, NETWORKS)]
    with atomic_write(folder / CHECKSUMS) as part:
        part.write_text("".join(lines), encoding="utf-8")


def read_network_description(
    folder: Path, kind: type[Described], engine: str, faults: Callable[[Described], Iterator[str]]
) -> Described:
    """Read and check `model.json` of an engine's weights, without loading tensors.

    Parameters
    ----------
    faults : callable
        Yields what is wrong with a description, as ends of a sentence.

    Raises
    ------
    ZoetropeError
        Code "weights_missing"; "weights_damaged", also for weights of another engine.
    """
    path = folder / DESCRIPTION
    data = read_text_file(path)
    check_engine(folder, data, engine)
    try:
        description = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, error) from error
    if getattr(description, "format", None) != FORMAT:
        raise damaged(path, f"its format is not {FORMAT}")
    for fault in faults(description):
        raise damaged(path, fault)
    return description


def bound_faults(description: Any, bounds: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Yield which numbers of a description are outside their bounds, as ends of a sentence.

    bounds : name, of nested parts "part.name" -> least and greatest value.
    """
    for name, (low, high) in bounds.items():
        value = description
        for part in name.split("."):
            value = getattr(value, part)
        if not low <= value <= high:  # nan too
            yield f"{name} is {value}, not between {low} and {high}"


def network_label_faults(
    description: LabelledDescription, category_count: int, action_count: int
) -> Iterator[str]:
    """Yield what is wrong with the labels of a description, also where the network's numbers differ."""
    yield from label_faults(description)
    if (len(description.categories), len(description.action_order)) != (category_count, action_count):
        yield "its categories and actions do not fit the network"


def load_networks(
    folder: Path,
    make: Callable[[], Mapping[str, nn.Module]],
    parameters: int,
    device: str,
    quantised: tuple[str, ...] = (),
) -> tuple[dict[str, nn.Module], str]:
    """Return the modules of a folder and its checksum, after every file is compared with `checksums`.

    Parameters
    ----------
    make : callable
        Makes the modules of the described sizes; called after the file's size was compared with `parameters`.
    parameters : int
        Numbers that the description's sizes give, at most: what a small file cannot hold is not allocated.
    quantised : tuple of str
        Names of tensors that may be 8-bit integers with scales.
    """
    digests = read_checksums(folder)
    check_is_file(folder / NETWORKS)
    for name in (DESCRIPTION, NETWORKS):
        if digests.get(name) != sha256(folder / name):
            raise damaged(folder / name, "its checksum does not match")
    path = folder / NETWORKS
    if path.stat().st_size < parameters:  # of one byte at least
        raise damaged(path, f"it is too small for {parameters} parameters")
    try:
        modules = dict(make())
        _check_tensors(path, modules, quantised)
        tensors = load_file(path)
        for prefix, module in modules.items():
            state = {
                key.removeprefix(f"{prefix}."): _restored(value, tensors.get(key + SCALE))
                for key, value in tensors.items()
                if key.startswith(f"{prefix}.") and not key.endswith(SCALE)
            }
            if not all(bool(torch.isfinite(value).all()) for value in state.values()):
                raise ValueError("it holds values that are not numbers")
            module.load_state_dict(state)
            module.to(device=device, dtype=torch.float32).eval().requires_grad_(False)
    except (SafetensorError, ValueError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise out_of_memory("There is not enough memory to load the weights.") from error
        raise damaged(path, error) from error
    return modules, bundle_checksum(folder)


def _check_tensors(path: Path, modules: Mapping[str, nn.Module], quantised: tuple[str, ...]) -> None:
    """Compare the header of a tensor file with its modules, before the tensors are read."""
    expected = {
        f"{prefix}.{key}": tuple(value.shape)
        for prefix, module in modules.items()
        for key, value in module.state_dict().items()
    }
    stored, byte_count = read_header(path)
    stored.pop("__metadata__", None)
    scales = {name + SCALE for name in quantised if name + SCALE in stored}
    if stored.keys() != expected.keys() | scales:
        raise ValueError("tensors are missing or unknown")
    total = 0
    for name, entry in stored.items():
        own = name.removesuffix(SCALE)
        integers = name == own and name + SCALE in scales
        shape = expected[own] if name == own else expected[own][:1]
        sizes = {"I8": 1} if integers else FLOATS
        if (
            not isinstance(entry, dict)
            or entry.get("dtype") not in sizes
            or entry.get("shape") != list(shape)
        ):
            raise ValueError(f"{name} has another shape or type than the description says")
        total += math.prod(shape) * sizes[entry["dtype"]]
    if total != byte_count:
        raise ValueError(f"it has {byte_count} bytes of tensors instead of {total}")


def _restored(value: Tensor, scale: Tensor | None) -> Tensor:
    if scale is None:
        return value
    return value.float() * scale[:, None]
