"""The dense layer's own backward pass, against finite differences and against autograd's."""

import pytest
import torch
from zoetrope.fields.dense import dense


def numbers(*shape: int, kind: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=kind).requires_grad_(True)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(("weights", "shifts"), [(1, 1), (1, 4), (2, 4), (4, 4), (4, 1)])
def test_gradients_are_those_of_finite_differences(weights: int, shifts: int, relu: bool) -> None:
    hidden, weight, shift = numbers(4, 5, 3), numbers(weights, 6, 3), numbers(shifts, 1, 6)
    assert torch.autograd.gradcheck(
        lambda h, w, s: dense(h, w, s, relu=relu), (hidden, weight, shift)
    )


def test_a_columns_slice_of_a_weight_gets_its_own_gradient_alone() -> None:
    hidden, whole, shift = numbers(2, 5, 3), numbers(2, 6, 7), numbers(2, 1, 6)
    dense(hidden, whole[:, :, :3], shift, relu=True).sum().backward()
    assert whole.grad is not None
    assert whole.grad[:, :, :3].abs().sum() > 0
    assert whole.grad[:, :, 3:].abs().sum() == 0


def test_autocast_computes_in_bfloat16_and_gives_gradients_in_what_was_put_in() -> None:
    single = torch.float32
    inputs = numbers(2, 64, 32, kind=single), numbers(2, 16, 32, kind=single), numbers(2, 1, 16, kind=single)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = dense(*inputs, relu=True)
    assert out.dtype == torch.bfloat16
    out.float().square().sum().backward()
    ours = [value.grad for value in inputs]
    copies = [value.detach().clone().requires_grad_(True) for value in inputs]
    hidden, weight, shift = copies
    torch.relu(hidden @ weight.transpose(1, 2) + shift).square().sum().backward()
    for own, copy in zip(ours, copies, strict=True):
        assert own is not None
        assert copy.grad is not None
        assert own.dtype == single
        assert (own - copy.grad).norm() < 0.02 * copy.grad.norm()
