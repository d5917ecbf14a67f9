"""Weights on disk: safetensors files, their description `model.json`, and checksums."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from zoetrope.atomic_write import atomic_write
from zoetrope.dictionary.dictionary import Dictionary, DictionaryConfig
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.diffusion.palette_model import PaletteModel, PaletteModelConfig
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig
from zoetrope.diffusion.temporal_filter import TemporalFilter
from zoetrope.engines.weights.description_checks import description_faults
from zoetrope.engines.weights.engine_name import check_engine
from zoetrope.engines.weights.files import (
    check_header,
    check_is_file,
    damaged,
    parse_checksums,
    read_text_file,
    sha256,
)
from zoetrope.engines.weights.older_weights import explained_by_age, unreadable_part
from zoetrope.engines.weights.tensor_shapes import tensor_shapes
from zoetrope.errors import ZoetropeError
from zoetrope.fields.colour import ColourField, ColourFieldConfig
from zoetrope.fields.motion import MotionField, MotionFieldConfig
from zoetrope.fields.shape import ShapeField, ShapeFieldConfig
from zoetrope.memory import is_out_of_memory, out_of_memory

FORMAT = 1
DESCRIPTION = "model.json"
CHECKSUMS = "checksums"
Decoded = TypeVar("Decoded")


@dataclass(frozen=True)
class _Format:
    """What every version of `model.json` has."""

    format: int


@dataclass(frozen=True)
class ActionLabel:
    """An action of a category, the flags that most of its training clips have, and their number."""

    name: str
    cyclic: bool
    returns_to_start: bool
    clips: int


@dataclass(frozen=True)
class CategoryLabel:
    """A category of the training data: its actions, and the typical height in metres."""

    name: str
    height: float
    actions: tuple[ActionLabel, ...]


@dataclass(frozen=True)
class Description:
    """Contents of `model.json`: sizes, labels, sampling settings and how the weights were trained.

    action_order : names of the actions in the order of their labels.
    gradient_bound : 99.9th percentile of the norm of the shape field's gradient, at least 1. The surface
    extraction takes |SDF| / bound as a lower bound of the distance.
    shape_guidance, motion_guidance : scales of classifier-free guidance.
    smoothing : temporal filter of decoded motion; None: no filter.
    colour_field, palette_model : None if creatures are grey.
    eikonal_limits : category -> largest `eikonal_deviation` of a sampled body that passes; not checked
    without one.
    loose_limits : category -> share of the volume that a sampled body may have outside its largest part, for
    categories whose training bodies have parts of their own; 0 without.
    proportion_strengths : category -> strength of its sampled proportions, see `BodyShape.sample`; 0 without.
    """

    format: int
    name: str
    parameters: int
    shape_field: ShapeFieldConfig
    motion_field: MotionFieldConfig
    shape_dictionary: DictionaryConfig
    motion_dictionary: DictionaryConfig
    shape_model: ShapeModelConfig
    motion_model: MotionModelConfig
    categories: tuple[CategoryLabel, ...]
    action_order: tuple[str, ...]
    gradient_bound: float
    shape_guidance: float
    motion_guidance: float
    training: dict[str, Any]
    colour_field: ColourFieldConfig | None = None
    palette_model: PaletteModelConfig | None = None
    smoothing: TemporalFilter | None = None
    eikonal_limits: dict[str, float] = field(default_factory=dict)
    loose_limits: dict[str, float] = field(default_factory=dict)
    proportion_strengths: dict[str, float] = field(default_factory=dict)

    def files(self) -> tuple[str, ...]:
        """Return the names of the tensor files, without suffix."""
        names = ("shape_field", "motion_field", "shape_diffusion", "motion_diffusion")
        return (*names, "colour") if self.colour_field else names


@dataclass(frozen=True)
class ColourNetworks:
    """The colour field and the palette diffusion."""

    field: ColourField
    model: PaletteModel


@dataclass
class Bundle:
    """Loaded weights."""

    description: Description
    checksum: str
    shape_field: ShapeField
    shape_dictionary: Dictionary
    motion_field: MotionField
    motion_dictionary: Dictionary
    shape_model: ShapeModel
    motion_model: MotionModel
    colours: ColourNetworks | None = None

    def modules(self) -> dict[str, dict[str, nn.Module]]:
        """Return file name -> prefix of its tensors -> module."""
        files: dict[str, dict[str, nn.Module]] = {
            "shape_field": {"field": self.shape_field, "dictionary": self.shape_dictionary},
            "motion_field": {"field": self.motion_field, "dictionary": self.motion_dictionary},
            "shape_diffusion": {"model": self.shape_model},
            "motion_diffusion": {"model": self.motion_model},
        }
        if self.colours:
            files["colour"] = {"colours": self.colours.field, "model": self.colours.model}
        return files


def read_checksums(folder: Path) -> dict[str, str]:
    """Return file name -> sha256 as listed in `checksums` (format of sha256sum)."""
    return parse_checksums(folder / CHECKSUMS)


def bundle_checksum(folder: Path) -> str:
    """Return one checksum for all weights: that of the checksums file."""
    path = folder / CHECKSUMS
    check_is_file(path)
    return sha256(path)


def read_description(folder: Path) -> Description:
    """Read and check `model.json`, without loading tensors."""
    path = folder / DESCRIPTION
    data = read_text_file(path)
    check_engine(folder, data, "dnf")
    version = _decoded(path, data, _Format).format
    if version != FORMAT:
        raise ZoetropeError(
            f"The weights in {folder} have format {version}, this version reads {FORMAT}.",
            code="weights_damaged",
            remedy="Install the weights of this version.",
        )
    with explained_by_age(path, data):
        description = _decoded(path, data, Description)
        for fault in (unreadable_part(data), *description_faults(description)):
            if fault:
                raise damaged(path, fault)
    return description


def _decoded(path: Path, data: bytes, kind: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, error) from error


def empty_bundle(description: Description, checksum: str = "") -> Bundle:
    """Return modules of the described sizes, randomly initialised."""
    shape, motion = ShapeField(description.shape_field), MotionField(description.motion_field)
    colours = None
    if description.colour_field and description.palette_model:
        field, model = ColourField(description.colour_field), PaletteModel(description.palette_model)
        colours = ColourNetworks(field, model)
    return Bundle(
        description,
        checksum,
        shape,
        Dictionary(list(shape.mlp.weights), description.shape_dictionary),
        motion,
        Dictionary(list(motion.mlp.weights), description.motion_dictionary),
        ShapeModel(description.shape_model),
        MotionModel(description.motion_model),
        colours,
    )


def _tensors(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Return tensors to store: matrices in half precision, vectors (biases, singular values) in single."""
    out = {}
    for name, value in stored_tensors(modules).items():
        half = value.is_floating_point() and value.dim() > 1
        out[name] = value.to(torch.float16 if half else value.dtype).contiguous()
    return out


def stored_tensors(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Return the tensors of modules that a file holds, by their names in it.

    A field's own weight matrices are left out, since its dictionary composes them.
    """
    return {
        f"{prefix}.{key}": value
        for prefix, module in modules.items()
        for key, value in module.state_dict().items()
        if prefix != "field" or not key.startswith("mlp.weights.")
    }


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Write the weights, their description and checksums, each file atomically."""
    for name, modules in bundle.modules().items():
        with atomic_write(folder / f"{name}.safetensors") as part:
            save_file(_tensors(modules), part, metadata={"format": "pt"})
    save_description(folder, bundle.description)


def save_description(folder: Path, description: Description) -> None:
    """Write `model.json` next to the tensors, and the checksums of all files."""
    text = json.dumps(asdict(description), indent=2) + "\n"
    with atomic_write(folder / DESCRIPTION) as part:
        part.write_text(text, encoding="utf-8")
    names = [DESCRIPTION, *(f"{name}.safetensors" for name in description.files())]
    lines = [f"{sha256(folder / name)}  {name}\n" for name in sorted(names)]
    with atomic_write(folder / CHECKSUMS) as part:
        part.write_text("".join(lines), encoding="utf-8")


def load_bundle(folder: Path, device: str = "cpu") -> Bundle:
    """Load weights after checking every file against `checksums`.

    Raises
    ------
    ZoetropeError
        Code "weights_missing": a file is missing; "weights_damaged": it does not match its checksum or the
        description.
    """
    description = read_description(folder)
    path = folder / DESCRIPTION
    with explained_by_age(path, read_text_file(path)):
        check_headers(folder, description)
    digests = read_checksums(folder)
    for name in (DESCRIPTION, *(f"{name}.safetensors" for name in description.files())):
        if digests.get(name) != sha256(folder / name):
            raise damaged(folder / name, "its checksum does not match")
    bundle = empty_bundle(description, bundle_checksum(folder))
    for name, modules in bundle.modules().items():
        path = folder / f"{name}.safetensors"
        try:
            tensors = load_file(path)
            for prefix, module in modules.items():
                state = {
                    k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")
                }
                if not all(bool(torch.isfinite(value).all()) for value in state.values()):
                    raise ValueError("it holds values that are not numbers")
                if state.keys() != {
                    key.removeprefix(f"{prefix}.") for key in stored_tensors({prefix: module})
                }:
                    raise ValueError(f"tensors of {prefix} are missing or unknown")
                # A field's own weight matrices are not stored.
                module.load_state_dict(state, strict=False)
                module.to(device=device, dtype=torch.float32).eval().requires_grad_(False)
        except (SafetensorError, ValueError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise out_of_memory("There is not enough memory to load the weights.") from error
            raise damaged(path, error) from error
    return bundle


def check_headers(folder: Path, description: Description) -> None:
    """Compare the tensor files with the description, before memory is taken for either.

    Raises
    ------
    ZoetropeError
        Code "weights_missing" or "weights_damaged".
    """
    for name, shapes in tensor_shapes(description).items():
        check_header(folder / f"{name}.safetensors", shapes)
