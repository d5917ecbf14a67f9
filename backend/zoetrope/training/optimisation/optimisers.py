"""Muon for hidden matrices, Adam for the rest.

Muon orthogonalises the momentum of the gradient (K. Jordan and others, 2024), its step size matched to Adam's
(Liu and others, arXiv 2502.16982, eq. 4). DNF and DeepSDF use Adam for everything;
`benchmarks/optimisers.py` compares the two on our fields.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from zoetrope.training.optimisation.muon import Muon


def optimisers_for(
    module: nn.Module, matrices: Sequence[nn.Parameter], muon_lr: float, lr: float
) -> dict[str, torch.optim.Optimizer]:
    """Return Muon for `matrices` and Adam for every other parameter of `module` (biases, gains, outputs).

    Parameters
    ----------
    module : nn.Module
    matrices : sequence of (O, I) parameters of the module
    muon_lr, lr : float
        Learning rates of Muon and of Adam, on one scale. With a muon_lr of 0 Adam trains all.
    """
    if muon_lr == 0:
        return {"others": torch.optim.Adam(module.parameters(), lr=lr)}
    matrix_ids = {id(matrix) for matrix in matrices}
    others = [p for p in module.parameters() if id(p) not in matrix_ids]
    optimisers: dict[str, torch.optim.Optimizer] = {}
    if matrices:
        optimisers["matrices"] = Muon(list(matrices), muon_lr)
    if others:
        optimisers["others"] = torch.optim.Adam(others, lr=lr)
    return optimisers


def bias_optimiser(biases: Iterable[nn.Parameter], lr: float) -> dict[str, torch.optim.Optimizer]:
    """Return Adam for those of a field's biases that require gradients, if there are any."""
    trained = [bias for bias in biases if bias.requires_grad]
    return {"biases": torch.optim.Adam(trained, lr=lr)} if trained else {}
