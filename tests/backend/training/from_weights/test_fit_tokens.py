"""Tokens fitted to samples of a creature whose tokens are known: the shipped fields find it again."""

import pytest
import torch
from zoetrope.engines import find_weights
from zoetrope.engines.bundle import load_bundle
from zoetrope.engines.sampling import sample_shape
from zoetrope.training.from_weights.fit_tokens import fit_motion, fit_shape, motion_offsets


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(find_weights())


@pytest.fixture(scope="module")
def creature(bundle):
    """Shape tokens that the diffusion drew, points round the box, and the field's own distances there."""
    names = [category.name for category in bundle.description.categories]
    number = names.index("quadruped") + 1
    with torch.no_grad():
        tokens = sample_shape(bundle.shape_model, torch.Generator().manual_seed(5), number, 1.0)
        points = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0)) * 1.8 - 0.9
        latent, codes = bundle.shape_model.split(tokens)
        distances = bundle.shape_field(points[None], latent, bundle.shape_dictionary.compose(codes))[0][0]
    near = distances.abs() < 0.1
    return tokens, points[near], distances[near]


def error(bundle, tokens, points, distances):
    with torch.no_grad():
        latent, codes = bundle.shape_model.split(tokens)
        there = bundle.shape_field(points[None], latent, bundle.shape_dictionary.compose(codes))[0][0]
    return float((there - distances).abs().mean())


def test_a_shape_is_found_again(bundle, creature):
    _, points, distances = creature
    start = error(bundle, bundle.shape_model.standardiser.mean[None], points, distances)
    found = fit_shape(bundle, points, distances, steps=60)
    assert error(bundle, found, points, distances) < 0.25 * start


def test_the_best_of_the_starts_is_taken(bundle, creature):
    tokens, points, distances = creature
    others = bundle.shape_model.standardiser.inverse(torch.randn(3, bundle.shape_model.size))
    starts = torch.cat([others, tokens, others])
    found = fit_shape(bundle, points, distances, starts, steps=1, rate=1e-6, embedding_lr=1e-6)
    assert error(bundle, found, points, distances) < 1e-3


def test_codes_reach_bodies_that_are_many_deviations_away(bundle, creature):
    tokens, points, _ = creature
    own = bundle.shape_field.config.latent
    far = bundle.shape_model.standardiser(tokens)
    far[:, own:] += 10 * torch.randn(far[:, own:].shape, generator=torch.Generator().manual_seed(2))
    latent, codes = bundle.shape_model.split(bundle.shape_model.standardiser.inverse(far))
    with torch.no_grad():
        distances = bundle.shape_field(points[None], latent, bundle.shape_dictionary.compose(codes))[0][0]
    found, slow = (
        error(bundle, fit_shape(bundle, points, distances, tokens, steps=60, **rates), points, distances)
        for rates in ({}, {"embedding_lr": 0.03})
    )
    assert found < 0.8 * slow


def test_a_motion_is_found_again(bundle, creature):
    shape, points, _ = creature
    frames, size = 4, bundle.motion_model.size - 8
    standardiser = bundle.motion_model.standardiser
    raw = torch.randn(frames, size, generator=torch.Generator().manual_seed(1))
    if bundle.motion_model.config.clip_codes:
        own = bundle.motion_model.config.latent
        raw[:, own:] = raw[:1, own:]
    tokens = raw * standardiser.deviation[:size] + standardiser.mean[:size]
    latent = shape[:, : bundle.motion_field.config.shape_latent].expand(frames, -1)
    with torch.no_grad():
        offsets = motion_offsets(bundle, latent, tokens, points[:1000].expand(frames, -1, -1))
    found = fit_motion(bundle, shape, points[:1000], offsets, steps=80)
    start = standardiser.mean[None, :size].expand(frames, -1)
    with torch.no_grad():
        errors = [
            (motion_offsets(bundle, latent, x, points[:1000].expand(frames, -1, -1)) - offsets).norm(dim=-1)
            for x in (found, start)
        ]
    assert errors[0].mean() < 0.4 * errors[1].mean()
