"""Occupancy MLPs: the published size, the encoding, and batches that equal one MLP at a time."""

import math

import pytest
import torch
from zoetrope.fields.encoding import encode
from zoetrope.fields.occupancy import OccupancyConfig, initial_weights, layers, occupancy_logits


@pytest.mark.parametrize(("dimensions", "expected"), [(4, 37_889), (3, 36_737)])
def test_sizes_are_the_published_ones(dimensions, expected):
    config = OccupancyConfig(dimensions)
    assert config.parameters == expected == sum(config.tensor_sizes)
    assert config.encoded == dimensions * 9


def test_encoding_has_each_octave_of_each_coordinate():
    point = torch.tensor([0.3, -0.7])
    expected = [0.3, -0.7]
    angles = [f * x for f in (2.0, 4.0) for x in (0.3, -0.7)]
    expected += [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
    assert torch.allclose(encode(point, 2, 2.0), torch.tensor(expected))


@pytest.mark.parametrize("dimensions", [3, 4])
def test_a_batch_equals_torch_modules_one_by_one(dimensions):
    config = OccupancyConfig(dimensions, width=16, depth=2, octaves=3, frequency=1.5, time_scale=2.0)
    generator = torch.Generator().manual_seed(0)
    flat = torch.stack([initial_weights(config, generator) for _ in range(3)])
    points = torch.rand((3, 50, dimensions), generator=generator) * 2 - 1
    logits = occupancy_logits(config, flat, points)
    for i in range(3):
        at = points[i].clone()
        if dimensions == 4:
            at[:, 3] *= 2.0
        hidden = encode(at, 3, 1.5)
        parts = layers(config, flat[i : i + 1])
        for j, (weight, bias) in enumerate(parts):
            hidden = torch.nn.functional.linear(hidden, weight[0], bias[0])
            hidden = hidden.relu() if j + 1 < len(parts) else hidden
        assert torch.allclose(logits[i], hidden[:, 0], atol=1e-5)
