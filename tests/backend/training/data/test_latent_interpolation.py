"""Mixed bodies stay among those of their creature and, a given part of the way, of their category."""

from types import SimpleNamespace

import pytest
import torch
from zoetrope.training.data.latent_interpolation import LatentInterpolator


def library():
    """Two quadrupeds with three and two bodies, a fish with two; snake and spider are of no category."""
    bodies = [SimpleNamespace(creature=c) for c in (0, 0, 0, 1, 1, 2, 2, 3, 4)]
    categories = ("quadruped", "quadruped", "fish", "other", "other")
    clips = [SimpleNamespace(creature=c, category=k) for c, k in enumerate(categories)]
    return SimpleNamespace(
        bodies=bodies,
        clips=clips,
        creatures=["horse", "cow", "shark", "snake", "spider"],
        device=torch.device("cpu"),
        of_body=torch.tensor([body.creature for body in bodies]),
        first_body=torch.tensor([0, 3, 5, 7, 8]),
        body_count=torch.tensor([3, 2, 2, 1, 1]),
    )


@pytest.mark.parametrize("abroad", [0.1, 0.25])
def test_mixes(abroad):
    vectors = torch.eye(9)  # a mix says how much of which body is in it
    rows = torch.arange(9).repeat(200)
    mixed = LatentInterpolator(library(), 1.0, abroad)(vectors, rows, torch.Generator().manual_seed(0))
    assert torch.allclose(mixed.sum(1), torch.ones(len(rows)), atol=1e-5)
    assert (mixed >= 0).all()
    quadruped = rows < 5
    assert mixed[quadruped][:, 5:].abs().max() == 0
    assert mixed[~quadruped][:, :5].abs().max() == 0
    assert torch.equal(mixed[rows >= 7], torch.eye(9)[rows[rows >= 7]]), "no label, no relatives"
    first = rows < 3
    foreign = mixed[first][:, 3:5].sum(1)
    assert 0.8 * abroad < foreign.max() <= torch.tensor(abroad)
    partner = mixed[rows == 0][:, 1:3].sum(1)
    assert partner.max() > 0.8
    assert partner.min() < 0.1


def test_nothing_is_mixed_without_a_share():
    vectors, rows = torch.randn(9, 4), torch.tensor([0, 3, 6])
    assert torch.equal(
        LatentInterpolator(library(), 0.0, 0.25)(vectors, rows, torch.Generator()), vectors[rows]
    )
