"""A run that begins from weights: it says what they said, learns on, and keeps the labels' meaning."""

import dataclasses
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import tiny_run
import torch
from test_live_run import live_recipe, run, two_coats  # noqa: F401 - the fixture that trains
from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.bundle import load_bundle, read_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import load_tokens
from zoetrope.training.from_weights.diffusions_only import train_diffusions
from zoetrope.training.stages.diffusion_training import inherit
from zoetrope.training.from_weights.warm_start import begin
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run import train as run_module
from zoetrope.training.stages import motion_field as motion_stages
from zoetrope.training.stages import shape_field as shape_stages
from zoetrope.training.optimisation.embeddings import ClipEmbedding


@pytest.mark.parametrize(
    "name",
    [
        "first",
        "first_latents",
        "shipped",
        "shipped-cpu",
        "motion-cpu",
        "bodies-cpu",
        "drawing-cpu",
        "moving-cpu",
        "by_clip",
        "adopt",
        "paper",
    ],
)
def test_shipped_recipes_can_be_read(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    kept = {"adopt": "fields", "motion-cpu": "bodies", "bodies-cpu": "motion", "drawing-cpu": "tokens"}
    kept["moving-cpu"] = "tokens"
    assert recipe.frozen == kept.get(name)


def test_the_cpu_recipe_fits_the_shipped_one():
    ours, theirs = load_recipe("shipped-cpu"), load_recipe("shipped")
    for part in (
        "data",
        "shape_field",
        "motion_field",
        "shape_dictionary",
        "motion_dictionary",
        "clip_codes",
    ):
        assert getattr(ours, part) == getattr(theirs, part)
    assert ours.shape_pretraining.steps < theirs.shape_pretraining.steps, "tokens alone are fitted"


@pytest.mark.parametrize("constant", [False, True])
def test_a_table_of_clips_takes_vectors(constant):
    values = torch.randn(2, 8, 3, 4, generator=torch.Generator().manual_seed(0))
    table = ClipEmbedding([True, False], 8, 3, 4, constant=constant)
    table.fill(values)
    there = table(torch.arange(2), torch.arange(8).expand(2, -1))
    wanted = values.mean(1, keepdim=True).expand_as(values) if constant else values
    assert torch.allclose(there, wanted, atol=1e-4)


def test_the_run_begins_where_the_weights_are(run, tmp_path):  # noqa: F811 - the fixture
    recipe, data = live_recipe(), two_coats()
    start = begin(run / "weights", recipe, data, tmp_path, None)
    idle = dataclasses.replace(recipe.shape_finetuning, steps=0)
    still = dataclasses.replace(recipe, shape_finetuning=idle, motion_finetuning=idle)
    field, latents = shape_stages.pretrain(still, data, tmp_path, None)
    dictionary, _ = shape_stages.finetune(still, data, tmp_path, field, latents, None)
    zero = torch.zeros(1, *dictionary.code_shape())
    for ours, theirs, own in zip(
        dictionary.compose(zero), start.shape_dictionary.compose(zero), field.mlp.weights, strict=True
    ):
        assert torch.equal(ours, theirs)
        assert torch.equal(ours[0], own)
    for ours, theirs in zip(field.mlp.biases, start.shape_field.mlp.biases, strict=True):
        assert torch.equal(ours, theirs)
    motion_field, motion_latents = motion_stages.pretrain(still, data, tmp_path, latents, None)
    moving, _ = motion_stages.finetune(still, data, tmp_path, latents, motion_field, motion_latents, None)
    zero = torch.zeros(1, *moving.code_shape())
    for ours, theirs in zip(moving.compose(zero), start.motion_dictionary.compose(zero), strict=True):
        assert torch.equal(ours, theirs)


def test_a_warm_run_ends_in_weights_that_learned_on(run, tmp_path, monkeypatch):  # noqa: F811 - the fixture
    monkeypatch.setattr(run_module, "load_recipe", lambda name: live_recipe())
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: two_coats())
    out = tmp_path / "run"
    run_module.train("tiny", tmp_path, out, tmp_path / "weights", source=run / "weights")
    old, new = load_bundle(run / "weights"), load_bundle(tmp_path / "weights")
    for name, parts in old.modules().items():
        if name == "colour":
            continue
        theirs = new.modules()[name]
        moved = [
            not torch.equal(value, theirs[prefix].state_dict()[key])
            for prefix, module in parts.items()
            for key, value in module.state_dict().items()
            if not key.startswith("mlp.weights")
        ]
        assert any(moved), name
    assert load_tokens(out / "tokens.npz").shape.shape == (4, old.shape_model.size)


def test_bodies_can_stay_while_motion_learns_on(run, tmp_path, monkeypatch):  # noqa: F811 - the fixture
    recipe = dataclasses.replace(live_recipe(), stays="bodies", processes=2)
    monkeypatch.setattr(run_module, "load_recipe", lambda name: recipe)
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: two_coats())
    out, weights = tmp_path / "run", tmp_path / "weights"
    run_module.train("tiny", tmp_path, out, weights, source=run / "weights")
    for name in ("shape_field", "shape_diffusion", "colour"):
        assert (weights / f"{name}.safetensors").read_bytes() == (
            run / f"weights/{name}.safetensors"
        ).read_bytes()
    for name in ("motion_field", "motion_diffusion"):
        assert (weights / f"{name}.safetensors").read_bytes() != (
            run / f"weights/{name}.safetensors"
        ).read_bytes()
    before, after = read_description(run / "weights"), read_description(weights)
    assert after.gradient_bound == before.gradient_bound
    assert len(load_tokens(out / "tokens.npz").shape) == 4


def test_motion_can_stay_while_bodies_learn_on(run, tmp_path, monkeypatch):  # noqa: F811 - the fixture
    plain = live_recipe()
    stage = dataclasses.replace(plain.shape_finetuning, badly_fitted=1.0)
    recipe = dataclasses.replace(plain, stays="motion", processes=2, shape_finetuning=stage)
    asked = []
    monkeypatch.setattr(run_module, "load_recipe", lambda name: recipe)
    monkeypatch.setattr(run_module, "load_prepared", lambda path, motion: asked.append(motion) or two_coats())
    before = tmp_path / "before"
    shutil.copytree(run / "weights", before / "weights")
    shutil.copy(run / "run" / "tokens.npz", before)
    out, weights = tmp_path / "run", tmp_path / "weights"
    run_module.train("tiny", tmp_path, out, weights, source=before / "weights")
    assert asked == [False], "offsets are not read"
    for name in ("motion_field", "motion_diffusion"):
        assert (weights / f"{name}.safetensors").read_bytes() == (
            run / f"weights/{name}.safetensors"
        ).read_bytes()
    for name in ("shape_field", "shape_diffusion", "colour"):
        assert (weights / f"{name}.safetensors").read_bytes() != (
            run / f"weights/{name}.safetensors"
        ).read_bytes()
    old, new = load_tokens(before / "tokens.npz"), load_tokens(out / "tokens.npz")
    latent = recipe.shape_field.latent
    assert np.array_equal(old.shape[:, :latent], new.shape[:, :latent]), "the motion knows bodies by these"
    assert not np.array_equal(old.shape[:, latent:], new.shape[:, latent:])
    assert np.array_equal(old.motion, new.motion)


def entries():
    """The labels of the tiny creatures."""
    clips = (ClipEntry("walk", "walk", True, True, 1.0, True),)
    return [CreatureEntry(name, "quadruped", 1.0, name, True, clips) for name in ("a", "b", "c")]


def with_tokens(trained, folder):
    """The weights of the tiny run with their tokens beside them."""
    shutil.copytree(trained / "weights", folder / "weights")
    shutil.copy(trained / "run" / "tokens.npz", folder)
    return folder / "weights"


@pytest.mark.parametrize("learns", ["shape", "motion"])
def test_one_diffusion_learns_on_and_all_else_stays(run, tmp_path, learns):  # noqa: F811
    recipe = dataclasses.replace(live_recipe(), stays="tokens")
    other = {"shape": "motion_diffusion", "motion": "shape_diffusion"}[learns]
    still = dataclasses.replace(getattr(recipe, other), steps=0)
    recipe = dataclasses.replace(recipe, **{other: still})
    before = with_tokens(run, tmp_path / "before")
    out, weights = tmp_path / "run", tmp_path / "weights"
    train_diffusions(recipe, entries(), out, weights, before)
    moved = [
        path.name
        for path in sorted(weights.glob("*.safetensors"))
        if path.read_bytes() != (before / path.name).read_bytes()
    ]
    assert moved == [f"{learns}_diffusion.safetensors"]
    old, new = load_tokens(before.parent / "tokens.npz"), load_tokens(out / "tokens.npz")
    for field in dataclasses.fields(old):
        assert np.array_equal(getattr(old, field.name), getattr(new, field.name)), field.name
    ours, theirs = read_description(weights), read_description(before)
    assert ours.categories == theirs.categories
    assert ours.training == theirs.training
    assert ours.smoothing is not None


def test_tokens_without_labels_are_refused(run, tmp_path):  # noqa: F811 - the fixture
    recipe = dataclasses.replace(live_recipe(), stays="tokens")
    before = with_tokens(run, tmp_path / "before")
    with pytest.raises(ZoetropeError, match="of b, which has no labels here"):
        train_diffusions(recipe, entries()[:1], tmp_path / "run", tmp_path / "weights", before)
    nameless = dataclasses.replace(entries()[1], clips=(ClipEntry("run", "run", True, True, 1.0, True),))
    with pytest.raises(ZoetropeError, match="of b, walk, which has no labels here"):
        train_diffusions(recipe, [entries()[0], nameless], tmp_path / "run", tmp_path / "weights", before)
    assert not (tmp_path / "weights").exists()


def test_motion_stays_only_with_its_own_creatures(run, tmp_path, monkeypatch):  # noqa: F811 - the fixture
    recipe = dataclasses.replace(live_recipe(), stays="motion")
    monkeypatch.setattr(run_module, "load_recipe", lambda name: recipe)
    others = dataclasses.replace(two_coats(), creatures=["new.glb", *two_coats().creatures[1:]])
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: others)
    before, out, weights = tmp_path / "before", tmp_path / "run", tmp_path / "weights"
    shutil.copytree(run / "weights", before / "weights")
    with pytest.raises(ZoetropeError, match="needs the tokens") as caught:
        run_module.train("tiny", tmp_path, out, weights, source=before / "weights")
    assert "tokens.npz" in caught.value.remedy
    shutil.copy(run / "run" / "tokens.npz", before)
    with pytest.raises(ZoetropeError, match="the run before knew 2 and"):
        run_module.train("tiny", tmp_path, out, weights, source=before / "weights")
    assert not weights.exists()
    assert not list(out.iterdir()), "nothing that a later run would take for its beginning"


@pytest.mark.parametrize("kept", ["bodies", "motion", "tokens"])
def test_parts_that_are_not_there_cannot_stay(run, tmp_path, monkeypatch, kept):  # noqa: F811 - the fixture
    recipe = dataclasses.replace(live_recipe(), stays=kept)
    monkeypatch.setattr(run_module, "load_recipe", lambda name: recipe)
    monkeypatch.setattr(run_module, "load_prepared", lambda path, **_: two_coats())
    with pytest.raises(ZoetropeError, match="there are none") as caught:
        run_module.train("tiny", tmp_path, tmp_path / "run", tmp_path / "weights")
    assert "--from" in caught.value.remedy
    shutil.copytree(run / "weights", tmp_path / "before" / "weights")
    shutil.copy(run / "run" / "tokens.npz", tmp_path / "before")
    source = tmp_path / "before" / "weights"
    if kept == "tokens":
        ant = ClipEntry("walk", "ant", True, True, 1.0, True)
        for other in ({"category": "ant"}, {"clips": (ant,)}):
            told = [dataclasses.replace(entries()[0], **other), *entries()[1:]]
            with pytest.raises(ZoetropeError, match=r"the data have ant, (quadruped|walk)"):
                train_diffusions(recipe, told, tmp_path / "run", tmp_path / "weights", source)
        with pytest.raises(ValueError, match="train_diffusions"):
            run_module.train("tiny", tmp_path, tmp_path / "run", tmp_path / "weights", source=source)
        return
    for other in ({"categories": ["ant", "quadruped"]}, {"actions": ["ant", "quadruped"]}):
        data = dataclasses.replace(two_coats(), **other)
        monkeypatch.setattr(run_module, "load_prepared", lambda path, data=data, **_: data)
        with pytest.raises(ZoetropeError, match="the data have ant, quadruped"):
            run_module.train("tiny", tmp_path, tmp_path / "run", tmp_path / "weights", source=source)
    assert not (tmp_path / "weights").exists()


def test_other_networks_are_refused(run, tmp_path):  # noqa: F811 - the fixture
    recipe = live_recipe()
    wider = dataclasses.replace(recipe, shape_field=dataclasses.replace(recipe.shape_field, width=48))
    with pytest.raises(ZoetropeError, match="another shape field") as caught:
        begin(run / "weights", wider, tiny_run.prepared(), tmp_path, None)
    assert "base" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_labels_keep_their_meaning_in_another_order(run):  # noqa: F811 - the fixture
    before = read_description(run / "weights")
    bundle = load_bundle(run / "weights")
    data = dataclasses.replace(two_coats(), categories=["ant", "quadruped"])
    model = ShapeModel(dataclasses.replace(before.shape_model, categories=2))
    first = model.labels.category.weight[1].clone()
    inherit(model, bundle.shape_model, before, data)
    old = bundle.shape_model.labels.category.weight
    assert torch.equal(model.labels.category.weight[0], old[0])
    assert torch.equal(model.labels.category.weight[2], old[1])
    assert torch.equal(model.labels.category.weight[1], first), "a new label begins somewhere of its own"
    assert torch.equal(model.position, bundle.shape_model.position)
    assert torch.equal(model.latent_out.weight, bundle.shape_model.latent_out.weight)
    config = dataclasses.replace(before.shape_model, categories=2, says_clean=True)
    cleaner = ShapeModel(config)
    last = cleaner.latent_out.weight.clone()
    inherit(cleaner, bundle.shape_model, before, data)
    assert torch.equal(cleaner.latent_out.weight, last), "what said velocities is no beginning"
    assert torch.equal(cleaner.latent_in.weight, bundle.shape_model.latent_in.weight)


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell to be the parent that is killed")
def test_the_child_of_a_killed_run_ends(tmp_path):
    script = tmp_path / "child.py"
    script.write_text(
        "import os, sys, time\n"
        "from zoetrope.training.run.train import while_parent_lives\n"
        "told = while_parent_lives(lambda *_: None)\n"
        "open(sys.argv[1], 'w').write(str(os.getpid()))\n"
        "for step in range(1200):\n"
        "    told('stage', step, 1200, 0.0)\n"
        "    time.sleep(0.05)\n"
    )
    note = tmp_path / "pid"
    command = f'"{sys.executable}" "{script}" "{note}" & wait'
    parent = subprocess.Popen(["sh", "-c", command])
    until = time.monotonic() + 60
    while not (note.exists() and note.read_text()) and time.monotonic() < until:
        time.sleep(0.1)
    child = int(note.read_text())
    os.kill(child, 0)
    parent.kill()
    parent.wait()
    while time.monotonic() < until and _runs(child):
        time.sleep(0.1)
    assert not _runs(child)


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().split()[2] != "Z"
