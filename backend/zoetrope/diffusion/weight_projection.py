"""Principal component analysis of flattened MLP weights over the training clips."""

import torch
from torch import Tensor, nn


class WeightProjection(nn.Module):
    """Mean and principal components of flattened weights.

    Parameters
    ----------
    components : int
        Coefficients of a clip, K; at most as many as there are clips less one.
    size : int
        Weights and biases of an MLP, P.
    """

    mean: Tensor
    basis: Tensor

    def __init__(self, components: int, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("basis", torch.zeros(components, size))

    @torch.no_grad()
    def fit(self, weights: Tensor) -> Tensor:
        """Set mean and components from all MLPs (N, P); return the explained share of their variance.

        The basis is orthonormal; the components are those of the N x N Gram matrix (N is far less than P).
        """
        self.mean.copy_(weights.mean(0))
        centred = (weights - self.mean).double()
        values, vectors = torch.linalg.eigh(centred @ centred.T)
        order = values.argsort(descending=True)[: len(self.basis)]
        kept = values[order].clamp(min=1e-12)
        self.basis.zero_()
        self.basis[: len(order)] = ((vectors[:, order] / kept.sqrt()).T @ centred).to(self.basis.dtype)
        return (kept.sum() / values.clamp(min=0).sum()).float()

    def forward(self, weights: Tensor) -> Tensor:
        """Project weights (..., P) to coefficients (..., K)."""
        return (weights - self.mean) @ self.basis.T

    def inverse(self, coefficients: Tensor) -> Tensor:
        """Return the weights (..., P) of coefficients (..., K)."""
        return self.mean + coefficients @ self.basis
