"""Train the diffusions alone: fields, dictionaries and tokens are frozen, so no samples are needed.

Only labels are read from the creatures; the training tokens are in the folder of the weights.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared_samples import Body, ClipInfo, PreparedData
from zoetrope.training.data.training_tokens import (
    TrainingTokens,
    load_tokens,
    tokens_of_same_run,
    tokens_path,
)
from zoetrope.training.export.parts import parts_of_bundle
from zoetrope.training.export.weights import write_weights
from zoetrope.training.from_weights.compatibility import check_labels, check_sizes
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_diffusion import train_motion_diffusion
from zoetrope.training.stages.shape_diffusion import train_shape_diffusion


def train_diffusions(
    recipe: Recipe,
    creatures: Sequence[CreatureEntry],
    out: Path,
    weights: Path,
    source: Path,
    on_step: OnTrainingStep | None = None,
    device: str = "cpu",
) -> None:
    """Train the diffusions that have steps, starting from those of weights, and write the weights.

    Parameters
    ----------
    creatures : sequence of CreatureEntry
        Labels of all creatures that the weights were trained on; others are ignored.
    out : Path
        Run folder: checkpoints, from which a killed run resumes.
    weights : Path
        Folder for the new weights.
    source : Path
        Folder of the existing weights with their training_tokens.npz.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the labels or networks are not those of the weights.
    """
    out.mkdir(parents=True, exist_ok=True)
    start = load_bundle(source, device)
    check_sizes(recipe, start.description)
    tokens = load_tokens(tokens_path(source))
    data = unsampled_data(tokens, creatures).to(device)
    check_labels(data, start)
    shape_tokens, motion_tokens = (rows.to(device) for rows in tokens_of_same_run(tokens, data))
    shape, motion = parts_of_bundle(start, shape_tokens, motion_tokens)
    context = StageContext(data, out, recipe.seed, on_step)
    if recipe.shape_diffusion.steps:
        shape_model = train_shape_diffusion(recipe, context, shape_tokens, start)
        shape = replace(shape, model=shape_model)
    if recipe.motion_diffusion.steps:
        shape_latents = shape_tokens[:, : recipe.shape_field.latent]
        motion_model = train_motion_diffusion(recipe, context, shape_latents, motion_tokens, start)
        motion = replace(motion, model=motion_model)
    before = start.description.training.get("start")  # the creatures are the same: nothing else is new
    write_weights(recipe, data, weights, shape, motion, tokens, before)


def unsampled_data(tokens: TrainingTokens, creatures: Sequence[CreatureEntry]) -> PreparedData:
    """Return the bodies and clips of training tokens with their labels, without samples.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a creature or clip of the tokens has no labels.
    """
    entries = {entry.file: entry for entry in creatures}
    bodies = []
    for name in tokens.shape_creature.tolist():
        clip_names = tokens.motion_clip[tokens.motion_creature == name].tolist()
        labels = {clip.name: clip for clip in entries[name].clips} if name in entries else {}
        missing = [clip for clip in clip_names if clip not in labels]
        if missing or not labels:
            raise ZoetropeError(
                f"The tokens are of {name}{', ' + missing[0] if labels else ''}, which has no labels here.",
                code="bad_option",
                remedy="Give the creatures that the weights were trained on.",
            )
        bodies.append((entries[name], tuple(labels[clip_name] for clip_name in clip_names)))
    return labelled_bodies(bodies)


def labelled_bodies(creatures: Sequence[tuple[CreatureEntry, Sequence[ClipEntry]]]) -> PreparedData:
    """Return bodies and clips with their labels, without samples.

    Parameters
    ----------
    creatures : each with those of its clips that count.
    """
    bodies: list[Body] = []
    clips: list[ClipInfo] = []
    for i, (entry, chosen) in enumerate(creatures):
        bodies.append(Body(entry.height_m, torch.zeros(0, 3)))
        clips += [
            ClipInfo(
                i,
                clip.name,
                clip.action,
                entry.category,
                clip.cyclic,
                clip.returns_to_start,
                clip.seconds,
                travel_speed=0.0,
            )
            for clip in chosen
        ]
    none = torch.zeros(len(bodies), 0, 3)
    return PreparedData(
        [entry.file for entry, _ in creatures],
        sorted({clip.category for clip in clips} - {UNLABELLED}),
        sorted({clip.action for clip in clips} - {UNLABELLED}),
        bodies,
        clips,
        sdf_points=none,
        sdf=none[..., 0],
        coloured=torch.zeros(len(bodies), dtype=torch.bool),
        colour_points=none,
        colour_region=none[..., 0].byte(),
        palettes=none,
        flow_points=none,
        offsets=torch.zeros(len(clips), 0, 0, 3),
        rigid=torch.zeros(len(clips), 0, 4, 4),
    )
