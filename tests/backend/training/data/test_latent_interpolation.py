"""Interpolated bodies stay among those of their creature and, for a limited share, of their category."""

from types import SimpleNamespace

import torch
from zoetrope.training.data.latent_interpolation import MAX_CROSS_CREATURE, LatentInterpolator


def five_creatures():
    """Two quadrupeds with three and two bodies, a fish with two; snake and spider are unlabelled."""
    bodies = [SimpleNamespace(creature=c) for c in (0, 0, 0, 1, 1, 2, 2, 3, 4)]
    categories = ("quadruped", "quadruped", "fish", "other", "other")
    clips = [SimpleNamespace(creature=c, category=k) for c, k in enumerate(categories)]
    return SimpleNamespace(
        bodies=bodies,
        clips=clips,
        creatures=["horse", "cow", "shark", "snake", "spider"],
        device=torch.device("cpu"),
        creature_of_body=torch.tensor([body.creature for body in bodies]),
        first_body=torch.tensor([0, 3, 5, 7, 8]),
        body_count=torch.tensor([3, 2, 2, 1, 1]),
    )


def test_interpolation_weights():
    vectors = torch.eye(9)  # an interpolated vector is then its weights
    rows = torch.arange(9).repeat(200)
    mixed = LatentInterpolator(five_creatures(), 1.0)(vectors, rows, torch.Generator().manual_seed(0))
    assert torch.allclose(mixed.sum(1), torch.ones(len(rows)), atol=1e-5)
    assert (mixed >= 0).all()
    quadruped = rows < 5
    assert mixed[quadruped][:, 5:].abs().max() == 0, "no body of another category"
    assert mixed[~quadruped][:, :5].abs().max() == 0
    assert torch.equal(mixed[rows >= 7], torch.eye(9)[rows[rows >= 7]]), "unlabelled creatures alone"
    horse = rows < 3
    cow_share = mixed[horse][:, 3:5].sum(1)
    assert 0.8 * MAX_CROSS_CREATURE < cow_share.max() <= MAX_CROSS_CREATURE
    same_creature = mixed[rows == 0][:, 1:3].sum(1)
    assert same_creature.max() > 0.8
    assert same_creature.min() < 0.1


def test_share_of_zero_interpolates_nothing():
    vectors, rows = torch.randn(9, 4), torch.tensor([0, 3, 6])
    assert torch.equal(
        LatentInterpolator(five_creatures(), 0.0)(vectors, rows, torch.Generator()), vectors[rows]
    )


def test_measured_limits_are_kept_pair_by_pair():
    limits = torch.zeros(9, 9)
    limits[0, 3], limits[3, 0] = 0.4, 0.1
    vectors, rows = torch.eye(9), torch.tensor([0, 3]).repeat(2000)
    interpolate = LatentInterpolator(five_creatures(), 1.0, lambda groups: limits)
    mixed = interpolate(vectors, rows, torch.Generator().manual_seed(0))
    assert 0.3 < mixed[rows == 0][:, 3].max() <= 0.4
    assert mixed[rows == 0][:, 4].max() == 0
    assert 0.05 < mixed[rows == 3][:, 0].max() <= 0.1
