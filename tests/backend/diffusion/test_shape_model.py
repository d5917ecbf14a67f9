"""The shape diffusion's tokens."""

import torch
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig


def test_shape_model_splits_its_tokens():
    model = ShapeModel(ShapeModelConfig(latent=6, layers=3, code=2, width=32, depth=1))
    flat = torch.arange(12.0)[None]
    latent, codes = model.split(flat)
    assert latent.tolist() == [[0, 1, 2, 3, 4, 5]]
    assert codes.tolist() == [[[6, 7], [8, 9], [10, 11]]]
    assert model(flat, torch.tensor([0.5]), torch.tensor([0])).shape == (1, 12)
