"""A training run of seconds: two procedural creatures, tiny networks."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.fields.motion import MotionFieldConfig
from zoetrope.fields.shape import ShapeFieldConfig
from zoetrope.training.data.prepared_samples import Body, ClipInfo, PreparedData
from zoetrope.training.recipe import (
    ColourFieldRecipe,
    DiffusionRecipe,
    MotionFinetuningRecipe,
    PaletteDiffusionRecipe,
    Recipe,
    StageRecipe,
    load_recipe,
)
from zoetrope.training.run import train as run_module


def recipe(steps: int = 6, pretraining: int = 0) -> Recipe:
    """A recipe without optional parts: frozen shared matrices, a code a frame.

    Parameters
    ----------
    pretraining : int
        Steps of the shape pre-training, if more. After some 60 a body is one blob, whose mesh is small.
    """
    stage = StageRecipe(steps=steps, instances=8, points=64)
    diffusion = DiffusionRecipe(steps=steps, batch=4, width=32, depth=1, heads=2)
    shipped = load_recipe("shipped")
    return replace(
        shipped,
        name="tiny",
        processes=1,
        clip_codes=False,
        data=replace(shipped.data, frames=8),
        shape_field=ShapeFieldConfig(width=32, depth=4, latent=8, octaves=4),
        motion_field=MotionFieldConfig(width=32, depth=4, shape_latent=8, latent=8, octaves=3),
        shape_dictionary=DictionaryConfig(kept=24, residual=4, code=4),
        motion_dictionary=DictionaryConfig(kept=24, residual=4, code=4),
        shape_pretraining=replace(stage, steps=max(steps, pretraining)),
        shape_finetuning=stage,
        motion_pretraining=stage,
        motion_finetuning=MotionFinetuningRecipe(**vars(stage)),
        shape_diffusion=diffusion,
        motion_diffusion=diffusion,
        colour_field=ColourFieldRecipe(steps, instances=4, points=64, width=16, depth=4, octaves=2),
        palette_diffusion=PaletteDiffusionRecipe(steps, batch=4, width=16),
    )


def full_recipe(steps: int = 6, pretraining: int = 0) -> Recipe:
    """The recipe with the optional parts of the shipped one.

    Live dictionaries, clip codes, convolution over time, class balance.
    """
    plain = recipe(steps, pretraining)
    return replace(
        plain,
        clip_codes=True,
        shape_dictionary=replace(plain.shape_dictionary, live=True),
        motion_dictionary=replace(plain.motion_dictionary, live=True),
        motion_diffusion=replace(plain.motion_diffusion, temporal_reach=2, class_balance=0.5),
    )


@functools.cache
def prepared(frames: int = 8) -> PreparedData:
    """Two grey creatures, a and b, one looping walk each."""
    rng = np.random.default_rng(0)
    bodies, points, distances, flows, offsets = [], [], [], [], []
    for seed in (0, 2):
        creature = ProceduralCreature(seed)
        vertices, _ = creature.mesh(48)
        near = vertices[rng.choice(len(vertices), 1500)] + rng.normal(0, 0.03, (1500, 3))
        x = np.concatenate([near, rng.uniform(-1, 1, (500, 3))])
        points.append(torch.from_numpy(x).float())
        distances.append(torch.from_numpy(creature.sdf(x)).float())
        flow = vertices[rng.choice(len(vertices), 300)]
        moved = np.stack([creature.flow(flow, i / frames) - flow for i in range(frames)])
        flows.append(torch.from_numpy(flow).float())
        offsets.append(torch.from_numpy(moved[None]).half())
        bodies.append(Body(1.0, torch.from_numpy(vertices[:100]).float()))
    clips = [ClipInfo(i, "walk", "walk", "quadruped", True, True, 1.0, 0.5) for i in range(2)]
    return PreparedData(
        ["a", "b"],
        ["quadruped"],
        ["walk"],
        bodies,
        clips,
        torch.stack(points),
        torch.stack(distances),
        torch.zeros(2, dtype=torch.bool),
        torch.stack([points[:1000] for points in points]),
        torch.zeros(2, 1000, dtype=torch.uint8),
        torch.full((2, 8, 3), 0.5),
        torch.stack(flows),
        torch.cat(offsets),
        torch.eye(4).repeat(2, frames, 1, 1),
    )


def coloured() -> PreparedData:
    """The prepared creatures, a red, b green, both blue in their lower half."""
    data = prepared()
    palettes = torch.zeros_like(data.palettes)
    palettes[0, 0, 0], palettes[1, 0, 1], palettes[:, 1, 2] = 1.0, 1.0, 1.0
    region = (data.colour_points[..., 2] < 0).byte()
    return replace(data, coloured=~data.coloured, colour_region=region, palettes=palettes)


def train(
    folder: Path,
    recipe: Recipe,
    data: PreparedData,
    *,
    source: Path | None = None,
    on_step=None,
    device: str = "cpu",
) -> Path:
    """Run `zoetrope.training.run.train` on a recipe and data in memory; return folder/weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "load_recipe", lambda name: recipe)
        patch.setattr(run_module, "load_prepared", lambda path, **_: data)
        run_module.train("tiny", folder, folder / "run", folder / "weights", on_step, device, source=source)
    return folder / "weights"
