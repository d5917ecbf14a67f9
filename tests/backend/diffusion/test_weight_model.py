"""The shared projection of MLPs and the transformer over their tokens."""

import pytest
import torch
from zoetrope.diffusion.weight_model import WeightModel, WeightModelConfig
from zoetrope.diffusion.weight_projection import WeightProjection


def low_rank(clips=12, size=200, rank=3):
    generator = torch.Generator().manual_seed(0)
    factors = torch.randn((clips, rank), generator=generator)
    return 1.5 + factors @ torch.randn((rank, size), generator=generator)


def test_projection_restores_what_its_components_span():
    weights = low_rank()
    projection = WeightProjection(3, 200)
    assert projection.fit(weights).item() == pytest.approx(1.0, abs=1e-5)
    assert torch.allclose(projection.basis @ projection.basis.T, torch.eye(3), atol=1e-4)
    assert torch.allclose(projection.inverse(projection(weights)), weights, atol=1e-4)


def test_fewer_components_keep_the_largest_share():
    weights = low_rank()
    projection = WeightProjection(1, 200)
    share = projection.fit(weights).item()
    values = torch.linalg.svdvals(weights - weights.mean(0)).square()
    assert share == pytest.approx((values[0] / values.sum()).item(), rel=1e-4)


def test_more_components_than_clips_add_nothing():
    weights = low_rank(clips=4)
    projection = WeightProjection(8, 200)
    projection.fit(weights)
    assert torch.allclose(projection.inverse(projection(weights)), weights, atol=1e-3)


def test_transformer_takes_tokens_of_any_sizes():
    model = WeightModel(WeightModelConfig((5, 1, 7), 2, 3, width=16, depth=1, heads=2)).eval()
    x = torch.randn(4, 13)
    labels = torch.tensor([0, 1, 2, 2]), torch.tensor([0, 3, 1, 2])
    out = model(x, torch.rand(4), *labels)
    assert out.shape == x.shape
    assert out.isfinite().all()


@pytest.mark.parametrize("standardised", [True, False])
def test_standardisation_is_optional(standardised):
    model = WeightModel(WeightModelConfig((4,), width=16, depth=1, heads=2, standardised=standardised))
    data = 5 + 3 * torch.randn((50, 4), generator=torch.Generator().manual_seed(0))
    model.fit_standardiser(data)
    mean = model.standardiser(data).mean().item()
    assert mean == pytest.approx(0.0 if standardised else data.mean().item(), abs=1e-5)
