"""Muon in float32 does what torch's does in bfloat16."""

import pytest
import torch
from torch import nn
from zoetrope.training.optimisation.muon import Muon, orthogonalise

COEFFICIENTS = (3.4445, -4.775, 2.0315)
"""torch's default, as published."""
LR = 5e-3


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (32, 32)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(shape, generator=generator, dtype=torch.float64)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalise(matrix, COEFFICIENTS, 5, 1e-7)
    core = left.T @ found @ right.T
    assert torch.allclose(core, torch.diag(core.diagonal()), atol=1e-9)
    assert 0.6 < float(core.diagonal().min()) <= float(core.diagonal().max()) < 1.3


def test_steps_are_those_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(1)
    start = [torch.randn(shape, generator=generator) for shape in ((48, 64), (64, 24))]
    ours, theirs, unused = ([nn.Parameter(one.clone()) for one in start] for _ in range(3))
    optimiser = Muon([*ours, *unused], LR)
    reference = torch.optim.Muon(theirs, lr=LR, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    for _ in range(4):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=generator)
            b.grad = a.grad.clone()
        optimiser.step()
        reference.step()
    for a, b, before in zip(ours, theirs, start, strict=True):
        assert torch.norm(a - b) < 0.05 * torch.norm(b - before)
    assert all(torch.equal(a, before) for a, before in zip(unused, start, strict=True))


def test_with_instructions_it_is_torch_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = (nn.Parameter(torch.arange(12.0).reshape(3, 4)) for _ in range(2))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    optimisers = (
        Muon([ours], LR),
        torch.optim.Muon([theirs], lr=LR, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
    )
    for parameter, optimiser in zip((ours, theirs), optimisers, strict=True):
        parameter.grad = torch.ones(3, 4)
        optimiser.step()
    assert torch.equal(ours, theirs)
