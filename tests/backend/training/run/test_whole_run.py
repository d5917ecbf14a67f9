"""A run: live dictionaries, codes a clip, coloured noise, palettes apart from the shape."""

import dataclasses
import shutil

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import load_bundle
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.fields.colour import ColourFieldConfig
from zoetrope.training.data.training_tokens import load_tokens
from zoetrope.training.recipe import PaletteRecipe, StageRecipe
from zoetrope.training.run import train as run_module


def live_recipe():
    recipe = tiny_run.recipe()
    return dataclasses.replace(
        recipe,
        clip_codes=True,
        shape_field=dataclasses.replace(recipe.shape_field, colour=False),
        shape_dictionary=dataclasses.replace(recipe.shape_dictionary, live=True),
        motion_dictionary=dataclasses.replace(recipe.motion_dictionary, live=True),
        motion_diffusion=dataclasses.replace(recipe.motion_diffusion, coloured=True),
        palette=PaletteRecipe(
            ColourFieldConfig(width=16, depth=4, shape_latent=8, palette=3, octaves=2),
            StageRecipe(steps=6, instances=4, points=64),
            steps=6,
            batch=4,
            width=16,
        ),
    )


def two_coats():
    """The tiny creatures, one red, one green."""
    data = tiny_run.prepared()
    colours = torch.zeros_like(data.colours)
    colours[:2, :, 0], colours[2:, :, 1] = 255, 255
    return dataclasses.replace(data, colours=colours)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "load_recipe", lambda name: live_recipe())
        patch.setattr(run_module, "load_prepared", lambda path, **_: two_coats())
        run_module.train("tiny", folder, folder / "run", folder / "weights")
    return folder


def test_what_is_learned_on_reaches_the_weights(run):
    bundle = load_bundle(run / "weights")
    first = bundle.shape_dictionary.dictionary_layers()[0]
    u, s, v = (getattr(first, name).float() for name in ("u", "s", "v"))
    assert not torch.allclose(first.shared[:, : len(v)], (u * s) @ v.T, atol=1e-3)
    assert bundle.motion_model.noise.amplitude.std() > 0
    known = load_tokens(run / "run" / "tokens.npz")
    codes = known.motion[..., 8:-8]
    assert np.abs(codes - codes[:, :1]).max() < 1e-3, "one code a clip"


def test_a_palette_paints_the_same_creature_anew(run):
    engine = DnfEngine(run / "weights", "cpu")

    def made(palette):
        request = GenerateRequest("quadruped", "walk", 3, frames=4, detail=64, palette=palette)
        return engine.generate(request, lambda *_: None)

    own, same, other = made(None), made(3), made(4)
    assert (own.vertices == other.vertices).all()
    assert (own.colours == same.colours).all()
    assert np.abs(own.colours - other.colours).max() > 1e-4
    assert other.meta["palette"] == 4
    codes = own.tokens["motion"][:, 8:-8]
    assert np.abs(codes - codes[:1]).max() < 1e-5


def test_a_damaged_colour_file_is_refused(run, tmp_path):
    shutil.copytree(run / "weights", tmp_path / "weights")
    (tmp_path / "weights" / "colour.safetensors").write_bytes(b"no weights")
    with pytest.raises(ZoetropeError, match="damaged") as caught:
        load_bundle(tmp_path / "weights")
    assert caught.value.code == "weights_damaged"
    (tmp_path / "weights" / "colour.safetensors").unlink()
    with pytest.raises(ZoetropeError, match="missing"):
        load_bundle(tmp_path / "weights")


def test_creatures_without_colours_are_grey(tmp_path, monkeypatch):
    grey = dataclasses.replace(tiny_run.prepared(), coloured=torch.zeros(4, dtype=torch.bool))
    monkeypatch.setattr(run_module, "load_recipe", lambda name: live_recipe())
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: grey)
    run_module.train("tiny", tmp_path, tmp_path / "run", tmp_path / "weights")
    made = DnfEngine(tmp_path / "weights", "cpu").generate(
        GenerateRequest("quadruped", "walk", 0, frames=4, detail=64), lambda *_: None
    )
    assert made.colours.shape == (len(made.rest), 3)
    assert np.ptp(made.colours) == 0
