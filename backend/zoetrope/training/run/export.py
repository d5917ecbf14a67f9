"""From trained stages to the weights that ship."""

from collections import Counter
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.clips.guessed_labels import CYCLIC_ACTIONS
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.engines.bundle import (
    FORMAT,
    ActionLabel,
    Bundle,
    CategoryLabel,
    Description,
    save_bundle,
)
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.power_spectrum import of_samples
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.data.training_tokens import FILE, TrainingTokens, power_of_same_run, save_tokens
from zoetrope.training.recipe import Recipe
from zoetrope.training.run.components import Bodies, Motion
from zoetrope.training.run.distributed import rank
from zoetrope.training.run.temporal_filter import smooth


def gradient_bound(
    data: PreparedData, field: ShapeField, dictionary: Dictionary, tokens: Tensor, bodies: int = 24
) -> float:
    """99.9th percentile of |gradient of the SDF| at training samples of some bodies, at least 1."""
    norms = []
    for body in torch.linspace(0, len(data.bodies) - 1, min(bodies, len(data.bodies))).long().tolist():
        latent, codes = split_tokens(tokens[body : body + 1], field, dictionary)
        weights = dictionary.compose(codes)
        points = data.sdf_points[body : body + 1, :4096].clone().requires_grad_(True)
        distances, _ = field(points, latent, weights)
        (gradient,) = torch.autograd.grad(distances.sum(), points)
        norms.append(gradient.norm(dim=-1).flatten())
    return max(1.0, float(torch.cat(norms).quantile(0.999)))


def split_tokens(tokens: Tensor, field: ShapeField, dictionary: Dictionary) -> tuple[Tensor, Tensor]:
    """Tokens (B, Z + L C) -> latent (B, Z), codes (B, L, C)."""
    z = field.config.latent
    return tokens[:, :z], tokens[:, z:].reshape(len(tokens), -1, dictionary.config.code)


def labels(data: PreparedData) -> tuple[CategoryLabel, ...]:
    """Categories with their actions (flags of the majority) and mean height in metres.

    A gait is offered as a loop where any of its clips is one: a run that does not loop is of little use.
    """
    out = []
    for category in data.categories:
        clips = [clip for clip in data.clips if clip.category == category]
        own = [body.height for body in data.bodies if body.number == 0]
        heights = [own[creature] for creature in sorted({clip.creature for clip in clips})]
        actions = []
        counted = Counter(clip.action for clip in clips if clip.action != UNLABELLED)
        for name, count in sorted(counted.items()):
            flags = Counter((c.cyclic, c.returns_to_start) for c in clips if c.action == name)
            (cyclic, returns), _ = flags.most_common(1)[0]
            if name in CYCLIC_ACTIONS and any(flag[0] for flag in flags):
                cyclic, returns = True, True
            actions.append(ActionLabel(name, cyclic, returns, count))
        out.append(CategoryLabel(category, round(sum(heights) / len(heights), 2), tuple(actions)))
    return tuple(out)


def export(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    bodies: Bodies,
    motion: Motion,
) -> None:
    """Write the weights of a finished run into a folder."""
    field, dictionary, colours = bodies.field, bodies.dictionary, bodies.colours
    modules: tuple[nn.Module, ...] = (dictionary, motion.dictionary, bodies.model, motion.model)
    if colours:
        modules = (*modules, colours.field, colours.model)
    count = sum(p.numel() for m in modules for p in m.state_dict().values())
    count += sum(b.numel() for f in (field, motion.field) for b in f.mlp.biases)
    description = Description(
        format=FORMAT,
        name=recipe.name,
        parameters=count,
        shape_field=recipe.shape_field,
        motion_field=recipe.motion_field,
        shape_dictionary=recipe.shape_dictionary,
        motion_dictionary=recipe.motion_dictionary,
        shape_model=bodies.model.config,
        motion_model=motion.model.config,
        categories=labels(data),
        action_order=tuple(data.actions),
        gradient_bound=bodies.bound or round(gradient_bound(data, field, dictionary, bodies.tokens), 4),
        shape_guidance=recipe.shape_diffusion.guidance,
        motion_guidance=recipe.motion_diffusion.guidance,
        training={
            "recipe": recipe.name,
            "split": recipe.data.split,
            "part": "train",
            "creatures": data.creatures,
            "clips": len(data.clips),
            "bodies": len(data.bodies),
            "torch": torch.__version__,
        },
        colour_field=colours.field.config if colours else None,
        palette_model=colours.model.config if colours else None,
    )
    save_bundle(
        folder,
        Bundle(
            description,
            "",
            field,
            dictionary,
            motion.field,
            motion.dictionary,
            bodies.model,
            motion.model,
            colours,
        ),
    )


def finish(
    recipe: Recipe,
    data: PreparedData,
    out: Path,
    weights: Path,
    bodies: Bodies,
    motion: Motion,
    before: TrainingTokens | None = None,
) -> None:
    """What a run leaves: its tokens in its folder and the weights with their filter; one process writes.

    before : of the run that this one began from; has the power of true clips where none are prepared.
    """
    if rank():
        return
    bodies, motion = bodies.cpu(), motion.cpu()
    power = of_samples(data)
    if power is None and before:
        power = power_of_same_run(before, data)
    save_tokens(weights / FILE, data, bodies.tokens, motion.tokens, power)
    export(recipe, data.to("cpu"), weights, bodies, motion)
    smooth(weights, weights / FILE)
