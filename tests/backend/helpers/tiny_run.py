"""A training run of seconds: two procedural creatures, tiny networks."""

import dataclasses

import numpy as np
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.dictionary.dictionary import DictionaryConfig
from zoetrope.fields.motion import MotionFieldConfig
from zoetrope.fields.shape import ShapeFieldConfig
from zoetrope.training.data.prepared import Body, ClipInfo, PreparedData
from zoetrope.training.recipe import DiffusionRecipe, Recipe, StageRecipe, load_recipe


def recipe(steps: int = 6) -> Recipe:
    """The first recipe, shrunk until it runs in seconds; it trains nothing well."""
    stage = StageRecipe(steps=steps, instances=4, points=64)
    diffusion = DiffusionRecipe(steps=steps, batch=4, width=32, depth=1, heads=2)
    return dataclasses.replace(
        load_recipe("shipped"),
        processes=1,
        data=dataclasses.replace(load_recipe("shipped").data, frames=8),
        shape_field=ShapeFieldConfig(width=32, depth=4, latent=8, octaves=4),
        motion_field=MotionFieldConfig(width=32, depth=4, shape_latent=8, latent=8, octaves=3),
        shape_dictionary=DictionaryConfig(kept=24, residual=4, code=4),
        motion_dictionary=DictionaryConfig(kept=24, residual=4, code=4),
        shape_pretraining=stage,
        shape_finetuning=StageRecipe(steps=steps, instances=4, points=64),
        motion_pretraining=stage,
        motion_finetuning=stage,
        shape_diffusion=diffusion,
        motion_diffusion=diffusion,
    )


def prepared(frames: int = 8) -> PreparedData:
    """Two creatures, two bodies each, one looping clip each."""
    rng = np.random.default_rng(0)
    bodies, points, distances, flows, offsets = [], [], [], [], []
    for number in range(4):
        creature = ProceduralCreature(number)
        vertices, _ = creature.mesh(48)
        near = vertices[rng.choice(len(vertices), 1500)] + rng.normal(0, 0.03, (1500, 3))
        x = np.concatenate([near, rng.uniform(-1, 1, (500, 3))])
        points.append(torch.from_numpy(x).float())
        distances.append(torch.from_numpy(creature.sdf(x)).float())
        flow = vertices[rng.choice(len(vertices), 300)]
        moved = np.stack([creature.flow(flow, i / frames) - flow for i in range(frames)])
        flows.append(torch.from_numpy(flow).float())
        offsets.append(torch.from_numpy(moved[None]).half())
        surface = torch.from_numpy(vertices[:100])
        bodies.append(Body(number // 2, number % 2, 1.0, surface, np.zeros(3), 1.0))
    clips = [ClipInfo(i, "walk", "walk", "quadruped", True, True, 1.0, 0.5) for i in range(2)]
    return PreparedData(
        ["a", "b"],
        ["quadruped"],
        ["walk"],
        bodies,
        clips,
        torch.stack(points),
        torch.stack(distances),
        torch.full((4, 2000, 3), 128, dtype=torch.uint8),
        torch.ones(4, dtype=torch.bool),
        torch.stack(flows),
        torch.cat(offsets),
        torch.eye(4).repeat(2, frames, 1, 1),
        torch.arange(4),
    )
