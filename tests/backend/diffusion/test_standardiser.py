"""Standardisation of tokens; constant dimensions are left out."""

import torch
from zoetrope.diffusion.standardiser import Standardiser


def test_constant_dimensions_become_zero_and_their_mean_again():
    data = torch.randn(500, 3) * torch.tensor([10.0, 0.01, 0.0]) + torch.tensor([1.0, 2.0, 3.0])
    standardiser = Standardiser(3)
    standardiser.fit(data)
    out = standardiser(data)
    assert torch.allclose(out.std(0)[:2], torch.ones(2), atol=1e-3)
    assert (out[:, 2] == 0).all()
    assert torch.allclose(standardiser.inverse(out), data, atol=1e-4)
    assert standardiser.inverse(torch.randn(5, 3))[:, 2].eq(3.0).all()


def test_dimensions_that_vary_by_rounding_only_are_constant_even_if_they_are_the_majority():
    constant = torch.full((500, 6), 1 / 3) + 1e-8 * torch.randn(500, 6)
    standardiser = Standardiser(8)
    standardiser.fit(torch.cat([constant, 0.01 * torch.randn(500, 2)], dim=1))
    assert standardiser.varies.tolist() == [0.0] * 6 + [1.0] * 2
