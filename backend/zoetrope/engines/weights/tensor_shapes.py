"""Names and shapes of all tensors that weights of described sizes consist of, without making the modules.

Modules on the meta device would give them too, but import torch._dynamo, which takes two seconds.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.fields.encoding import encoded_size

if TYPE_CHECKING:
    from zoetrope.engines.weights.bundle import Description

Shapes = Iterator[tuple[str, tuple[int, ...]]]


def tensor_shapes(description: "Description") -> dict[str, dict[str, tuple[int, ...]]]:
    """Return file name -> name of a tensor in it -> shape.

    That it agrees with the modules is tested (`tests/backend/engines/weights/test_tensor_shapes.py`).
    """
    d = description
    shape = (encoded_size(d.shape_field.octaves), d.shape_field.latent)
    motion = (encoded_size(d.motion_field.octaves), d.motion_field.shape_latent + d.motion_field.latent)
    shape_layers = _layers(*shape, d.shape_field.width, d.shape_field.depth, 1)
    motion_layers = _layers(*motion, d.motion_field.width, d.motion_field.depth, 3)
    files = {
        "shape_field": {
            **dict(_biases("field", shape_layers)),
            **_dictionary(shape_layers, d.shape_dictionary),
        },
        "motion_field": {
            **dict(_biases("field", motion_layers)),
            **_dictionary(motion_layers, d.motion_dictionary),
        },
        "shape_diffusion": dict(_shape_model(d)),
        "motion_diffusion": dict(_motion_model(d)),
    }
    if d.colour_field and d.palette_model:
        files["colour"] = dict(_colours(d))
    return files


def _layers(point: int, latent: int, width: int, depth: int, out: int) -> list[tuple[int, int]]:
    """Return (outputs, inputs) of each layer of a `FieldMLP`."""
    ins = [width] * (depth + 1)
    ins[0] = point + latent
    ins[depth // 2] = width + point + latent
    return list(zip([width] * depth + [out], ins, strict=True))


def _biases(prefix: str, layers: list[tuple[int, int]]) -> Shapes:
    for i, (out, _) in enumerate(layers):
        yield f"{prefix}.mlp.biases.{i}", (out,)


def _dictionary(layers: list[tuple[int, int]], config: DictionaryConfig) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for i, (out, inputs) in enumerate(layers):
        rank = min(out, inputs)
        kept = min(config.kept, rank)
        both = min(kept + config.residual, rank)
        shapes = {
            "u": (out, kept),
            "s": (kept,),
            "v": (inputs, kept),
            "residual_u": (out, both - kept),
            "residual_v": (inputs, both - kept),
            "map": (both, config.code),
            "offset": (both,),
        }
        if config.live:
            shapes["shared"] = (out, inputs)
        found |= {f"dictionary.layers.{i}.{name}": size for name, size in shapes.items()}
    return found


def _linear(name: str, inputs: int, out: int) -> Shapes:
    yield f"{name}.weight", (out, inputs)
    yield f"{name}.bias", (out,)


def _standardiser(name: str, size: int) -> Shapes:
    for part in ("mean", "deviation", "live"):
        yield f"{name}.{part}", (size,)


def _labels(categories: int, actions: int, width: int) -> Shapes:
    yield "model.labels.category.weight", (categories + 1, width)
    yield "model.labels.action.weight", (actions + 1, width)


def _transformer(width: int, depth: int, reach: int = 0) -> Shapes:
    yield from _linear("model.trunk.time.0", width, width)
    yield from _linear("model.trunk.time.2", width, width)
    yield from _linear("model.trunk.modulation", width, 6 * width)
    for i in range(depth):
        block = f"model.trunk.blocks.{i}"
        yield f"{block}.offset", (6 * width,)
        yield from _linear(f"{block}.qkv", width, 3 * width)
        yield from _linear(f"{block}.out", width, width)
        yield from _linear(f"{block}.feed.0", width, 4 * width)
        yield from _linear(f"{block}.feed.2", 4 * width, width)
        if reach:
            yield f"model.trunk.neighbours.{i}.kernel", (width, 1, 2 * reach + 1)
    yield "model.trunk.norm.weight", (width,)
    yield "model.trunk.norm.bias", (width,)


def _shape_model(d: "Description") -> Shapes:
    c = d.shape_model
    yield from _standardiser("model.standardiser", c.latent + c.layers * c.code)
    yield from _linear("model.latent_in", c.latent, c.width)
    yield from _linear("model.latent_out", c.width, c.latent)
    for i in range(c.layers):
        yield from _linear(f"model.code_in.{i}", c.code, c.width)
        yield from _linear(f"model.code_out.{i}", c.width, c.code)
    yield "model.position", (1 + c.layers, c.width)
    yield from _labels(c.categories, 0, c.width)
    yield from _transformer(c.width, c.depth)


def _motion_model(d: "Description") -> Shapes:
    c = d.motion_model
    size = c.latent + c.layers * c.code + c.extra
    yield from _standardiser("model.standardiser", size)
    yield from _standardiser("model.shape_standardiser", c.shape)
    yield "model.noise.amplitude", (2, c.frames, size)
    yield from _linear("model.frame_in", 2 * size + 1, c.width)
    yield from _linear("model.frame_out", c.width, size)
    for name, inputs in (("position", 32), ("shape_in", c.shape)):
        yield from _linear(f"model.{name}.0", inputs, c.width)
        yield from _linear(f"model.{name}.2", c.width, c.width)
    yield from _linear("model.flags_in", 2, c.width)
    yield from _labels(c.categories, c.actions, c.width)
    yield from _transformer(c.width, c.depth, c.reach)


def _colours(d: "Description") -> Shapes:
    field, c = d.colour_field, d.palette_model
    if field is None or c is None:
        return
    inputs = encoded_size(field.octaves)
    layers = _layers(inputs, field.shape_latent, field.width, field.depth, field.regions)
    yield from _biases("colours", layers)
    for i, layer in enumerate(layers):
        yield f"colours.mlp.weights.{i}", layer
    yield from _standardiser("model.standardiser", c.palette)
    yield from _standardiser("model.shape_standardiser", c.shape)
    yield from _labels(c.categories, 0, c.width)
    yield from _linear("model.shape_in", c.shape, c.width)
    yield from _linear("model.net.0", c.palette + 2 * c.width, 2 * c.width)
    yield from _linear("model.net.2", 2 * c.width, 2 * c.width)
    yield from _linear("model.net.4", 2 * c.width, c.palette)
