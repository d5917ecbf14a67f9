"""Tokens fitted to samples that the shipped fields decoded from known tokens."""

import pytest
import torch
from zoetrope.engines.sampling.token_sampling import sample_shape
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.engines.weights.folders import find_weights
from zoetrope.training.from_weights.decode_tokens import motion_offsets
from zoetrope.training.from_weights.fit_unseen_creature import fit_motion, fit_shape


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(find_weights())


@torch.no_grad()
def decode(bundle, tokens, points):
    latent, codes = bundle.shape_model.split(tokens)
    return bundle.shape_field(points[None], latent, bundle.shape_dictionary.compose(codes))[0]


@pytest.fixture(scope="module")
def creature(bundle):
    """Sampled shape tokens, points near the surface, and their decoded distances."""
    names = [category.name for category in bundle.description.categories]
    with torch.no_grad():
        generator = torch.Generator().manual_seed(5)
        tokens = sample_shape(bundle.shape_model, generator, names.index("quadruped") + 1, 1.0)
    points = torch.rand(6_000, 3, generator=torch.Generator().manual_seed(0)) * 1.8 - 0.9
    distances = decode(bundle, tokens, points)
    near = distances.abs() < 0.1
    return tokens, points[near], distances[near]


def error(bundle, tokens, points, distances):
    return float((decode(bundle, tokens, points) - distances).abs().mean())


def test_shape_is_recovered(bundle, creature):
    _, points, distances = creature
    start = error(bundle, bundle.shape_model.standardiser.mean[None], points, distances)
    fitted = fit_shape(bundle, points, distances, steps=60)
    assert error(bundle, fitted, points, distances) < 0.25 * start


def test_fit_starts_from_the_best_initial_tokens(bundle, creature):
    tokens, points, distances = creature
    others = bundle.shape_model.standardiser.inverse(torch.randn(3, bundle.shape_model.size))
    initial = torch.cat([others, tokens, others])
    fitted = fit_shape(bundle, points, distances, initial, steps=1, latent_lr=1e-6, code_lr=1e-6)
    assert error(bundle, fitted, points, distances) < 1e-3


def test_high_code_rate_reaches_codes_many_deviations_away(bundle, creature):
    tokens, points, _ = creature
    size = bundle.shape_field.config.latent
    far = bundle.shape_model.standardiser(tokens)
    far[:, size:] += 10 * torch.randn(far[:, size:].shape, generator=torch.Generator().manual_seed(2))
    distances = decode(bundle, bundle.shape_model.standardiser.inverse(far), points)
    default, low = (
        error(bundle, fit_shape(bundle, points, distances, tokens, steps=60, **rates), points, distances)
        for rates in ({}, {"code_lr": 0.03})
    )
    assert default < 0.9 * low


def test_motion_is_recovered(bundle, creature):
    shape, points, _ = creature
    points = points[:1000]
    frames, size = 4, bundle.motion_model.size - 8
    standardiser = bundle.motion_model.standardiser
    raw = torch.randn(frames, size, generator=torch.Generator().manual_seed(1))
    if bundle.motion_model.config.clip_codes:
        latent_size = bundle.motion_model.config.latent
        raw[:, latent_size:] = raw[:1, latent_size:]
    mean = standardiser.mean[None, :size].expand(frames, -1)
    tokens = raw * standardiser.deviation[:size] + mean
    latent = shape[:, : bundle.motion_field.config.shape_latent].expand(frames, -1)

    @torch.no_grad()
    def decoded(tokens):
        return motion_offsets(bundle, latent, tokens, points.expand(frames, -1, -1))

    offsets = decoded(tokens)
    fitted = fit_motion(bundle, shape, points, offsets, steps=80)
    errors = [(decoded(x) - offsets).norm(dim=-1).mean() for x in (fitted, mean)]
    assert errors[0] < 0.4 * errors[1]
