"""Runs that start from weights: the same networks at the start, trained further, labels matched by name."""

from dataclasses import replace

import pytest
import tiny_run
import torch
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.weights.bundle import Bundle, load_bundle, read_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import load_tokens, tokens_path
from zoetrope.training.from_weights.compatibility import check_source
from zoetrope.training.from_weights.warm_start import start_from_weights
from zoetrope.training.run import train_parts
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.diffusion_training import copy_trained_weights
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.shape_pretraining import pretrain_shape


def test_run_starts_with_the_networks_of_the_weights(full_run, tmp_path):
    recipe, data = tiny_run.full_recipe(), tiny_run.coloured()
    start = start_from_weights(full_run, recipe, StageContext(data, tmp_path, recipe.seed))
    no_steps = replace(recipe.shape_finetuning, steps=0)
    recipe = replace(recipe, shape_finetuning=no_steps, motion_finetuning=no_steps)
    context = StageContext(data, tmp_path, recipe.seed)
    field, latents = pretrain_shape(recipe, context)
    dictionary, _ = finetune_shape(recipe, context, field, latents)
    zero = torch.zeros(1, *dictionary.code_shape())
    composed = dictionary.compose(zero), start.shape_dictionary.compose(zero), field.mlp.weights
    for ours, theirs, matrix in zip(*composed, strict=True):
        assert torch.equal(ours, theirs)
        assert torch.equal(ours[0], matrix)
    for ours, theirs in zip(field.mlp.biases, start.shape_field.mlp.biases, strict=True):
        assert torch.equal(ours, theirs)
    motion_field, motion_latents = pretrain_motion(recipe, context, latents)
    motion, _ = finetune_motion(recipe, context, latents, motion_field, motion_latents)
    zero = torch.zeros(1, *motion.code_shape())
    for ours, theirs in zip(motion.compose(zero), start.motion_dictionary.compose(zero), strict=True):
        assert torch.equal(ours, theirs)


def test_warm_started_run_trains_all_networks(full_run, tmp_path):
    weights = tiny_run.train(tmp_path, tiny_run.full_recipe(), tiny_run.coloured(), source=full_run)
    old, new = load_bundle(full_run), load_bundle(weights)
    for name, modules in old.modules().items():
        for part, module in modules.items():
            trained = new.modules()[name][part].state_dict()
            floats = {key: value for key, value in module.state_dict().items() if value.is_floating_point()}
            assert any(not torch.equal(value, trained[key]) for key, value in floats.items()), (name, part)
    tokens = load_tokens(tokens_path(weights))
    assert tokens.shape.shape == load_tokens(tokens_path(full_run)).shape.shape
    assert new.description.smoothing is not None


@pytest.mark.parametrize("taken", ["all", "shape"])
def test_only_a_run_that_takes_all_continues_the_diffusions(taken, full_run, tmp_path, monkeypatch):
    starts = []
    for name in ("train_shape_diffusion", "train_motion_diffusion"):
        original = getattr(train_parts, name)

        def recorded(recipe, context, *rest, original=original):
            starts.extend(one for one in rest if isinstance(one, Bundle))
            return original(recipe, context, *rest)

        monkeypatch.setattr(train_parts, name, recorded)
    recipe = replace(tiny_run.full_recipe(), start_from=taken)
    weights = tiny_run.train(tmp_path, recipe, tiny_run.coloured(), source=full_run)
    assert len(starts) == (2 if taken == "all" else 0)
    start = read_description(weights).training["start"]
    assert start == {"taken": taken, **read_description(full_run).training}
    (tmp_path / "run" / "motion_finetuning.safetensors").unlink()
    tiny_run.train(tmp_path, recipe, tiny_run.coloured(), source=full_run)
    assert len(starts) == (4 if taken == "all" else 0), "a resumed run has the same start"


def test_what_is_learned_anew_may_have_other_sizes(full_run, tmp_path):
    plain = tiny_run.full_recipe()
    recipe = replace(plain, start_from="shape", motion_field=replace(plain.motion_field, width=48))
    weights = tiny_run.train(tmp_path, recipe, tiny_run.coloured(), source=full_run)
    assert load_bundle(weights).motion_field.config.width == 48
    wider = replace(recipe, shape_dictionary=replace(plain.shape_dictionary, code=5))
    with pytest.raises(ZoetropeError, match="another shape dictionary"):
        start_from_weights(full_run, wider, StageContext(tiny_run.coloured(), tmp_path / "b", 0))


def test_the_shape_alone_can_be_taken_from_weights(full_run, tmp_path):
    plain = tiny_run.full_recipe()
    no_steps = replace(plain.shape_finetuning, steps=0)
    recipe = replace(plain, start_from="shape", shape_finetuning=no_steps, seed=plain.seed + 1)
    weights = tiny_run.train(tmp_path, recipe, tiny_run.coloured(), source=full_run)
    old, new = load_bundle(full_run), load_bundle(weights)
    zero = torch.zeros(1, *old.shape_dictionary.code_shape())
    composed = old.shape_dictionary.compose(zero), new.shape_dictionary.compose(zero)
    for theirs, ours in zip(*composed, strict=True):
        assert torch.equal(theirs, ours)
    for theirs, ours in zip(old.shape_field.mlp.biases, new.shape_field.mlp.biases, strict=True):
        assert torch.equal(theirs, ours)
    context = StageContext(tiny_run.coloured(), tmp_path / "anew", recipe.seed)
    context.folder.mkdir()
    _, latents = pretrain_shape(recipe, StageContext(tiny_run.coloured(), tmp_path / "run", recipe.seed))
    field, motion_latents = pretrain_motion(recipe, context, latents)
    dictionary, _ = finetune_motion(recipe, context, latents, field, motion_latents)
    zero = torch.zeros(1, *dictionary.code_shape())
    composed = (bundle.motion_dictionary.compose(zero) for bundle in (old, new))
    for theirs, ours, anew in zip(*composed, dictionary.compose(zero), strict=True):
        assert torch.norm(ours - anew) < 0.01 * torch.norm(ours - theirs), "the motion starts from nothing"
    assert not (tmp_path / "run" / "motion_tokens.safetensors").exists()


def test_recipe_with_the_shape_of_weights_needs_weights(tmp_path):
    recipe = replace(tiny_run.full_recipe(), start_from="shape")
    with pytest.raises(ZoetropeError, match="needs weights to start from") as caught:
        check_source(recipe, None)
    assert "--from" in caught.value.remedy


def test_recipe_with_other_networks_is_refused(full_run, tmp_path):
    recipe = tiny_run.full_recipe()
    wider = replace(recipe, shape_field=replace(recipe.shape_field, width=48))
    with pytest.raises(ZoetropeError, match="another shape field") as caught:
        start_from_weights(full_run, wider, StageContext(tiny_run.prepared(), tmp_path, wider.seed))
    assert "base" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_label_embeddings_are_matched_by_name(full_run):
    before, old = read_description(full_run), load_bundle(full_run).shape_model
    data = replace(tiny_run.coloured(), categories=["ant", "quadruped"])
    model = ShapeModel(replace(before.shape_model, categories=2))
    initial = model.labels.category.weight[1].clone()
    copy_trained_weights(model, old, before, data)
    new_rows, old_rows = model.labels.category.weight, old.labels.category.weight
    assert torch.equal(new_rows[0], old_rows[0])
    assert torch.equal(new_rows[2], old_rows[1])
    assert torch.equal(new_rows[1], initial), "a new category keeps its initialisation"
    assert torch.equal(model.position, old.position)
    assert torch.equal(model.latent_out.weight, old.latent_out.weight)
