"""Diffusions trained alone: everything else stays byte for byte."""

import shutil
from dataclasses import fields, replace

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.engines.weights.bundle import read_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.training_tokens import FILE, load_tokens, tokens_path
from zoetrope.training.from_weights.compatibility import check_source
from zoetrope.training.from_weights.diffusions_only import train_diffusions

FROZEN = replace(tiny_run.full_recipe(), frozen="tokens")


def entries():
    """The labels of the tiny creatures and of another one."""
    clips = (ClipEntry("walk", "walk", True, True, 1.0, True),)
    return [CreatureEntry(name, "quadruped", 1.0, name, True, clips) for name in ("a", "b", "c")]


@pytest.mark.parametrize("trained", ["shape", "motion"])
def test_one_diffusion_is_trained(full_run, tmp_path, trained):
    other = {"shape": "motion_diffusion", "motion": "shape_diffusion"}[trained]
    recipe = replace(FROZEN, **{other: replace(getattr(FROZEN, other), steps=0)})
    weights = tmp_path / "weights"
    train_diffusions(recipe, entries(), tmp_path / "run", weights, full_run)
    changed = [
        path.name
        for path in sorted(weights.glob("*.safetensors"))
        if path.read_bytes() != (full_run / path.name).read_bytes()
    ]
    assert changed == [f"{trained}_diffusion.safetensors"]
    old, new = load_tokens(tokens_path(full_run)), load_tokens(tokens_path(weights))
    for field in fields(old):
        assert np.array_equal(getattr(old, field.name), getattr(new, field.name)), field.name
    before, after = read_description(full_run), read_description(weights)
    assert after.categories == before.categories
    assert after.training == before.training
    assert after.smoothing is not None


def test_bodies_without_surfaces_are_not_interpolated(full_run, tmp_path, monkeypatch):
    unchanged = []

    def stays(self, vectors, rows, generator):
        mixed = interpolated(self, vectors, rows, generator)
        unchanged.append(torch.equal(mixed, vectors[rows]))
        return mixed

    interpolated = LatentInterpolator.__call__
    monkeypatch.setattr(LatentInterpolator, "__call__", stays)
    train_diffusions(FROZEN, entries(), tmp_path / "run", tmp_path / "weights", full_run)
    assert len(unchanged) == FROZEN.shape_diffusion.steps + FROZEN.motion_diffusion.steps
    assert all(unchanged)


def test_tokens_without_labels_are_refused(full_run, tmp_path):
    run, weights = tmp_path / "run", tmp_path / "weights"
    with pytest.raises(ZoetropeError, match="of b, which has no labels here"):
        train_diffusions(FROZEN, entries()[:1], run, weights, full_run)
    other_clip = replace(entries()[1], clips=(ClipEntry("run", "run", True, True, 1.0, True),))
    with pytest.raises(ZoetropeError, match="of b, walk, which has no labels here"):
        train_diffusions(FROZEN, [entries()[0], other_clip], run, weights, full_run)
    assert not weights.exists()


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"category": "ant"}, "the data ant, quadruped"),
        ({"clips": (ClipEntry("walk", "ant", True, True, 1.0, True),)}, "the data ant, walk"),
    ],
)
def test_other_labels_are_refused(full_run, tmp_path, changed, match):
    creatures = [replace(entries()[0], **changed), *entries()[1:]]
    with pytest.raises(ZoetropeError, match=match):
        train_diffusions(FROZEN, creatures, tmp_path / "run", tmp_path / "weights", full_run)
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("frozen", ["fields", "tokens"])
def test_recipe_with_frozen_parts_needs_weights(frozen):
    with pytest.raises(ZoetropeError, match="needs weights") as caught:
        check_source(replace(FROZEN, frozen=frozen), None)
    assert "--from" in caught.value.remedy


def test_frozen_tokens_must_be_in_the_folder_of_the_weights(full_run, tmp_path):
    check_source(FROZEN, full_run)
    shutil.copytree(full_run, tmp_path / "weights", ignore=shutil.ignore_patterns(FILE))
    with pytest.raises(ZoetropeError, match="needs the training tokens") as caught:
        check_source(FROZEN, tmp_path / "weights")
    assert FILE in caught.value.remedy
