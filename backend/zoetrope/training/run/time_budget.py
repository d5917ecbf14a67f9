"""Shorten a recipe until its stages fit into given minutes on this machine."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared_samples import PreparedData, load_prepared
from zoetrope.training.from_weights.adopt import adopt, token_stages
from zoetrope.training.from_weights.replay import REPLAY_SIZE
from zoetrope.training.from_weights.warm_start import start_from_weights
from zoetrope.training.optimisation.distributed import barrier, rank
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.run.train_parts import train_colours, train_motion_part, train_shape_part
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.shape_pretraining import pretrain_shape
from zoetrope.training.stages.tokens import shape_latents_of

FILE = "recipe.toml"
TRIAL_STEPS = 12
"""Steps of each stage that are timed; the first third is ignored."""
TRAINING_SHARE = 0.85
"""Of the minutes; the rest is for loading, checkpoints and the export."""
MIN_STEPS = 20
SHAPE_STAGES = ("shape_finetuning", "shape_diffusion")
MOTION_STAGES = ("motion_pretraining", "motion_finetuning", "motion_diffusion")
COLOUR_STAGES = ("colour_field", "palette_diffusion")
DIFFUSIONS = ("shape_diffusion", "motion_diffusion", "palette_diffusion")
TRIAL_REPLAY = 4
"""Replayed samples of the weights that are timed."""


class StageTimer:
    """An `OnTrainingStep` callback that records the time of every step."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    def __call__(self, stage: str, step: int, total: int, loss: float) -> None:
        """Record the present time."""
        self.times.setdefault(stage, []).append(time.perf_counter())

    def seconds_a_step(self) -> dict[str, float]:
        """Return the seconds a step of each stage."""
        late = {stage: times[len(times) // 3 :] for stage, times in self.times.items()}
        return {stage: (t[-1] - t[0]) / max(1, len(t) - 1) for stage, t in late.items()}


def steps_of(recipe: Recipe) -> dict[str, int]:
    """Return the number of steps of each stage."""
    names = ("shape_pretraining", *SHAPE_STAGES, *MOTION_STAGES, *COLOUR_STAGES)
    return {name: int(getattr(recipe, name).steps) for name in names}


def with_steps(recipe: Recipe, steps: dict[str, int]) -> Recipe:
    """Return the recipe with other numbers of steps."""
    return replace(
        recipe, **{name: replace(getattr(recipe, name), steps=count) for name, count in steps.items()}
    )


def measure_seconds_a_step(
    recipe: Recipe, data: PreparedData, source: Path | None = None
) -> dict[str, float]:
    """Time a few steps of each stage in a temporary folder.

    Of a run that starts from weights (`source`) the fit of their tokens is what pre-training takes.
    """
    trial = with_steps(recipe, dict.fromkeys(steps_of(recipe), TRIAL_STEPS))
    timer, threads = StageTimer(), torch.get_num_threads()
    two_processes = recipe.processes > 1 and data.device.type == "cpu"
    try:
        torch.set_num_threads(max(1, threads // 2) if two_processes else threads)
        with tempfile.TemporaryDirectory() as name:
            context = StageContext(data, Path(name), trial.seed, timer)
            start = start_from_weights(source, trial, context) if source else None
            field, latents = pretrain_shape(trial, context)
            train_shape_part(trial, context, field, latents, start)
            train_motion_part(trial, context, latents, start)
            train_colours(trial, context, shape_latents_of(latents))
    finally:
        torch.set_num_threads(threads)
    seconds = timer.seconds_a_step()
    tokens = {part: seconds[f"{part}_tokens"] for part in ("shape", "motion") if f"{part}_tokens" in seconds}
    return seconds | {f"{part}_pretraining": value for part, value in tokens.items()}


def measure_adoption(recipe: Recipe, data: PreparedData, source: Path) -> dict[str, float]:
    """Return the seconds a step of the diffusions of `adopt`, and as "before" those of all that precedes.

    What precedes, fitting of tokens and sampling of the replay, is not shortened.
    """
    trial = with_steps(recipe, dict.fromkeys(steps_of(recipe), TRIAL_STEPS))
    timer = StageTimer()
    with tempfile.TemporaryDirectory() as name:
        adopt(source, trial, data, Path(name), Path(name) / "weights", timer, replay_size=TRIAL_REPLAY)
    seconds = timer.seconds_a_step()
    shape, motion = token_stages(recipe, data)
    steps = {"shape_tokens": shape.steps, "motion_tokens": motion.steps, "replay": REPLAY_SIZE}
    before = sum(count * seconds.get(stage, 0.0) for stage, count in steps.items())
    return {"before": before} | {stage: seconds[stage] for stage in DIFFUSIONS if stage in seconds}


def shorten_adoption(recipe: Recipe, seconds: dict[str, float], minutes: float) -> Recipe:
    """Return the recipe with its diffusions shortened by one factor until everything fits.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a diffusion would have fewer than `MIN_STEPS`.
    """
    steps = {name: count for name, count in steps_of(recipe).items() if name in seconds}
    needed = sum(count * seconds[name] for name, count in steps.items())
    factor = min(1.0, (TRAINING_SHARE * 60 * minutes - seconds["before"]) / max(needed, 1e-9))
    if factor < 1 and min(steps.values()) * factor < MIN_STEPS:
        raise _does_not_fit(recipe, minutes, seconds["before"] + needed)
    return with_steps(
        recipe, steps_of(recipe) | {name: max(1, round(factor * count)) for name, count in steps.items()}
    )


def _does_not_fit(recipe: Recipe, minutes: float, needed: float) -> ZoetropeError:
    return ZoetropeError(
        f"The recipe {recipe.name} does not fit into {minutes:g} minutes here: it would take "
        f"{needed / 60:.0f}, and would be cut below {MIN_STEPS} steps a stage.",
        code="bad_option",
        remedy="Give more minutes, or a smaller recipe.",
    )


def shorten(recipe: Recipe, seconds_a_step: dict[str, float], minutes: float) -> Recipe:
    """Return the recipe with all stages shortened by one factor until they fit, or unchanged if they do.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a stage would have fewer than `MIN_STEPS`.
    """
    steps = steps_of(recipe)
    cost = {name: count * seconds_a_step.get(name, 0.0) for name, count in steps.items()}

    def total(names: tuple[str, ...]) -> float:
        return sum(cost.get(name, 0.0) for name in names)

    shape, motion = total(SHAPE_STAGES), total(MOTION_STAGES)
    both = max(shape, motion) if recipe.processes > 1 else shape + motion
    needed = cost["shape_pretraining"] + both + total(COLOUR_STAGES)
    factor = min(1.0, TRAINING_SHARE * 60 * minutes / max(needed, 1e-9))
    shortest = min((count for count in steps.values() if count), default=0)
    if factor < 1 and shortest * factor < MIN_STEPS:
        raise _does_not_fit(recipe, minutes, needed)
    return with_steps(recipe, {name: round(factor * count) for name, count in steps.items()})


def write_steps(short: Recipe, recipe: Recipe, base: str, path: Path) -> None:
    """Write the steps in which a recipe differs from the one that it was shortened from, `base`, as TOML."""
    before = steps_of(recipe)
    lines = [f'base = "{base}"', f'name = "{recipe.name}"', ""]
    for name, count in steps_of(short).items():
        if count != before[name]:
            lines += [f"[{name}]", f"steps = {count}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def recipe_within_budget(
    name: str, out: Path, minutes: float, device: str, source: Path | None = None
) -> str:
    """Return the path of a run folder's shortened recipe, which is written if it does not exist yet.

    Parameters
    ----------
    name : str
        A shipped recipe or the path of a TOML file.
    out : Path
        Run folder with prepared samples.
    source : Path, optional
        Folder of weights that the run starts from.
    """
    path = out / FILE
    if not path.exists():
        recipe = load_recipe(name)
        data = load_prepared(out / "data").to(device)
        base = Path(name).resolve().as_posix() if name.endswith(".toml") else name
        if recipe.frozen == "fields" and source:
            short = shorten_adoption(recipe, measure_adoption(recipe, data, source), minutes)
        else:
            short = shorten(recipe, measure_seconds_a_step(recipe, data, source), minutes)
        if rank() == 0:
            write_steps(short, recipe, base, path)
        barrier()
    return str(path)
