"""New creatures fitted into weights: the fields stay, labels are added to, tokens say the new bodies."""

import dataclasses
import filecmp

import pytest
import tiny_run
import torch
from test_live_run import live_recipe, run, two_coats  # noqa: F401 - the fixture that trains
from zoetrope.diffusion.transformer import LabelEmbedding
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import ActionLabel, CategoryLabel, load_bundle, read_description
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.hue_variants import Coats
from zoetrope.training.from_weights.adopt import adopt, fit_bodies, merged, replayed, widen
from zoetrope.training.from_weights.adopt_palettes import fit_palettes
from zoetrope.training.stages.shape_field import distance_loss


def strangers():
    """The tiny creatures under another name, one of them with a new action."""
    data = tiny_run.prepared()
    clips = [
        dataclasses.replace(clip, category="mole", action=action)
        for clip, action in zip(data.clips, ("dig", "walk"), strict=True)
    ]
    return dataclasses.replace(
        data, clips=clips, creatures=["m1", "m2"], categories=["mole"], actions=["dig", "walk"]
    )


def longer(steps):
    recipe = live_recipe()
    return dataclasses.replace(
        recipe,
        shape_finetuning=dataclasses.replace(recipe.shape_finetuning, steps=steps, instances=4, points=256),
    )


@pytest.fixture(scope="module")
def adopted(run, tmp_path_factory):  # noqa: F811 - the fixture
    folder = tmp_path_factory.mktemp("adopted")
    adopt(run / "weights", live_recipe(), strangers(), folder / "run", folder / "weights")
    return folder / "weights"


def test_fields_stay_as_they_are(run, adopted):  # noqa: F811 - the fixture
    for name in ("shape_field", "motion_field"):
        assert filecmp.cmp(
            run / "weights" / f"{name}.safetensors", adopted / f"{name}.safetensors", shallow=False
        )
    before, after = load_bundle(run / "weights").colours.field, load_bundle(adopted).colours.field
    for key, value in before.state_dict().items():
        assert torch.equal(value, after.state_dict()[key])


def test_old_labels_keep_their_places(run, adopted):  # noqa: F811 - the fixture
    old, new = read_description(run / "weights"), read_description(adopted)
    assert [c.name for c in new.categories] == ["quadruped", "mole"]
    assert new.action_order[: len(old.action_order)] == old.action_order
    assert set(new.action_order) == {"walk", "dig"}
    assert new.training["adopted"] == ["m1", "m2"]
    before, after = load_bundle(run / "weights"), load_bundle(adopted)
    told = after.motion_model.labels.category.weight
    assert told.shape[0] == 3
    assert told[0].shape == before.motion_model.labels.category.weight[0].shape


def test_both_are_drawn(adopted):
    engine = DnfEngine(adopted, "cpu")
    for category, action in (("quadruped", "walk"), ("mole", "dig")):
        made = engine.generate(GenerateRequest(category, action, 1, frames=4, detail=64), lambda *_: None)
        assert made.category == category


def test_fitted_tokens_say_the_bodies(run, tmp_path):  # noqa: F811 - the fixture
    bundle, data = load_bundle(run / "weights"), strangers()

    def error(tokens):
        latent, codes = bundle.shape_model.split(tokens)
        with torch.inference_mode():
            there = bundle.shape_field(data.sdf_points, latent, bundle.shape_dictionary.compose(codes))[0]
        return float(distance_loss(there, data.sdf))

    start = bundle.shape_model.standardiser.inverse(torch.zeros(4, bundle.shape_model.size))
    fitted = fit_bodies(bundle, longer(150).shape_finetuning, 1, data, tmp_path, None)
    assert error(fitted) < error(start)


def test_fitted_palettes_say_the_coats(run, tmp_path):  # noqa: F811 - the fixture
    colours, data = load_bundle(run / "weights").colours, two_coats()
    recipe = live_recipe().palette
    training = dataclasses.replace(recipe.training, steps=150, points=256, embedding_lr=0.05, prior=0.0)
    latents = torch.zeros(4, colours.field.config.shape_latent)
    stage = dataclasses.replace(recipe, training=training)

    def error(palettes):
        with torch.inference_mode():
            there = colours.field(data.sdf_points, latents, palettes[data.of_body])
        near = data.sdf.abs() < 0.05
        return float((there - data.colours / 255)[near].abs().mean())

    mean = colours.model.standardiser.inverse(torch.zeros(2, recipe.field.palette))
    fitted = fit_palettes(colours, stage, 1, data, Coats.of(data, 1), tmp_path, latents, None)
    assert error(fitted) < error(mean)
    assert (fitted[0] - fitted[1]).abs().max() > 1e-3, "red and green are not one coat"


def test_the_palettes_learn_the_new_label(adopted):
    bundle = load_bundle(adopted)
    assert bundle.colours.model.config.categories == 2
    assert bundle.colours.model.labels.category.weight.shape[0] == 3
    assert bundle.description.palette_model.categories == 2


def test_labels_are_merged():
    walk, dig = ActionLabel("walk", True, True, 3), ActionLabel("dig", True, False, 2)
    old = (CategoryLabel("fox", 0.6, (walk,)),)
    new = (CategoryLabel("fox", 9.0, (dig, walk)), CategoryLabel("mole", 0.1, (dig,)))
    both = merged(old, new)
    assert [c.name for c in both] == ["fox", "mole"]
    assert both[0].height == 0.6
    assert {a.name: a.clips for a in both[0].actions} == {"walk": 6, "dig": 2}


def test_new_labels_begin_apart():
    torch.manual_seed(0)
    table = LabelEmbedding(2, 3, 8)
    before = table.category.weight.detach().clone()
    widen(table, 4, 3)
    after = table.category.weight.detach()
    assert torch.equal(after[:3], before)
    assert after.shape == (5, 8)
    assert (after[3] - after[4]).norm() > 0.5
    assert (after[3] - after[0]).norm() > 0.5
    assert table.action.weight.shape == (4, 8)


def test_replay_is_what_the_weights_draw(run):  # noqa: F811 - the fixture
    bundle = load_bundle(run / "weights")
    (shapes, of), windows = replayed(bundle, 3)
    again, _ = replayed(bundle, 3)
    assert torch.equal(shapes, again[0])
    assert of.tolist() == [1, 1, 1]
    assert windows[0].shape == (3, bundle.motion_model.config.frames, bundle.motion_model.size)
    assert windows[4].tolist() == [[1.0, 1.0]] * 3


def test_other_numbers_of_frames_are_refused(run, tmp_path):  # noqa: F811 - the fixture
    with pytest.raises(ZoetropeError, match="16 frames a clip"):
        adopt(run / "weights", live_recipe(), tiny_run.prepared(16), tmp_path, tmp_path / "weights")
