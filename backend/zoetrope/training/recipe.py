"""Recipes: all settings of a training run, from one TOML file."""

import difflib
import os
import tomllib
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import msgspec

from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.errors import ZoetropeError
from zoetrope.fields.motion import MotionFieldConfig
from zoetrope.fields.shape import ShapeFieldConfig
from zoetrope.training.recipe_checks import recipe_faults, refuse_faults

Kind = TypeVar("Kind")
TOKEN_FITTING = {"steps", "instances", "points"}
FINETUNING = {"steps", "batch", "lr", "ema", "label_dropout", "latent_interpolation", "class_balance"}
DIFFUSION = {"steps", "batch", "lr", "width", "depth", "heads", "dropout", "ema", "label_dropout"}
DIFFUSION |= {"guidance", "class_balance", "temporal_reach"}
WITHOUT_SAMPLES = {"split", "categories", "licence_text", "open_meshes", "frames"}
USED_WITH_FROZEN: dict[str, dict[str, set[str] | None]] = {
    "fields": {
        "data": None,
        "shape_finetuning": TOKEN_FITTING,
        "motion_finetuning": TOKEN_FITTING,
        "shape_diffusion": FINETUNING,
        "motion_diffusion": FINETUNING,
        "palette_diffusion": FINETUNING - {"class_balance"},
    },
    "tokens": {
        "data": WITHOUT_SAMPLES,
        "shape_field": None,
        "motion_field": None,
        "shape_dictionary": None,
        "motion_dictionary": None,
        "clip_codes": None,
        "shape_diffusion": DIFFUSION,
        "motion_diffusion": DIFFUSION,
        "proportion_strengths": None,
    },
}
"""Value of `frozen` -> tables and settings with an effect -> which of a table's settings have; None: all.
Sizes of the frozen networks are compared with those of the weights (`from_weights/compatibility.py`)."""
ALWAYS_USED = {"base", "name", "description", "engine", "seed", "frozen"}


@dataclass(frozen=True)
class CreatureSelection:
    """Which creatures a run is trained on.

    split : whose training part is used.
    categories : empty for all.
    licence_text : leave out packs without the text of their licence.
    open_meshes : also train on creatures whose meshes are open after hole filling; no split contains them.
    """

    split: Literal["by_creature", "by_clip"] = "by_creature"
    categories: tuple[str, ...] = ()
    licence_text: bool = False
    open_meshes: bool = False


@dataclass(frozen=True)
class DataRecipe(CreatureSelection):
    """Which creatures a run is trained on, and how their files are sampled.

    frames : model frames a clip.
    sdf_samples : points a body with a signed distance.
    flow_points : points a body whose motion is sampled.
    colour_points : points a body with a colour region.
    """

    frames: int = 32
    sdf_samples: int = 60_000
    flow_points: int = 4_000
    colour_points: int = 12_000


@dataclass(frozen=True)
class StageRecipe:
    """Optimisation of one stage of a field.

    instances : bodies, or frames of clips, in a batch.
    points : a body or frame in a batch.
    lr : learning rate of Adam, for biases, gains and output layers.
    muon_lr : of Muon, for hidden matrices; 0 trains everything with Adam (`optimisation.optimisers`).
    embedding_lr : of SparseAdam, for latents and codes.
    prior : weight of the squared norm of latents (pre-training) or codes (fine-tuning).
    noise : standard deviation of the noise added to latents and codes, as a share of their own.
    """

    steps: int
    instances: int
    points: int = 1
    lr: float = 1e-3
    muon_lr: float = 5e-3
    embedding_lr: float = 1e-3
    prior: float = 1e-4
    noise: float = 0.0


@dataclass(frozen=True)
class MotionFinetuningRecipe(StageRecipe):
    """Optimisation of the motion field's dictionary.

    within_creature_prior : weight of the codes' squared distance from their creature's mean code.
    """

    within_creature_prior: float = 0.0


@dataclass(frozen=True)
class DiffusionRecipe:
    """Optimisation and size of one diffusion transformer.

    ema : decay of the exponential moving average of the weights.
    label_dropout : share of the samples trained without their labels, for classifier-free guidance.
    guidance : scale of classifier-free guidance that the weights are stored with.
    latent_interpolation : share of the training bodies that are interpolated with another body.
    class_balance : 0 samples labels as often as they occur, 1 samples every label equally often.
    temporal_reach : frames to each side in the motion transformer's convolution over time; 0 for none.
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
class ColourFieldRecipe:
    """Size and optimisation of the colour field; `instances` to `noise` as in `StageRecipe`."""

    steps: int
    instances: int
    points: int
    width: int
    depth: int
    octaves: int
    lr: float = 1e-3
    muon_lr: float = 5e-3
    noise: float = 0.0


@dataclass(frozen=True)
class PaletteDiffusionRecipe:
    """Optimisation and size of the diffusion over palettes; settings as in `DiffusionRecipe`."""

    steps: int = 4000
    batch: int = 128
    lr: float = 1e-3
    width: int = 128
    ema: float = 0.998
    label_dropout: float = 0.3
    latent_interpolation: float = 0.5


@dataclass(frozen=True)
class Recipe:
    """One training run, from creature files to weights.

    processes : 2 trains shape (on one core) and motion (on the others) at the same time; 1 in turn.
    clip_codes : one motion code a layer and clip; otherwise one a layer and frame, as in DNF.
    frozen : what a run that starts from weights (`--from`) does not train. "fields": tokens are fitted, with
        the steps and batches of the fine-tuning stages, and the diffusions trained. "tokens": only the
        diffusions that have steps are trained.
    start_from : what a run without frozen parts takes from weights (`--from`). "shape": the shape field and
        its dictionary; motion and diffusions are learned anew, from this run's creatures alone. Of
        [shape_pretraining], its steps, instances and points are then those of the tokens' fit.
    proportion_strengths : category -> strength of the sampled proportions (`BodyShape.sample`) that the
        weights are stored with.
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
    motion_finetuning: MotionFinetuningRecipe
    shape_diffusion: DiffusionRecipe
    motion_diffusion: DiffusionRecipe
    colour_field: ColourFieldRecipe
    palette_diffusion: PaletteDiffusionRecipe
    description: str = ""
    engine: str = "dnf"
    processes: int = 2
    clip_codes: bool = False
    frozen: Literal["fields", "tokens"] | None = None
    start_from: Literal["all", "shape"] = "all"
    proportion_strengths: dict[str, float] = field(default_factory=dict)


def load_recipe(name: str) -> Recipe:
    """Read a recipe by its name (`shipped`) or from the path of a TOML file.

    A recipe with `base = "shipped"` takes all values that it does not set from that one.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such recipe, it cannot be read, or it has a wrong value or an unknown
        name.
    """
    recipe = read_recipe(name, Recipe, "dnf")
    if recipe.frozen and recipe.start_from != "all":
        raise ZoetropeError(
            f"With frozen {recipe.frozen} 'start_from' has no effect (recipe {name}).",
            code="bad_option",
            remedy="Remove one of the two.",
        )
    _refuse_names_without_effect(name)
    return recipe


def read_recipe(name: str, kind: type[Kind], engine: str) -> Kind:
    """Read a recipe of some engine, as `load_recipe`."""
    found = engine_of(name)
    if found != engine:
        raise ZoetropeError(
            f"The recipe {name} is of the engine {found}, not of {engine}.",
            code="bad_option",
            remedy=f"Choose a recipe of {engine}.",
        )
    values = _values(name)
    try:
        recipe = msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _unreadable(name, error) from error
    _refuse_unknown_names(name, values, asdict(cast(Any, recipe)))
    refuse_faults(name, recipe_faults(recipe))
    return recipe


def engine_of(name: str) -> str:
    """Return the engine that a recipe trains; raises ZoetropeError as `load_recipe`."""
    return str(_values(name).get("engine", "dnf"))


def _refuse_unknown_names(
    recipe: str, values: dict[str, Any], allowed: dict[str, Any], table: str = ""
) -> None:
    """Raise on names that no recipe has: msgspec ignores them, so a misspelt setting would have no effect."""
    for name, value in values.items():
        if name not in allowed:
            names = ", ".join(difflib.get_close_matches(name, allowed, cutoff=0.5) or sorted(allowed))
            where = f" under [{table}]" if table else ""
            raise ZoetropeError(
                f"The recipe {recipe} has the unknown setting {name!r}{where}.",
                code="bad_option",
                remedy=f"Remove it, or choose one of {names}.",
            )
        if isinstance(value, dict) and isinstance(allowed[name], dict):
            _refuse_unknown_names(recipe, value, allowed[name], f"{table}.{name}" if table else name)


def _refuse_names_without_effect(name: str) -> None:
    """Raise on settings without effect that a recipe with frozen parts, or one based on it, sets itself.

    Fitting tokens to frozen fields, for example, has learning rates and a prior of its own.
    """
    frozen, recipe = _values(name).get("frozen"), name
    while frozen and recipe:
        values = _parsed(recipe)
        for key, value in values.items():
            _refuse_without_effect(recipe, frozen, key, value)
        base = values.get("base", "") if values.get("frozen") is None else ""
        recipe = base and _base(recipe, base)


def _refuse_without_effect(recipe: str, frozen: str, key: str, value: Any) -> None:
    """Raise if a setting, or one of its table, has no effect with these frozen parts."""
    used = USED_WITH_FROZEN[frozen]
    if key in ALWAYS_USED:
        return
    if key not in used:
        label = f"[{key}]" if isinstance(value, dict) else repr(key)
        remedy = f"Remove it; {', '.join(used)} are used."
    elif (names := used[key]) is not None and (ignored := sorted(value.keys() - names)):
        label = f"{ignored[0]!r} under [{key}]"
        remedy = f"Remove it; of this table {', '.join(sorted(names))} are used."
    else:
        return
    raise ZoetropeError(
        f"With frozen {frozen} {label} has no effect (recipe {recipe}).", code="bad_option", remedy=remedy
    )


def _values(name: str, derived: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a recipe's values merged over those of its base; `derived` are the recipes based on it."""
    if name in derived:
        raise ZoetropeError(
            f"The recipe {name} is its own base.",
            code="bad_option",
            remedy="Name another recipe as `base`, or none.",
        )
    values = _parsed(name)
    base = values.pop("base", None)
    if base is None:
        return values
    return _merge(values, _values(_base(name, str(base)), (*derived, name)))


def _base(name: str, base: str) -> str:
    """Return the name of a recipe's base; a file is looked for beside the recipe's."""
    return os.path.normpath(Path(name).parent / base) if base.endswith(".toml") else base


def _parsed(name: str) -> dict[str, Any]:
    """Return the values that a recipe sets itself."""
    try:
        return tomllib.loads(_text(name))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> ZoetropeError:
    reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error).rstrip(".")
    return ZoetropeError(
        f"The recipe {name} cannot be read: {reason}.",
        code="bad_option",
        remedy="Correct it; the recipes in zoetrope/training/recipes are examples.",
    )


def _merge(values: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return the base's values with others over them, tables recursively."""
    merged = dict(base)
    for key, value in values.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            value = _merge(value, before)
        merged[key] = value
    return merged


def _text(name: str) -> str:
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ZoetropeError(
                f"There is no recipe file {path}.",
                code="bad_option",
                remedy="Give the path of a .toml file, or the name of a shipped recipe.",
            )
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
