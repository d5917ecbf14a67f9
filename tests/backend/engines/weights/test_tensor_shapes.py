"""The tensors that a description means are those of the modules that it describes."""

from dataclasses import replace
from pathlib import Path

import pytest
from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.diffusion.palette_model import PaletteModelConfig
from zoetrope.engines.weights.bundle import empty_bundle, read_description, stored_tensors
from zoetrope.engines.weights.tensor_shapes import tensor_shapes
from zoetrope.fields.colour import ColourFieldConfig

WEIGHTS = Path(__file__).parents[4] / "weights"

SHIPPED = read_description(WEIGHTS)
SMALL = replace(
    SHIPPED,
    shape_field=replace(SHIPPED.shape_field, width=32, depth=5, octaves=2),
    motion_field=replace(SHIPPED.motion_field, width=16, depth=2),
    shape_dictionary=DictionaryConfig(kept=24, residual=0, code=3),
    shape_model=replace(SHIPPED.shape_model, width=32, depth=1),
    motion_model=replace(SHIPPED.motion_model, width=16, depth=2, reach=0, frames=8),
)
PLAIN = replace(
    SMALL,
    motion_dictionary=replace(SHIPPED.motion_dictionary, live=False, kept=2, residual=100),
    colour_field=None,
    palette_model=None,
)
COLOURED = replace(
    SMALL,
    colour_field=ColourFieldConfig(width=8, depth=3, shape_latent=96, octaves=1, regions=5),
    palette_model=PaletteModelConfig(palette=15, shape=96, categories=1, width=6),
)


@pytest.mark.parametrize(
    "description", [SHIPPED, SMALL, PLAIN, COLOURED], ids=["shipped", "small", "plain", "c"]
)
def test_names_and_shapes_are_those_of_the_modules(description):
    modules = empty_bundle(description).modules()
    made = {
        name: {key: tuple(value.shape) for key, value in stored_tensors(file).items()}
        for name, file in modules.items()
    }
    assert tensor_shapes(description) == made
