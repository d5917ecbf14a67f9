"""Muon, orthogonalising in float32 on processors without bfloat16 instructions.

torch's Muon always orthogonalises in bfloat16, which such processors emulate, some 30 times as slowly
(`benchmarks/muon_precision.py`).
"""

from typing import Any

import torch
from torch import Tensor

from zoetrope.training.optimisation.mixed_precision import has_fast_bfloat16

RMS = 0.2
"""Root mean square of an update at a learning rate of 1, which makes steps as long as those of Adam
(Liu and others, arXiv 2502.16982, eq. 4)."""


def orthogonalise(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """Bring all singular values of a matrix (O, I) near 1 by Newton-Schulz iteration, in its own precision.

    The published coefficients bring them to between 0.7 and 1.2 in five steps (K. Jordan and others, 2024).
    """
    a, b, c = coefficients
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / wide.norm().clamp_min(eps)
    for _ in range(steps):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T


class Muon(torch.optim.Muon):
    """torch's Muon with Nesterov momentum, steps matched to Adam's and no weight decay.

    Parameters
    ----------
    matrices : list of (O, I) parameters
    lr : float
    """

    def __init__(self, matrices: list[torch.nn.Parameter], lr: float) -> None:
        super().__init__(matrices, lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Update the matrices that have gradients."""
        if has_fast_bfloat16(self.param_groups[0]["params"][0].device):
            return super().step(closure)
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is not None:
                    self._update(matrix, group)
        return loss

    def _update(self, matrix: Tensor, group: dict[str, Any]) -> None:
        gradient, state = matrix.grad, self.state[matrix]
        assert gradient is not None
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        average = state["momentum_buffer"].lerp_(gradient, 1 - group["momentum"])
        update = gradient.lerp(average, group["momentum"])
        update = orthogonalise(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        matrix.add_(update, alpha=-group["lr"] * RMS * max(matrix.shape) ** 0.5)
