"""Which optimiser moves which weights.

Matrices whose outputs are hidden channels are moved by Muon: the momentum of the gradient, made orthogonal
(K. Jordan and others, 2024; torch's own, steps scaled to Adam's as in Liu and others, arXiv 2502.16982,
eq. 4). DNF and DeepSDF use Adam for all; `benchmarks/optimisers.py` compares the two on our fields.
"""

from collections.abc import Sequence

import torch
from torch import nn


def optimisers_for(
    module: nn.Module, matrices: Sequence[nn.Parameter], muon_lr: float, rate: float
) -> dict[str, torch.optim.Optimizer]:
    """Muon for `matrices`, Adam for every other parameter of `module` (biases, gains, outputs).

    Parameters
    ----------
    module : nn.Module
    matrices : sequence of (O, I) parameters of the module
    muon_lr, rate : float
        Learning rates of Muon and of Adam, on one scale. With a muon_lr of 0 Adam moves all.
    """
    if muon_lr == 0:
        return {"others": torch.optim.Adam(module.parameters(), lr=rate)}
    chosen = {id(matrix) for matrix in matrices}
    others = [p for p in module.parameters() if id(p) not in chosen]
    made: dict[str, torch.optim.Optimizer] = {}
    if matrices:
        made["matrices"] = torch.optim.Muon(
            list(matrices), lr=muon_lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        )
    if others:
        made["others"] = torch.optim.Adam(others, lr=rate)
    return made
