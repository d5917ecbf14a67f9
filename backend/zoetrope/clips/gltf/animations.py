"""The animations of a glTF file as channels of its nodes."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from zoetrope.clips.channel import Channel
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.nodes import unit_quaternions
from zoetrope.errors import ZoetropeError

WIDTHS = {"translation": 3, "rotation": 4, "scale": 3, "weights": None}
"""Numbers of one key by animated property; of weights as many as the mesh has morph targets."""
POINTER = re.compile(r"/nodes/(\d{1,9})/(translation|rotation|scale|weights)")
"""Pointers of KHR_animation_pointer to what a plain channel can animate."""


def read_animations(
    file: GltfFile, required: bool, on_note: Callable[[str], None]
) -> dict[str, tuple[Channel, ...]]:
    """Return the channels of every animation by its name; a damaged animation is left out with a note.

    Raises
    ------
    ZoetropeError
        Code "bad_file": one is `required` and none can be read, or they do not fit into memory.
    """
    out: dict[str, tuple[Channel, ...]] = {}
    first_error = None
    for i, animation in enumerate(file.items("animations")):
        given = animation.get("name")
        label = f"animation {i}" if not isinstance(given, str) else f"animation {given[:80]!r}"
        try:
            channels = _read_animation(file, animation, label, on_note)
        except ZoetropeError as error:
            if file.exhausted:
                raise
            first_error = first_error or error
            on_note(f"{label} is damaged and left out")
            continue
        if channels:
            out[_unique(str(animation.get("name", f"animation {i}")), out)] = tuple(channels)
    if not out and required:
        raise first_error or bad_file(file.path, "it holds no animation")
    return out


def _read_animation(
    file: GltfFile, animation: dict[str, Any], label: str, on_note: Callable[[str], None]
) -> list[Channel]:
    samplers = file.listing(animation, "samplers")
    channels = [
        _read_channel(file, channel, samplers, label, on_note)
        for channel in file.listing(animation, "channels")
    ]
    return [channel for channel in channels if channel is not None]


def animated_property(target: dict[str, Any]) -> tuple[Any, Any] | None:
    """Return the node and the property of a channel's target; None of a pointer to something else."""
    path, node = target.get("path"), target.get("node")
    if path != "pointer":
        return node, path
    found = POINTER.fullmatch(str(target["extensions"]["KHR_animation_pointer"].get("pointer")))
    return None if found is None else (int(found[1]), found[2])


def _target(file: GltfFile, target: dict[str, Any]) -> tuple[int, str] | str:
    """Return the node and the property that a channel animates, or the name of what is not read."""
    path, node = target.get("path"), target.get("node")
    if path == "pointer":
        extension = file.mapping(file.mapping(target, "extensions"), "KHR_animation_pointer")
        found = animated_property({**target, "extensions": {"KHR_animation_pointer": extension}})
        if found is None:
            return str(extension.get("pointer"))[:80]
        node, path = found
    elif not isinstance(path, str) or path not in WIDTHS or node is None:
        return f"the property {str(path)[:80]}"
    if not isinstance(node, int) or isinstance(node, bool) or not 0 <= node < len(file.items("nodes")):
        return "a node that does not exist"
    return node, path


def _read_channel(
    file: GltfFile, channel: Any, samplers: list[Any], label: str, on_note: Callable[[str], None]
) -> Channel | None:
    target = channel.get("target") if isinstance(channel, dict) else None
    if not isinstance(target, dict):
        raise bad_file(file.path, f"{label} has a damaged channel")
    index = channel.get("sampler")
    if not isinstance(index, int) or not 0 <= index < len(samplers) or not isinstance(samplers[index], dict):
        raise bad_file(file.path, f"{label} refers to a sampler that does not exist")
    found = _target(file, target)
    if isinstance(found, str):
        on_note(f"{label} moves {found}, which is left out")
        return None
    node, path = found
    sampler = samplers[index]
    times = file.accessor_of_shape(sampler.get("input"), 1)[:, 0].astype(np.float64)
    values = file.accessor(sampler.get("output")).astype(np.float64)
    interpolation = sampler.get("interpolation", "LINEAR")
    if interpolation not in ("LINEAR", "STEP", "CUBICSPLINE") or not len(times) or (np.diff(times) < 0).any():
        raise bad_file(file.path, f"{label} has a damaged sampler")
    width = WIDTHS[path]
    keys = len(times) * (3 if interpolation == "CUBICSPLINE" else 1)
    if values.size == 0 or values.size % keys or (width is not None and values.size != keys * width):
        raise bad_file(file.path, f"{label} has the wrong number of values")
    values = (
        values.reshape(len(times), 3, -1)
        if interpolation == "CUBICSPLINE"
        else values.reshape(len(times), -1)
    )
    if path == "rotation" and interpolation != "CUBICSPLINE":
        values = unit_quaternions(values, lambda: on_note(f"{label} has a rotation of zero length"))
    return Channel(node, path, times, values, interpolation)


def _unique(name: str, taken: dict[str, Any]) -> str:
    """Return a name that is not taken: itself, or with a number behind it as Blender does."""
    candidate, number = name, 0
    while candidate in taken:
        number += 1
        candidate = f"{name}.{number:03d}"
    return candidate
