"""Recipes: values over those of a base; what is misspelt is said, not passed over."""

import re
from pathlib import Path

import pytest
import zoetrope.training
from zoetrope.errors import ZoetropeError
from zoetrope.training.recipe import load_recipe

RECIPES = Path(zoetrope.training.__path__[0]) / "recipes"


def test_a_recipe_has_its_base_but_for_what_it_says(tmp_path):
    first, latents = load_recipe("shipped"), load_recipe("first_latents")
    assert latents.latent_only
    assert not first.latent_only
    assert latents.shape_field == first.shape_field
    own = tmp_path / "mine.toml"
    own.write_text('base = "first"\nname = "mine"\n[shape_diffusion]\nsteps = 7\n')
    mine = load_recipe(str(own))
    assert (mine.shape_diffusion.steps, mine.shape_diffusion.ema) == (7, first.shape_diffusion.ema)
    own.write_text('base = "shipped"\nname = "mine"\n[palette.training]\nsteps = 7\n')
    mine, shipped = load_recipe(str(own)), load_recipe("shipped")
    assert mine.palette.training.steps == 7
    assert mine.palette.training.instances == shipped.palette.training.instances
    own.write_text(f'base = "{own}"\n')
    with pytest.raises(ZoetropeError, match="its own base"):
        load_recipe(str(own))


@pytest.mark.parametrize(
    ("says", "what", "remedy"),
    [
        ("[shape_finetuning]\nbadly_fited = 1.0", "'badly_fited' under [shape_finetuning]", "badly_fitted"),
        ("[motion_finetuning]\nbadly_fitted = 1.0", "'badly_fitted' under [motion_finetuning]", "instances"),
        ("[palette.training]\nstep = 3", "'step' under [palette.training]", "steps"),
        ("stay = 'motion'", "'stay'", "stays"),
    ],
)
def test_a_name_that_means_nothing_in_a_recipe_is_refused(tmp_path, says, what, remedy):
    own = tmp_path / "mine.toml"
    own.write_text(f'base = "shipped"\n{says}\n')
    with pytest.raises(ZoetropeError, match=re.escape(f"says {what}, which means nothing there")) as caught:
        load_recipe(str(own))
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_shipped_recipe_is_named_as_its_file_and_can_be_read(name):
    assert load_recipe(name).name == name


def test_unknown_recipe_names_the_shipped_ones():
    with pytest.raises(ZoetropeError, match="first"):
        load_recipe("second")
