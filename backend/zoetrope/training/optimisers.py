"""Which optimiser moves which weights.

Matrices that lie between hidden channels are moved by Muon: the momentum of the gradient, made orthogonal
(K. Jordan and others, 2024; torch's own, its rate matched to Adam's as in Liu and others, arXiv 2502.16982, eq. 4).
DNF and DeepSDF use Adam for all. Measured on the shape field of recipe `first`, 900 steps of the same batches:
clamped L1 0.0020 with Muon, 0.0074 with Adam (`benchmarks/optimisers.py`).
"""

from collections.abc import Sequence

import torch
from torch import nn


def optimisers_for(
    module: nn.Module, matrices: Sequence[nn.Parameter], matrix_rate: float, rate: float
) -> dict[str, torch.optim.Optimizer]:
    """Muon for `matrices`, Adam for every other parameter of `module` (biases, gains, outputs).

    Parameters
    ----------
    module : nn.Module
    matrices : sequence of (O, I) parameters of the module
    matrix_rate, rate : float
        Learning rates of Muon and of Adam; one scale, as Muon's steps are brought to the size of Adam's.
    """
    chosen = {id(matrix) for matrix in matrices}
    others = [p for p in module.parameters() if id(p) not in chosen]
    return {
        "matrices": torch.optim.Muon(
            list(matrices), lr=matrix_rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        ),
        "others": torch.optim.Adam(others, lr=rate),
    }
