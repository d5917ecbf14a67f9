"""A run whose diffusions draw latents alone: the row that says what the dictionary adds to generation."""

import dataclasses

import pytest
import tiny
import torch
from zoetrope.engines.bundle import load_bundle
from zoetrope.training import run as run_module
from zoetrope.training.tables import Table
from zoetrope.training.tokens import shape_tokens


def test_codes_stand_at_their_mean():
    latents, codes = Table(5, 4, deviation=1.0), Table(5, 3, 2, deviation=1.0)
    whole, alone = shape_tokens(latents, codes), shape_tokens(latents, codes, latent_only=True)
    torch.testing.assert_close(alone[:, :4], whole[:, :4])
    torch.testing.assert_close(alone[:, 4:], whole[:, 4:].mean(0).expand(5, -1))


def test_its_diffusions_draw_no_code(tmp_path, monkeypatch):
    recipe = dataclasses.replace(tiny.recipe(), latent_only=True)
    monkeypatch.setattr(run_module, "load_recipe", lambda name: recipe)
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: tiny.prepared())
    run_module.train("tiny", tmp_path, tmp_path / "run", tmp_path / "weights")
    bundle = load_bundle(tmp_path / "weights")
    shape, motion = bundle.shape_model.standardiser.live, bundle.motion_model.standardiser.live
    own, moving = recipe.shape_field.latent, recipe.motion_field.latent
    assert shape[:own].all()
    assert not shape[own:].any()
    assert motion[:moving].all()
    assert not motion[moving:-8].any()
    noise = bundle.shape_model.standardiser.inverse(torch.randn(2, len(shape)))
    assert noise[0, own:].tolist() == pytest.approx(noise[1, own:].tolist())
