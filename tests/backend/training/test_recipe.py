"""Recipes: values merged over those of a base; unknown names are refused."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import zoetrope.training
from zoetrope.errors import ZoetropeError
from zoetrope.training.hyperdiffusion.recipe import HyperDiffusionRecipe
from zoetrope.training.recipe import Recipe, engine_of, load_recipe, read_recipe
from zoetrope.training.recipe_checks import recipe_faults
from zoetrope.training.voxels.recipe import VoxelRecipe

RECIPES = Path(zoetrope.training.__path__[0]) / "recipes"
KINDS = {"shipped": Recipe, "hyperdiffusion": HyperDiffusionRecipe, "voxels": VoxelRecipe}
FROZEN = {"adopt": "fields", "motion-diffusion-cpu": "tokens"}


def test_recipe_takes_values_that_it_does_not_set_from_its_base(tmp_path):
    path = tmp_path / "mine.toml"
    shipped = load_recipe("shipped")
    path.write_text('base = "shipped"\nname = "mine"\n[shape_diffusion]\nsteps = 7\n')
    mine = load_recipe(str(path))
    assert mine.shape_field == shipped.shape_field
    assert (mine.shape_diffusion.steps, mine.shape_diffusion.ema) == (7, shipped.shape_diffusion.ema)
    path.write_text('base = "shipped"\nname = "mine"\n[colour_field]\nsteps = 7\n')
    mine = load_recipe(str(path))
    assert mine.colour_field == replace(shipped.colour_field, steps=7)


def test_recipe_that_is_its_own_base_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{path}"\n')
    with pytest.raises(ZoetropeError, match="its own base"):
        load_recipe(str(path))


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("[shape_finetuning]\npriors = 1.0", "'priors' under [shape_finetuning]", "prior"),
        ("[motion_finetuning]\nxyz = 1.0", "'xyz' under [motion_finetuning]", "instances"),
        ("[colour_field]\nstep = 3", "'step' under [colour_field]", "steps"),
        ("[colour_field]\nregions = 9", "'regions' under [colour_field]", "points"),
        ("[shape_field]\ncolour = false", "'colour' under [shape_field]", "octaves"),
        ("[palette.training]\nsteps = 3", "'palette'", "palette_diffusion"),
        ("froze = 'fields'", "'froze'", "frozen"),
    ],
)
def test_unknown_setting_is_refused(tmp_path, text, what, remedy):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "shipped"\n{text}\n')
    with pytest.raises(ZoetropeError, match=re.escape(f"unknown setting {what}")) as caught:
        load_recipe(str(path))
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("lines", ['base = "adopt"', 'base = "shipped"\nfrozen = "fields"'])
def test_setting_without_effect_on_fitted_tokens_is_refused(tmp_path, lines):
    path = tmp_path / "mine.toml"
    path.write_text(f"{lines}\n[motion_finetuning]\nsteps = 3\npoints = 4\n")
    assert load_recipe(str(path)).motion_finetuning.steps == 3
    path.write_text(f"{lines}\n[motion_finetuning]\nprior = 1e-4\n")
    with pytest.raises(ZoetropeError, match=r"'prior' under \[motion_finetuning\]") as caught:
        load_recipe(str(path))
    assert "instances, points, steps" in caught.value.remedy


@pytest.mark.parametrize(
    ("base", "text", "what"),
    [
        ("adopt", "[shape_diffusion]\nguidance = 2.0", "'guidance' under [shape_diffusion]"),
        ("adopt", "[colour_field]\nsteps = 3", "[colour_field]"),
        ("adopt", "[proportion_strengths]\nfish = 1.0", "[proportion_strengths]"),
        ("adopt", "processes = 1", "'processes'"),
        ("motion-diffusion-cpu", "[shape_finetuning]\nsteps = 0", "[shape_finetuning]"),
        ("motion-diffusion-cpu", "[data]\nsdf_samples = 9", "'sdf_samples' under [data]"),
        (
            "motion-diffusion-cpu",
            "[motion_diffusion]\nlatent_interpolation = 0.5",
            "'latent_interpolation' under [motion_diffusion]",
        ),
    ],
)
def test_setting_without_effect_on_frozen_parts_is_refused(tmp_path, base, text, what):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{base}"\n{text}\n')
    with pytest.raises(ZoetropeError, match=re.escape(f"{what} has no effect")) as caught:
        load_recipe(str(path))
    assert "Remove it" in caught.value.remedy


def test_wrong_value_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('base = "shipped"\nfrozen = "colours"\n')
    with pytest.raises(ZoetropeError, match="frozen"):
        load_recipe(str(path))


def test_base_is_looked_for_beside_the_recipe(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    (folder / "short.toml").write_text('base = "shipped"\n[shape_diffusion]\nsteps = 7\n')
    (folder / "wide.toml").write_text('base = "short.toml"\n[motion_diffusion]\nsteps = 5\n')
    found = load_recipe("mine/wide.toml")
    assert (found.shape_diffusion.steps, found.motion_diffusion.steps) == (7, 5)
    (folder / "wide.toml").write_text('base = "long.toml"\n')
    with pytest.raises(ZoetropeError, match=r"There is no recipe file mine/long\.toml"):
        load_recipe("mine/wide.toml")


def test_a_recipe_is_its_own_base_by_another_path_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "../{tmp_path.name}/mine.toml"\n')
    with pytest.raises(ZoetropeError, match="is its own base"):
        load_recipe(str(path))


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_shipped_recipe_is_named_as_its_file(name):
    engine = engine_of(name)
    assert engine in name or engine == "dnf"
    kinds = {"dnf": Recipe, "hyperdiffusion": HyperDiffusionRecipe, "voxels": VoxelRecipe}
    recipe = read_recipe(name, kinds[engine], engine)
    assert recipe.name == name
    if engine == "dnf":
        assert load_recipe(name) == recipe
        assert recipe.frozen == FROZEN.get(name)


def test_recipe_of_another_engine_is_refused():
    with pytest.raises(ZoetropeError, match="is of the engine voxels, not of dnf") as caught:
        load_recipe("voxels")
    assert caught.value.code == "bad_option"
    with pytest.raises(ZoetropeError, match="is of the engine dnf, not of hyperdiffusion"):
        read_recipe("shipped", HyperDiffusionRecipe, "hyperdiffusion")


def test_published_recipe_has_the_published_sizes():
    """Papers' facts: 36 inputs, 37,889 weights, a transformer of 1440 x 12 over 8 tensors, 500 steps."""
    paper = read_recipe("hyperdiffusion-paper", HyperDiffusionRecipe, "hyperdiffusion")
    assert (paper.field.encoded, paper.field.parameters) == (36, 37_889)
    assert (paper.diffusion.width, paper.diffusion.depth, paper.diffusion.heads) == (1440, 12, 16)
    assert (paper.projection.components, paper.diffusion.standardised) == (0, False)
    assert (paper.diffusion.sampling_steps, paper.fit.start) == (500, "first clip")


def test_unknown_recipe_names_the_shipped_ones():
    with pytest.raises(ZoetropeError, match="second") as caught:
        load_recipe("second")
    assert "shipped" in caught.value.remedy


@pytest.mark.parametrize(
    ("base", "text", "message"),
    [
        ("shipped", "[shape_diffusion]\nlr = nan", "shape_diffusion.lr is nan"),
        ("shipped", "[motion_diffusion]\nbatch = -1", "motion_diffusion.batch is -1"),
        ("shipped", "[motion_diffusion]\nwidth = 30", "motion_diffusion.width is 30"),
        ("shipped", "[data]\nframes = 0", "data.frames is 0"),
        ("shipped", "[proportion_strengths]\nfish = inf", "proportion_strengths is inf"),
        ("shipped", "seed = -1", "seed is -1"),
        ("hyperdiffusion", "[fit]\npoints = 0", "fit.points is 0"),
        ("hyperdiffusion", "[field]\nfrequency = 0.0", "field.frequency is 0"),
        ("voxels", "[samples]\ngrid = 1000", "samples.grid is 1000, and must be 0 to 128"),
    ],
)
def test_number_outside_its_bounds_is_refused(tmp_path, base, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{base}"\n{text}\n')
    with pytest.raises(ZoetropeError, match=re.escape(message)) as caught:
        read_recipe(str(path), KINDS[base], "dnf" if base == "shipped" else base)
    assert caught.value.code == "bad_option"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "name", ["", "../evil", "a/b", "..", "log", "Grids", "two\\nlines", "nul\\u0000", "x" * 101, "end."]
)
def test_name_that_is_no_folder_of_its_own_is_refused(tmp_path, name):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "voxels"\nname = "{name}"\n')
    with pytest.raises(ZoetropeError, match="its name is"):
        read_recipe(str(path), VoxelRecipe, "voxels")
    path.write_text('base = "voxels"\nname = "Zoë 2.1+b"\n')
    assert read_recipe(str(path), VoxelRecipe, "voxels").name == "Zoë 2.1+b"


def test_every_number_of_a_recipe_has_bounds():
    for name in (path.stem for path in RECIPES.glob("*.toml")):
        engine = engine_of(name)
        kind = KINDS["shipped" if engine == "dnf" else engine]
        assert not list(recipe_faults(read_recipe(name, kind, engine)))


@pytest.mark.parametrize("content", [b"name = '\xff'", b"a = " + b"[" * 50_000, b"a = ["])
def test_file_that_is_no_recipe_is_refused(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    for read in (engine_of, load_recipe):
        with pytest.raises(ZoetropeError, match="cannot be read") as caught:
            read(str(path))
        assert caught.value.remedy
