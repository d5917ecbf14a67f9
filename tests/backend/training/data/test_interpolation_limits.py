"""Bodies are interpolated only as far as the field between them stays a signed distance."""

import pytest
import torch
from zoetrope.training.data.interpolation_limits import eikonal_deviations, interpolation_limits


def spheres(tokens):
    """Spheres of radius 0.5; the gradient is short by 0.1, by 0.6 w (1 - w) between two, by a roughness."""
    weight, roughness = tokens[:, :1], tokens[:, 1:]
    gradient = 0.9 - 0.6 * weight * (1 - weight) - 0.1 * roughness
    return lambda points: (points.norm(dim=-1) - 0.5) * gradient


def sphere_points(count=300):
    directions = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    return 0.5 * directions / directions.norm(dim=-1, keepdim=True)


def test_deviation_is_measured_at_the_surface():
    off_surface = 1.05 * sphere_points()[None]
    found = eikonal_deviations(spheres(torch.tensor([[0.0, 0.0]])), off_surface)
    assert float(found[0]) == pytest.approx(0.1, abs=1e-3)


def test_weights_stop_where_the_field_melts():
    # Bodies 0 to 2 have a deviation of 0.1 and body 3 of 0.2, so 0.17 is allowed (the quantile): between 0
    # and 1 weights up to 0.135. Body 2 equals body 0, body 3 is beyond the limit itself, body 4 is of
    # another group.
    tokens = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    groups = torch.tensor([0, 0, 0, 0, 1])
    limits = interpolation_limits(spheres, tokens, [sphere_points()] * 5, groups)
    expected = torch.zeros(5, 5)
    expected[[0, 2], [2, 0]] = 0.5
    expected[[0, 1, 1, 2, 1], [1, 0, 2, 1, 3]] = 0.1
    expected[[0, 2], [3, 3]] = 0.5
    assert torch.allclose(limits, expected)
