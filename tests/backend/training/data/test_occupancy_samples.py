"""Occupancy samples: what files keep, and batches of points whose inside is known."""

import numpy as np
import torch
import trimesh
from zoetrope.geometry.closed_surface import ClosedSurface
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.training.data.occupancy_batch import ClipBatch
from zoetrope.training.data.occupancy_samples import (
    ClipSamples,
    OccupancyRecipe,
    file_name,
    load_clip,
    prepare_occupancy,
    sample_occupancy,
    sequence_box,
)
from zoetrope.training.data.sources import SharedSource
from zoetrope.training.recipe import DataRecipe


def moving_ball(recipe):
    """A ball of radius 0.5 that rises by 1 over the clip; its frames, and its samples."""
    ball = trimesh.creation.icosphere(3, 0.5)
    frames = np.stack([ball.vertices + [0, 0, z] for z in np.linspace(0, 1, recipe.frames)])
    box = normalising_box(ball.vertices)
    surface = ClosedSurface.build(box.to_box(ball.vertices), ball.faces)
    made = sample_occupancy(frames, ball.faces, surface, box.scale, recipe, np.random.default_rng(0))
    return frames, ClipSamples(*made)


def test_batches_know_what_is_inside_in_every_frame():
    recipe = OccupancyRecipe(frames=5, uniform=2000, near=2000)
    frames, clip = moving_ball(recipe)
    box = sequence_box(frames)
    batch = ClipBatch.load([clip, clip], torch.device("cpu"))
    points, inside = batch.sample(3000, 4, torch.Generator().manual_seed(0), near_share=0.5)
    assert points.shape == (2, 3000, 4)
    centre = np.zeros((2, 3000, 3))
    centre[..., 2] = (points[..., 3] + 1) / 2
    radius = np.linalg.norm(points[..., :3].numpy() - box.to_box(centre), axis=-1) / (0.5 * box.scale)
    clear = np.abs(radius - 1) > 0.05
    assert ((radius < 1) == inside.numpy().astype(bool))[clear].all()
    assert 0.15 < inside.mean() < 0.6
    near = np.abs(radius - 1) * 0.5 * box.scale < 4 * recipe.deviation
    assert near[:, :1500].mean() > 0.99
    assert near[:, 1500:].mean() < 0.4


def test_centred_frames_lose_their_translation():
    recipe = OccupancyRecipe(frames=3, uniform=500, near=4000, centred=True)
    _, clip = moving_ball(recipe)
    middles = clip.near.astype(float).mean(axis=1)
    assert np.allclose(middles, middles[0], atol=0.05)


def test_counts_that_are_no_multiple_of_eight_come_back(procedural_shared, tmp_path):
    source, recipe = SharedSource(procedural_shared), OccupancyRecipe(frames=3, uniform=1001, near=333)
    entries = source.creatures(DataRecipe())[:1]
    prepare_occupancy(source, entries, tmp_path, recipe, processes=1)
    clip = load_clip(tmp_path / file_name(entries[0].file, entries[0].usable_clips[0].name))
    assert (clip.near.shape, clip.near_inside.shape) == ((3, 333, 3), (3, 333))
    assert clip.uniform_inside.shape == (3, 1001)
    batch = ClipBatch.load([clip], torch.device("cpu"))
    points, inside = batch.sample(4000, 3, torch.Generator().manual_seed(0))
    assert points.shape == (1, 4000, 3)
    assert 0 < inside.mean() < 1
