"""Recipes: everything a training run depends on, in one TOML file."""

import difflib
import tomllib
from dataclasses import asdict, dataclass, field
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
    """Which creatures, and how they are prepared.

    split : its training part is used; categories : none: all.
    licence_text : leave out the packs whose licence text does not stand beside their files.
    open_meshes : 20 creatures too whose meshes stay open when their holes are filled; no split has them.
    """

    split: Literal["by_creature", "by_clip"] = "by_creature"
    categories: tuple[str, ...] = ("quadruped", "dinosaur")
    licence_text: bool = False
    open_meshes: bool = False
    bodies: int = 8
    frames: int = 32
    sdf_samples: int = 60_000
    flow_points: int = 4_000


@dataclass(frozen=True)
class StageRecipe:
    """Optimisation of one stage: steps, a batch of instances times points, learning rates.

    rate : Adam's; matrix_rate : Muon's, 0 for Adam alone (see `optimisers`); code_rate : latents' and codes'.
    prior : weight of the codes' squares; noise : put on latents and codes, a share of their deviation.
    kinship : weight of the codes' squared distances from the mean of their creature's, see `kinship`.
    """

    steps: int
    instances: int
    points: int = 1
    rate: float = 1e-3
    matrix_rate: float = 5e-3
    code_rate: float = 1e-3
    prior: float = 1e-4
    noise: float = 0.0
    kinship: float = 0.0


@dataclass(frozen=True)
class BodiesRecipe(StageRecipe):
    """Optimisation of the stage that fine-tunes the shape's dictionary.

    badly_fitted : power of a body's error that it is drawn by, see `badly_fitted`; 0: all alike.
    """

    badly_fitted: float = 0.0


@dataclass(frozen=True)
class DiffusionRecipe:
    """Optimisation and size of one diffusion transformer, and the guidance that its draws are made with.

    guidance : chosen with `zoetrope.evaluation.guidance`; shipped with the weights.
    coloured : the motion's noise has the spectra over time of real clips (see `diffusion.noise`).
    mixing : share of the bodies drawn in training that are mixed with others (see `mixing`).
    abroad : how far such a body may lie on the way to another creature of its category.
    balance : how much more often rare labels are drawn than they are there (see `balance`).
    says_clean : the network says the clean tokens, not the velocity.
    whitened : how far the motion's loss goes towards all frequencies weighing alike (see `diffusion.noise`).
    reach : frames to each side that a convolution over time sees; 0: none.
    time_mean, time_deviation : of the times of noise, see `flow_matching.sample_times`.
    """

    steps: int
    batch: int
    rate: float = 3e-4
    width: int = 256
    depth: int = 5
    heads: int = 4
    dropout: float = 0.1
    ema: float = 0.999
    label_dropout: float = 0.15
    guidance: float = 2.0
    mixing: float = 0.5
    abroad: float = 0.25
    balance: float = 0.0
    coloured: bool = False
    says_clean: bool = False
    whitened: float = 0.0
    reach: int = 0
    time_mean: float = 0.0
    time_deviation: float = 1.0


@dataclass(frozen=True)
class PaletteRecipe:
    """Colours apart from the shape: the field and its optimisation, and those of the palettes' diffusion.

    hues : coats of a creature whose kind shows too few colours, see `coats`; 1: its own alone.
    """

    field: ColourFieldConfig
    training: StageRecipe
    steps: int = 4000
    batch: int = 128
    rate: float = 1e-3
    width: int = 128
    ema: float = 0.998
    label_dropout: float = 0.3
    hues: int = 8


@dataclass(frozen=True)
class Recipe:
    """One training run from GLB files to weights.

    palette : colours apart from the shape; without, the shape field has them.
    processes : 2 trains the shape's dictionary and diffusion beside the motion field, a core each; 1 trains
    stage after stage.
    clip_codes : the motion's codes are one a layer and clip, not (as DNF's) one a layer and frame.
    latent_only : the diffusions draw latents alone, every code stays at its mean: what the dictionary adds to
    generation is the difference to such a run (`--latents` of `zoetrope evaluate`).
    mirror : clips of symmetric creatures are learned mirrored as well, with tokens of their own.
    stays : what does not learn on in a run that begins from weights (`--from`): "fields", both of them, while
    the diffusions do; "bodies", all that draws bodies and coats; "motion", all that moves bodies, with the
    latents that it knows them by, which takes the tokens of the weights' run; "tokens", all but the
    diffusions, which takes them too: a diffusion learns on for its steps, without any it stays as well.
    """

    name: str
    seed: int
    data: DataRecipe
    shape_field: ShapeFieldConfig
    motion_field: MotionFieldConfig
    shape_dictionary: DictionaryConfig
    motion_dictionary: DictionaryConfig
    shape_pretraining: StageRecipe
    shape_finetuning: BodiesRecipe
    motion_pretraining: StageRecipe
    motion_finetuning: StageRecipe
    shape_diffusion: DiffusionRecipe
    motion_diffusion: DiffusionRecipe
    palette: PaletteRecipe | None = None
    description: str = ""
    processes: int = 2
    clip_codes: bool = False
    latent_only: bool = False
    mirror: bool = False
    stays: Literal["fields", "bodies", "motion", "tokens"] | None = None
    target: dict[str, float] = field(default_factory=dict)

    @property
    def keeps_motion(self) -> bool:
        """The motion's tokens stay, and bodies begin at the tokens that it knows them by."""
        return self.stays == "motion"


def load_recipe(name: str) -> Recipe:
    """Read a recipe by the name of a shipped one (`first`) or by the path of a TOML file.

    A recipe that says `base = "first"` has all of that one's values but those it says itself.

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
