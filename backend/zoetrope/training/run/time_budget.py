"""A run that fits into given minutes: all stages are shortened alike, and what it leaves are weights."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared import PreparedData, load_prepared
from zoetrope.training.data.tokens import shape_latents
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.run.components import learned_bodies, learned_motion, train_colours
from zoetrope.training.run.distributed import rank, together
from zoetrope.training.stages.shape_field import pretrain

FILE = "recipe.toml"
TRIAL = 12
"""Steps of each stage that its speed is measured on, the first third of them unheeded."""
SHARE = 0.85
"""Of the minutes; the rest is for loading, checkpoints and the export."""
FEWEST = 20
SHAPE = ("shape_finetuning", "shape_diffusion")
MOTION = ("motion_pretraining", "motion_finetuning", "motion_diffusion")
LAST = ("colour_field", "palette_diffusion")


class Watch:
    """A `Progress` that takes the time of every stage's steps."""

    def __init__(self) -> None:
        self.moments: dict[str, list[float]] = {}

    def __call__(self, stage: str, step: int, total: int, loss: float) -> None:
        """Note the moment."""
        self.moments.setdefault(stage, []).append(time.perf_counter())

    def seconds_a_step(self) -> dict[str, float]:
        """Stage -> seconds of one step."""
        late = {stage: moments[len(moments) // 3 :] for stage, moments in self.moments.items()}
        return {stage: (m[-1] - m[0]) / max(1, len(m) - 1) for stage, m in late.items()}


def steps_of(recipe: Recipe) -> dict[str, int]:
    """Stage -> its steps."""
    names = ("shape_pretraining", *SHAPE, *MOTION)
    found = {name: int(getattr(recipe, name).steps) for name in names}
    if recipe.palette:
        found |= {"colour_field": recipe.palette.training.steps, "palette_diffusion": recipe.palette.steps}
    return found


def with_steps(recipe: Recipe, steps: dict[str, int]) -> Recipe:
    """The same recipe with other steps."""
    stages = {
        name: replace(getattr(recipe, name), steps=count) for name, count in steps.items() if name not in LAST
    }
    palette = recipe.palette
    if palette:
        field = replace(palette.training, steps=steps["colour_field"])
        palette = replace(palette, training=field, steps=steps["palette_diffusion"])
    return replace(recipe, palette=palette, **stages)


def measured(recipe: Recipe, data: PreparedData) -> dict[str, float]:
    """Stage -> seconds of one step here, from a few steps of each; nothing of them is kept."""
    short = with_steps(recipe, dict.fromkeys(steps_of(recipe), TRIAL))
    watch, threads = Watch(), torch.get_num_threads()
    beside = recipe.processes > 1 and data.device.type == "cpu"
    try:
        torch.set_num_threads(max(1, threads // 2) if beside else threads)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            field, latents = pretrain(short, data, folder, watch)
            learned_bodies(short, data, folder, field, latents, watch)
            learned_motion(short, data, folder, latents, watch)
            train_colours(short, data, folder, shape_latents(latents), watch)
    finally:
        torch.set_num_threads(threads)
    return watch.seconds_a_step()


def shortened(recipe: Recipe, seconds_a_step: dict[str, float], minutes: float) -> Recipe:
    """The recipe with its stages shortened alike until they fit; one that fits stays as it is.

    Raises
    ------
    ZoetropeError
        Code "bad_option": not even the fewest steps fit.
    """
    steps = steps_of(recipe)
    cost = {name: count * seconds_a_step.get(name, 0.0) for name, count in steps.items()}

    def total(names: tuple[str, ...]) -> float:
        return sum(cost.get(name, 0.0) for name in names)

    both = max(total(SHAPE), total(MOTION)) if recipe.processes > 1 else total(SHAPE) + total(MOTION)
    needed = cost["shape_pretraining"] + both + total(LAST)
    factor = min(1.0, SHARE * 60 * minutes / max(needed, 1e-9))
    if factor < 1 and min(steps.values()) * factor < FEWEST:
        raise ZoetropeError(
            f"The recipe {recipe.name} does not fit into {minutes:g} minutes here: it would take "
            f"{needed / 60:.0f}, and would be cut below {FEWEST} steps a stage.",
            code="bad_option",
            remedy="Give more minutes, or a smaller recipe.",
        )
    return with_steps(recipe, {name: max(1, round(factor * count)) for name, count in steps.items()})


def written(recipe: Recipe, base: str, path: Path) -> None:
    """Write the recipe's steps as a TOML file over its base, the recipe that it was made from."""
    steps = steps_of(recipe)
    lines = [f'base = "{base}"', f'name = "{recipe.name}"', ""]
    for name, count in steps.items():
        if name not in LAST:
            lines += [f"[{name}]", f"steps = {count}", ""]
    if recipe.palette:
        lines += ["[palette]", f"steps = {steps['palette_diffusion']}", ""]
        lines += ["[palette.training]", f"steps = {steps['colour_field']}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def fitted(name: str, out: Path, minutes: float, device: str) -> str:
    """The recipe of a run folder that fits into so many minutes, made where it is not there yet.

    Parameters
    ----------
    name : str
        A shipped recipe or the path of a TOML file.
    out : Path
        Run folder, its samples prepared.
    """
    path = out / FILE
    if not path.exists():
        recipe = load_recipe(name)
        data = load_prepared(out / "data").to(device)
        base = Path(name).resolve().as_posix() if name.endswith(".toml") else name
        short = shortened(recipe, measured(recipe, data), minutes)
        if rank() == 0:
            written(short, base, path)
        together()
    return str(path)
