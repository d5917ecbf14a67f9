"""Gates: which bodies are whole, which pairs are asked, and that an unfinished run is not read."""

import pytest
import torch
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.gates import pairs, within_between
from zoetrope.evaluation.training_fit import trained
from zoetrope.training.checkpoints import save_checkpoint, steps_done
from zoetrope.training.recipe import load_recipe


def test_pairs_are_of_one_category_and_two_creatures():
    categories = torch.tensor([1, 1, 1, 2, 2, 0, 0])
    creatures = torch.tensor([0, 0, 1, 2, 3, 4, 5])
    found = list(pairs(categories, creatures, 50))
    assert len(found) == 50
    for first, second in found:
        assert categories[first] == categories[second] != 0
        assert creatures[first] != creatures[second]
    assert found == list(pairs(categories, creatures, 50))


def test_within_and_between():
    groups = torch.arange(4).repeat_interleave(50)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(200, 16, generator=generator)
    assert within_between(noise, groups) == pytest.approx(1, abs=0.02)
    centres = 10 * torch.randn(4, 16, generator=generator)
    assert within_between(centres[groups] + noise, groups) < 0.2


def test_an_unfinished_run_is_not_read(tmp_path):
    save_checkpoint(tmp_path / "shape_pretraining.safetensors", 7, {}, {})
    assert steps_done(tmp_path / "shape_pretraining.safetensors") == 7
    assert steps_done(tmp_path / "none.safetensors") == 0
    with pytest.raises(ZoetropeError, match=r"shape_pretraining .* 7 of 5000 steps"):
        trained(load_recipe("first"), tmp_path, tmp_path)
