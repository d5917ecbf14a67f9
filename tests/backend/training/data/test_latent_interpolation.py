"""Bodies are interpolated with others of their category, for a limited share."""

from types import SimpleNamespace

import torch
from zoetrope.training.data.latent_interpolation import LatentInterpolator, category_groups


def six_creatures():
    """Three quadrupeds and a fish; snake and spider are unlabelled."""
    categories = ("quadruped", "quadruped", "quadruped", "fish", "other", "other")
    clips = [SimpleNamespace(creature=c, category=k) for c, k in enumerate(categories)]
    creatures = ["horse", "cow", "dog", "shark", "snake", "spider"]
    return SimpleNamespace(clips=clips, creatures=creatures, device=torch.device("cpu"))


def test_interpolation_weights():
    vectors = torch.eye(6)  # an interpolated vector is then its weights
    rows = torch.arange(6).repeat(200)
    interpolate = LatentInterpolator(six_creatures(), 1.0, lambda: torch.full((6, 6), 0.25))
    mixed = interpolate(vectors, rows, torch.Generator().manual_seed(0))
    assert torch.allclose(mixed.sum(1), torch.ones(len(rows)), atol=1e-5)
    assert (mixed >= 0).all()
    quadruped = rows < 3
    assert mixed[quadruped][:, 3:].abs().max() == 0, "no body of another category"
    assert torch.equal(mixed[~quadruped], vectors[rows[~quadruped]]), (
        "the only fish, and unlabelled creatures"
    )
    others = 1 - mixed[quadruped, rows[quadruped]]
    assert 0.8 * 0.25 < others.max() <= 0.25 + 1e-6
    assert (mixed[rows == 0][:, 1:3] > 0.1).any(0).all(), "with each of the others"


def test_share_of_zero_interpolates_nothing():
    vectors, rows = torch.randn(6, 4), torch.tensor([0, 3, 5])
    interpolate = LatentInterpolator(six_creatures(), 0.0, lambda: torch.ones(6, 6))
    assert torch.equal(interpolate(vectors, rows, torch.Generator()), vectors[rows])


def test_bodies_without_measured_limits_stay_as_they_are():
    vectors, rows = torch.randn(6, 4), torch.arange(6).repeat(50)
    interpolate = LatentInterpolator(six_creatures(), 1.0)
    assert torch.equal(interpolate(vectors, rows, torch.Generator()), vectors[rows])


def test_unlabelled_creatures_are_groups_of_their_own():
    groups = category_groups(six_creatures()).tolist()
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups[2:])) == 4


def test_measured_limits_are_kept_pair_by_pair():
    limits = torch.zeros(6, 6)
    limits[0, 1], limits[1, 0] = 0.4, 0.1
    vectors, rows = torch.eye(6), torch.tensor([0, 1]).repeat(2000)
    interpolate = LatentInterpolator(six_creatures(), 1.0, lambda: limits)
    mixed = interpolate(vectors, rows, torch.Generator().manual_seed(0))
    assert 0.3 < mixed[rows == 0][:, 1].max() <= 0.4
    assert mixed[rows == 0][:, 2].max() == 0
    assert 0.05 < mixed[rows == 1][:, 0].max() <= 0.1
