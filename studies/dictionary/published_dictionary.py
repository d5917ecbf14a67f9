"""The dictionary as the published code has it, for comparison only: logarithms of coefficients, no codes.

W = U diag(exp(log s + a)) V^T + Ur diag(exp(b)) Vr^T, Ur and Vr from noise of deviation 0.001, a and b free
for every instance. At the start every residual coefficient is exp(0) = 1, and none can vanish or change sign.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.svd import truncated_svd

DEVIATION = 0.001


class _Layer(nn.Module):
    u: Tensor
    s: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, kept: int, residual: int) -> None:
        super().__init__()
        factors = truncated_svd(weight, kept, 0)
        rank = min(residual, *weight.shape)
        for name in ("u", "s", "v"):
            self.register_buffer(name, getattr(factors, name))
        self.residual_u = nn.Parameter(DEVIATION * torch.randn(weight.shape[0], rank))
        self.residual_v = nn.Parameter(DEVIATION * torch.randn(weight.shape[1], rank))

    @property
    def size(self) -> int:
        """Coefficients of one instance."""
        return int(self.s.numel() + self.residual_u.shape[1])

    def compose(self, code: Tensor) -> Tensor:
        """Log coefficients (B, k + r) -> weights (B, O, I)."""
        kept = self.s.numel()
        scale = torch.cat([self.s * code[:, :kept].exp(), code[:, kept:].exp()], dim=1)
        left = torch.cat([self.u, self.residual_u], dim=1)
        right = torch.cat([self.v, self.residual_v], dim=1)
        return (left * scale[:, None]) @ right.T

    def orthogonality_loss(self) -> Tensor:
        """Squared distance of the residual from orthonormal among itself (as published: not against U, V)."""
        loss = self.residual_u.new_zeros(())
        for matrix in (self.residual_u, self.residual_v):
            eye = torch.eye(matrix.shape[1], device=matrix.device)
            loss = loss + (matrix.T @ matrix - eye).square().sum()
        return loss


class PublishedDictionary(WeightDictionary):
    """All layers of one field (DNF's released code, commit e233e2e; `facts/papers.md` 1.4)."""

    def __init__(self, weights: Sequence[Tensor], kept: int, residual: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_Layer(weight, kept, residual) for weight in weights])

    def _typed(self) -> list[_Layer]:
        return [layer for layer in self.layers if isinstance(layer, _Layer)]

    def code_shape(self) -> tuple[int, ...]:
        """Shape of one instance's log coefficients: as many columns as the largest layer has."""
        return len(self.layers), max(layer.size for layer in self._typed())

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Log coefficients (B, L, C) -> a list of L weights (B, O, I)."""
        return [layer.compose(codes[:, i, : layer.size]) for i, layer in enumerate(self._typed())]

    def matrix_parameters(self) -> list[nn.Parameter]:
        """The residuals' matrices."""
        return [m for layer in self._typed() for m in (layer.residual_u, layer.residual_v)]

    def orthogonality_loss(self) -> Tensor:
        """Sum over layers."""
        return torch.stack([layer.orthogonality_loss() for layer in self._typed()]).sum()
