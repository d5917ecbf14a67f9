"""Diffusions that learn on by themselves: fields, dictionaries and tokens stay, so that no sample is needed.

Of the creatures only labels are read, and what else there is to learn from lies beside the weights.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.clips.library import CreatureEntry
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared import Body, ClipInfo, PreparedData
from zoetrope.training.data.training_tokens import (
    TrainingTokens,
    load_tokens,
    tokens_of_same_run,
    tokens_path,
)
from zoetrope.training.from_weights.warm_start import check_sizes
from zoetrope.training.recipe import Recipe
from zoetrope.training.run.components import Bodies, Motion, check_labels
from zoetrope.training.run.export import finish
from zoetrope.training.run.loop import Progress
from zoetrope.training.stages.motion_diffusion import train_motion_diffusion
from zoetrope.training.stages.shape_diffusion import train_shape_diffusion


def train_diffusions(
    recipe: Recipe,
    creatures: Sequence[CreatureEntry],
    out: Path,
    weights: Path,
    source: Path,
    progress: Progress | None = None,
    device: str = "cpu",
) -> None:
    """Train the diffusions of a recipe whose tokens stay, from those of weights, and export the weights.

    Parameters
    ----------
    creatures : sequence of CreatureEntry
        With the labels of all that the weights were trained on; others are passed over.
    out : Path
        Run folder: checkpoints, read again when the run goes on after a kill.
    weights : Path
        Where the weights go.
    source : Path
        Folder of the weights that stay but for these diffusions, their tokens.npz beside it.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the labels are not those of the weights; the recipe has other networks.
    """
    out.mkdir(parents=True, exist_ok=True)
    start = load_bundle(source, device)
    check_sizes(recipe, start.description)
    known = load_tokens(tokens_path(source))
    data = labelled(known, creatures).to(device)
    check_labels(data, start)
    shapes, clips = (tokens.to(device) for tokens in tokens_of_same_run(known, data))
    bodies, motion = parts_of(start, shapes, clips)
    if recipe.shape_diffusion.steps:
        model = train_shape_diffusion(recipe, data, out, shapes, progress, start)
        bodies = replace(bodies, model=model)
    if recipe.motion_diffusion.steps:
        latents = shapes[:, : recipe.shape_field.latent]
        moving = train_motion_diffusion(recipe, data, out, latents, clips, progress, start)
        motion = replace(motion, model=moving)
    finish(recipe, data, out, weights, bodies, motion, known)


def parts_of(start: Bundle, shapes: Tensor, clips: Tensor) -> tuple[Bodies, Motion]:
    """All of the weights, with raw tokens of bodies (N, S) and clips (C, T, M)."""
    bound = start.description.gradient_bound
    bodies = Bodies(
        start.shape_field, start.shape_dictionary, shapes, start.shape_model, start.colours, bound
    )
    return bodies, Motion(start.motion_field, start.motion_dictionary, clips, start.motion_model)


def labelled(known: TrainingTokens, creatures: Sequence[CreatureEntry]) -> PreparedData:
    """The bodies and clips of tokens with their labels, and no samples.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a creature or clip of the tokens has no labels.
    """
    entries = {entry.file: entry for entry in creatures}
    names = list(dict.fromkeys(known.shape_creature.tolist()))
    bodies: list[Body] = []
    clips: list[ClipInfo] = []
    for i, name in enumerate(names):
        own = known.motion_creature == name
        labels = {clip.name: clip for clip in entries[name].clips} if name in entries else {}
        own_clips = known.motion_clip[own].tolist()
        missing = [clip for clip in own_clips if clip not in labels]
        if missing or not labels:
            raise ZoetropeError(
                f"The tokens are of {name}{', ' + missing[0] if labels else ''}, which has no labels here.",
                code="bad_option",
                remedy="Give the creatures that the weights were trained on.",
            )
        entry = entries[name]
        count = int((known.shape_creature == name).sum())
        bodies += [Body(i, n, entry.height_m, torch.zeros(0, 3), np.zeros(3), 1.0) for n in range(count)]
        for clip in (labels[name] for name in own_clips):
            flags = clip.cyclic, clip.returns_to_start
            own_labels = clip.name, clip.action, entry.category, *flags, clip.seconds, 0.0
            clips.append(ClipInfo(i, *own_labels))
    none, number = torch.zeros(len(bodies), 0, 3), len(clips)
    return PreparedData(
        names,
        sorted({clip.category for clip in clips} - {UNLABELLED}),
        sorted({clip.action for clip in clips} - {UNLABELLED}),
        bodies,
        clips,
        sdf_points=none,
        sdf=none[..., 0],
        colours=none,
        coloured=torch.zeros(len(bodies), dtype=torch.bool),
        flow_points=none,
        offsets=torch.zeros(number, 0, 0, 3),
        rigid=torch.zeros(number, 0, 4, 4),
        first_row=torch.zeros(len(bodies), dtype=torch.long),
    )
