"""Recipes: everything a training run depends on, in one TOML file."""

import difflib
import tomllib
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec

from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.errors import ZoetropeError
from zoetrope.fields.colour import ColourFieldConfig
from zoetrope.fields.motion import MotionFieldConfig
from zoetrope.fields.shape import ShapeFieldConfig


@dataclass(frozen=True)
class DataRecipe:
    """Which creatures are trained on, and how they are sampled.

    split : whose training part is used.
    categories : empty for all.
    licence_text : leave out packs whose licence text does not lie beside their files.
    open_meshes : also train on the creatures whose meshes stay open after hole filling; no split holds them.
    augmented_bodies : warped bodies of each creature (`clips.augmentation`), beside its own.
    frames : model frames of a clip.
    sdf_samples, flow_points : points of a body with a signed distance, and points that are moved.
    """

    split: Literal["by_creature", "by_clip"] = "by_creature"
    categories: tuple[str, ...] = ()
    licence_text: bool = False
    open_meshes: bool = False
    augmented_bodies: int = 8
    frames: int = 32
    sdf_samples: int = 60_000
    flow_points: int = 4_000


@dataclass(frozen=True)
class StageRecipe:
    """Optimisation of one field's stage: steps, a batch of instances times points, learning rates.

    lr : Adam's, of biases, gains and output layers.
    muon_lr : Muon's, of hidden matrices; 0 trains everything with Adam (`stages.optimisers`).
    embedding_lr : of latents and codes.
    prior : weight of the codes' squared norm.
    noise : standard deviation of the noise added to latents and codes, as a share of their own.
    within_creature_prior : weight of the codes' squared distance from the mean code of their creature.
    """

    steps: int
    instances: int
    points: int = 1
    lr: float = 1e-3
    muon_lr: float = 5e-3
    embedding_lr: float = 1e-3
    prior: float = 1e-4
    noise: float = 0.0
    within_creature_prior: float = 0.0


@dataclass(frozen=True)
class DiffusionRecipe:
    """Optimisation and size of one diffusion transformer.

    ema : decay of the exponential moving average of the weights.
    label_dropout : share of the samples trained without their labels, for classifier-free guidance.
    guidance : scale of the classifier-free guidance that the weights are shipped with.
    latent_interpolation : share of the training bodies that are interpolated with another body.
    class_balance : 0 samples labels as often as they occur, 1 samples every label equally often.
    temporal_reach : frames to each side that the convolution over time sees; 0 for none.
    """

    steps: int
    batch: int
    lr: float = 3e-4
    width: int = 256
    depth: int = 5
    heads: int = 4
    dropout: float = 0.1
    ema: float = 0.999
    label_dropout: float = 0.15
    guidance: float = 2.0
    latent_interpolation: float = 0.5
    class_balance: float = 0.0
    temporal_reach: int = 0


@dataclass(frozen=True)
class PaletteRecipe:
    """The colour field with one palette a creature, and the diffusion that samples palettes.

    training : optimisation of the colour field; the other numbers are the diffusion's.
    hue_variants : palettes a creature is trained in where its category has few colours of its own.
    """

    field: ColourFieldConfig
    training: StageRecipe
    steps: int = 4000
    batch: int = 128
    lr: float = 1e-3
    width: int = 128
    ema: float = 0.998
    label_dropout: float = 0.3
    hue_variants: int = 8


@dataclass(frozen=True)
class Recipe:
    """One training run, from creature files to weights.

    palette : a colour field of its own; without it the shape field predicts the colours.
    processes : 2 trains shape and motion at the same time, on one core each; 1 trains them in turn.
    clip_codes : one motion code a layer and clip; otherwise one a layer and frame, as in DNF.
    frozen : what a run that starts from weights (`--from`) does not train. "fields": tokens are fitted and
        the diffusions trained. "tokens": only the diffusions with steps are trained.
    """

    name: str
    seed: int
    data: DataRecipe
    shape_field: ShapeFieldConfig
    motion_field: MotionFieldConfig
    shape_dictionary: DictionaryConfig
    motion_dictionary: DictionaryConfig
    shape_pretraining: StageRecipe
    shape_finetuning: StageRecipe
    motion_pretraining: StageRecipe
    motion_finetuning: StageRecipe
    shape_diffusion: DiffusionRecipe
    motion_diffusion: DiffusionRecipe
    palette: PaletteRecipe | None = None
    description: str = ""
    processes: int = 2
    clip_codes: bool = False
    frozen: Literal["fields", "tokens"] | None = None


def load_recipe(name: str) -> Recipe:
    """Read a recipe by the name of a shipped one (`shipped`) or by the path of a TOML file.

    A recipe with `base = "shipped"` takes every value that it does not give itself from that one.

    Raises
    ------
    ZoetropeError
        There is no such recipe, a value in it is not what it must be, or a name in it is none of a recipe's.
    """
    try:
        values = _values(name)
        recipe = msgspec.convert(values, Recipe, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ZoetropeError(f"The recipe {name} cannot be read: {error}.", code="bad_option") from error
    _refuse_unknown(name, values, asdict(recipe))
    return recipe


def _refuse_unknown(name: str, values: dict[str, Any], known: dict[str, Any], table: str = "") -> None:
    """msgspec passes over unknown names: a misspelt option would train as if it were not there."""
    for key, value in values.items():
        if key not in known:
            names = ", ".join(difflib.get_close_matches(key, known) or sorted(known))
            where = f" under [{table}]" if table else ""
            raise ZoetropeError(
                f"The recipe {name} says {key!r}{where}, which means nothing there.",
                code="bad_option",
                remedy=f"Take it out, or choose one of {names}.",
            )
        if isinstance(value, dict) and isinstance(known[key], dict):
            _refuse_unknown(name, value, known[key], f"{table}.{key}" if table else key)


def _values(name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """A recipe's values over those of its base."""
    if name in above:
        raise ZoetropeError(f"The recipe {name} is its own base.", code="bad_option")
    own = tomllib.loads(_text(name))
    base = own.pop("base", None)
    if base is None:
        return own
    return _over(own, _values(str(base), (*above, name)))


def _over(own: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """The base's values with one's own over them, tables within tables too."""
    found = dict(base)
    for key, value in own.items():
        below = found.get(key)
        found[key] = _over(value, below) if isinstance(value, dict) and isinstance(below, dict) else value
    return found


def _text(name: str) -> str:
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ZoetropeError(f"There is no recipe file {path}.", code="bad_option")
        return path.read_text(encoding="utf-8")
    folder = resources.files("zoetrope.training") / "recipes"
    shipped = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir())
    if name not in shipped:
        raise ZoetropeError(
            f"There is no recipe named {name!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(shipped)} or give the path of a .toml file.",
        )
    return (folder / f"{name}.toml").read_text(encoding="utf-8")
