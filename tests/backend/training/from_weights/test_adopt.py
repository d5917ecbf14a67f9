"""New creatures in existing weights: frozen fields, appended labels, fitted tokens, fine-tuned diffusions."""

import filecmp
import shutil
from dataclasses import replace

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.diffusion.transformer import LabelEmbedding
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import load_bundle, read_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data import latent_interpolation
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.training_tokens import load_tokens, tokens_path
from zoetrope.training.from_weights.adopt import adopt, extend_labels, token_stages
from zoetrope.training.from_weights.decode_tokens import distances_at
from zoetrope.training.from_weights.fit_training_creatures import fit_palettes, fit_shape_tokens
from zoetrope.training.from_weights.replay import replay_of, replay_weights, shares
from zoetrope.training.recipe import StageRecipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import distance_loss


def new_creatures():
    """The tiny creatures as moles, one of them with a new action."""
    data = tiny_run.coloured()
    clips = [
        replace(clip, category="mole", action=action)
        for clip, action in zip(data.clips, ("dig", "walk"), strict=True)
    ]
    return replace(data, clips=clips, creatures=["m1", "m2"], categories=["mole"], actions=["dig", "walk"])


@pytest.fixture(scope="module")
def adopted(full_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adopted")
    adopt(full_run, tiny_run.full_recipe(), new_creatures(), folder / "run", folder / "weights", name="mine")
    return folder / "weights"


def test_fields_are_unchanged(full_run, adopted):
    for name in ("shape_field", "motion_field"):
        file = f"{name}.safetensors"
        assert filecmp.cmp(full_run / file, adopted / file, shallow=False)
    before, after = load_bundle(full_run).colours.field, load_bundle(adopted).colours.field
    for key, value in before.state_dict().items():
        assert torch.equal(value, after.state_dict()[key])


def test_labels_are_appended(full_run, adopted):
    old, new = read_description(full_run), read_description(adopted)
    assert [c.name for c in new.categories] == ["quadruped", "mole"]
    assert new.action_order == (*old.action_order, "dig")
    assert new.training["adopted"] == ["m1", "m2"]
    assert new.name == "mine"
    bundle = load_bundle(adopted)
    assert bundle.motion_model.labels.category.weight.shape[0] == 3
    assert bundle.colours.model.config.categories == new.palette_model.categories == 2
    assert bundle.colours.model.labels.category.weight.shape[0] == 3


def test_new_categories_get_limits_of_the_body_check_and_old_ones_keep_theirs(full_run, adopted):
    old, new = read_description(full_run), read_description(adopted)
    assert set(new.eikonal_limits) == set(new.loose_limits) == {*old.eikonal_limits, "mole"}
    assert all(new.eikonal_limits[name] == limit for name, limit in old.eikonal_limits.items())
    assert all(new.loose_limits[name] == limit for name, limit in old.loose_limits.items())
    assert new.eikonal_limits["mole"] > 0


def test_new_bodies_are_interpolated_within_limits_measured_once_on_the_frozen_field(
    full_run, tmp_path, monkeypatch
):
    measured = []

    def limits(compose, tokens, surfaces, groups):
        measured.append((compose, tokens, surfaces, groups))
        return torch.zeros(2, 2)

    monkeypatch.setattr(latent_interpolation, "interpolation_limits", limits)
    data = new_creatures()
    adopt(full_run, tiny_run.full_recipe(steps=1), data, tmp_path, tmp_path / "weights")
    ((compose, tokens, surfaces, groups),) = measured
    assert groups.tolist() == [0, 0]
    assert all(torch.equal(a, b.surface) for a, b in zip(surfaces, data.bodies, strict=True))
    expected = distances_at(load_bundle(full_run), tokens, data.sdf_points)
    assert torch.equal(compose(tokens)(data.sdf_points), expected)
    written = load_tokens(tokens_path(tmp_path / "weights"))
    assert np.allclose(written.shape[-2:], tokens, atol=1e-3)


def test_old_and_new_categories_are_generated(adopted):
    engine = DnfEngine(adopted, "cpu", steps=2, max_attempts=1)
    for category, action in (("quadruped", "walk"), ("mole", "dig")):
        request = GenerateRequest(category, action, 1, frames=4, detail=64, faces=None, texture=None)
        assert engine.generate(request, ignore_progress).category == category


def test_fitted_shape_tokens_reconstruct_the_bodies(full_run, tmp_path):
    bundle, data = load_bundle(full_run), new_creatures()
    stage = replace(tiny_run.recipe().shape_finetuning, steps=60, points=256)

    @torch.inference_mode()
    def error(tokens):
        latent, codes = bundle.shape_model.split(tokens)
        predicted = bundle.shape_field(data.sdf_points, latent, bundle.shape_dictionary.compose(codes))
        return float(distance_loss(predicted, data.sdf))

    start = bundle.shape_model.standardiser.inverse(torch.zeros(2, bundle.shape_model.size))
    assert error(fit_shape_tokens(bundle, stage, StageContext(data, tmp_path, 1))) < error(start)


class LowerHalf(torch.nn.Module):
    """A colour field that knows one thing: what is below the middle is region 1, the rest region 0."""

    def logits(self, points, shape):
        below = torch.nn.functional.one_hot((points[..., 2] < 0).long(), 8)
        return 100.0 * below.float()


def test_fitted_palettes_have_the_creatures_own_colours():
    data = tiny_run.coloured()
    fitted = fit_palettes(LowerHalf(), data, torch.zeros(2, 8)).reshape(2, 8, 3)
    torch.testing.assert_close(fitted[:, :2], data.palettes[:, :2])


def test_regions_that_the_field_does_not_predict_keep_the_creatures_own_colour():
    data = tiny_run.coloured()
    fitted = fit_palettes(LowerHalf(), data, torch.zeros(2, 8)).reshape(2, 8, 3)
    torch.testing.assert_close(fitted[:, 2:], data.palettes[:, 2:])


def test_new_label_embeddings_differ_from_each_other_and_from_no_label():
    torch.manual_seed(0)
    labels = LabelEmbedding(2, 3, 8)
    before = labels.category.weight.detach().clone()
    extend_labels(labels, 4, 3)
    after = labels.category.weight.detach()
    assert torch.equal(after[:3], before)
    assert after.shape == (5, 8)
    assert (after[3] - after[4]).norm() > 0.5
    assert (after[3] - after[0]).norm() > 0.5
    assert labels.action.weight.shape == (4, 8)


def test_without_training_tokens_the_replay_is_sampled_from_the_weights(full_run):
    bundle = load_bundle(full_run)
    replay = replay_of(bundle, None, size=3)
    assert torch.equal(replay.shape_tokens, replay_of(bundle, None, size=3).shape_tokens)
    assert replay.data.category_of_body.tolist() == [1, 1, 1]
    assert replay.motion_tokens.shape == (3, bundle.motion_model.config.frames, bundle.motion_model.size)
    assert [(clip.cyclic, clip.returns_to_start) for clip in replay.data.clips] == [(True, True)] * 3


def test_training_tokens_are_replayed_with_the_labels_of_the_weights(full_run):
    bundle, tokens = load_bundle(full_run), load_tokens(tokens_path(full_run))
    replay = replay_of(bundle, tokens)
    assert np.allclose(replay.shape_tokens, tokens.shape)
    assert np.allclose(replay.motion_tokens, tokens.motion)
    names = [category.name for category in bundle.description.categories]
    assert [names[i - 1] for i in replay.data.category_of_body.tolist()] == tokens.shape_category.tolist()


def test_new_creatures_are_at_most_half_of_a_category():
    labels = ["quadruped"] * 2 + ["fish"] * 8
    found = shares(labels, replay_weights(labels, 0.0, {"quadruped": 1.0}, share=0.6))
    assert found["quadruped"] * 0.6 == pytest.approx(0.4)
    assert found["fish"] * 0.6 == pytest.approx(0.2)
    found = shares(labels, replay_weights(labels, 0.0, {"quadruped": 0.45, "fish": 0.55}, share=0.5))
    assert found == pytest.approx({"quadruped": 0.45, "fish": 0.55})
    assert torch.equal(replay_weights(labels, 0.0, {"mole": 1.0}), sampling_weights(labels, 0.0))


def test_tokens_of_old_and_new_creatures_are_written(full_run, adopted):
    before, after = load_tokens(tokens_path(full_run)), load_tokens(tokens_path(adopted))
    assert set(after.shape_creature) == {*before.shape_creature, "m1", "m2"}
    assert np.array_equal(after.shape[: len(before.shape)], before.shape)
    assert after.motion_category.tolist()[-2:] == ["mole", "mole"]


def test_without_the_old_tokens_no_incomplete_ones_are_written(full_run, tmp_path):
    source = shutil.copytree(full_run, tmp_path / "source", ignore=shutil.ignore_patterns("*.npz"))
    recipe = tiny_run.full_recipe(steps=1)
    adopt(source, recipe, new_creatures(), tmp_path, tmp_path / "weights", replay_size=2)
    assert not tokens_path(tmp_path / "weights").exists()


def test_many_bodies_are_fitted_as_often_as_few():
    recipe = replace(tiny_run.recipe(), shape_finetuning=StageRecipe(steps=100, instances=2))
    shape, _ = token_stages(recipe, new_creatures())
    assert shape.steps == 100 * len(new_creatures().bodies) / 2


def test_samples_with_another_number_of_frames_are_refused(full_run, tmp_path):
    with pytest.raises(ZoetropeError, match="16 frames a clip"):
        adopt(full_run, tiny_run.full_recipe(), tiny_run.prepared(16), tmp_path, tmp_path / "weights")
