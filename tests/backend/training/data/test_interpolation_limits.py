"""Bodies are interpolated only as far as the field between them stays a signed distance."""

import pytest
import torch
from zoetrope.training.data.interpolation_limits import eikonal_deviations, interpolation_limits


def spheres(tokens):
    """Spheres of radius 0.5 whose gradient has the length 0.9 - 0.2 w (1 - w) between tokens 0 and 1."""
    weight = tokens[:, :1]
    return lambda points: (points.norm(dim=-1) - 0.5) * (0.9 - 0.2 * weight * (1 - weight))


def sphere_points(count=300):
    directions = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    return 0.5 * directions / directions.norm(dim=-1, keepdim=True)


def test_deviation_is_measured_at_the_surface():
    off_surface = 1.05 * sphere_points()[None]
    found = eikonal_deviations(spheres(torch.tensor([[0.0]])), off_surface)
    assert float(found[0]) == pytest.approx(0.1, abs=1e-3)


def test_weights_stop_where_the_field_melts():
    # Bodies 0 and 1 have a deviation of 0.1, so 0.125 is allowed: weights up to 0.146. Body 2 equals body 0.
    tokens, groups = torch.tensor([[0.0], [1.0], [0.0], [0.0]]), torch.tensor([0, 0, 0, 1])
    limits = interpolation_limits(spheres, tokens, [sphere_points()] * 4, groups)
    expected = torch.tensor(
        [[0.0, 0.1, 0.5, 0.0], [0.1, 0.0, 0.1, 0.0], [0.5, 0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    )
    assert torch.allclose(limits, expected)
