"""The dense layer's handwritten backward pass, against finite differences and autograd."""

import pytest
import torch
from zoetrope.fields.dense import dense


def random(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_(True)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(("weights", "shifts"), [(1, 1), (1, 4), (2, 4), (4, 4), (4, 1)])
def test_gradients_match_finite_differences(weights: int, shifts: int, relu: bool) -> None:
    hidden, weight, shift = random(4, 5, 3), random(weights, 6, 3), random(shifts, 1, 6)
    assert torch.autograd.gradcheck(lambda h, w, s: dense(h, w, s, relu=relu), (hidden, weight, shift))


def test_gradient_of_a_slice_of_a_weight_is_zero_elsewhere() -> None:
    hidden, whole, shift = random(2, 5, 3), random(2, 6, 7), random(2, 1, 6)
    dense(hidden, whole[:, :, :3], shift, relu=True).sum().backward()
    assert whole.grad is not None
    assert whole.grad[:, :, :3].abs().sum() > 0
    assert whole.grad[:, :, 3:].abs().sum() == 0


def test_autocast_computes_in_bfloat16_and_returns_float32_gradients() -> None:
    single = torch.float32
    inputs = random(2, 64, 32, dtype=single), random(2, 16, 32, dtype=single), random(2, 1, 16, dtype=single)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = dense(*inputs, relu=True)
    assert out.dtype == torch.bfloat16
    out.float().square().sum().backward()
    gradients = [value.grad for value in inputs]
    copies = [value.detach().clone().requires_grad_(True) for value in inputs]
    hidden, weight, shift = copies
    torch.relu(hidden @ weight.transpose(1, 2) + shift).square().sum().backward()
    for gradient, copy in zip(gradients, copies, strict=True):
        assert gradient is not None
        assert copy.grad is not None
        assert gradient.dtype == single
        assert (gradient - copy.grad).norm() < 0.02 * copy.grad.norm()
