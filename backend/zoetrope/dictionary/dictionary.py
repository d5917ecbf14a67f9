"""The dictionary: composes an instance's weights from shared singular vectors and the instance's codes.

Per layer, with the singular value decomposition U diag(s) V^T of the pre-trained weight (`svd.py`):

    W = U diag(s (1 + a)) V^T + Ur diag(b) Vr^T       frozen dictionary, after DNF eq. 3-5
    W = W0 + U diag(s a) V^T + Ur diag(b) Vr^T        live dictionary
    [a; b] = M c + m

c is the instance's code of this layer; the linear map M, m, the residual vectors Ur, Vr and, in a live
dictionary, W0 (initially the pre-trained weight) are shared and learned. Coefficients are signed
(DNF stores logarithms); before training the zero code gives a = 0, and b = the singular values that Ur, Vr
start from (frozen) or 0 (live).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.svd import truncated_svd
from zoetrope.fields.dense import autocast_dtype


@dataclass(frozen=True)
class DictionaryConfig:
    """Sizes of a dictionary.

    kept : singular values kept per layer (DNF: three quarters of the width).
    residual : rank of the learned residual ("expansion").
    code : size of a layer's code, from which the coefficients are computed.
    live : whether the shared weight goes on learning; DNF freezes it after pre-training.
    """

    kept: int = 192
    residual: int = 32
    code: int = 16
    live: bool = False


class DictionaryLayer(nn.Module):
    """Factors of one layer's weight (O, I).

    u, s, v : frozen kept singular vectors and values; residual_u, residual_v : learned residual vectors.
    map, offset : linear map from a code to the coefficients [a; b].
    shared : W0 of a live dictionary, else None.
    """

    u: Tensor
    s: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, config: DictionaryConfig) -> None:
        super().__init__()
        factors = truncated_svd(weight, config.kept, config.residual)
        self.register_buffer("u", factors.u)
        self.register_buffer("s", factors.s)
        self.register_buffer("v", factors.v)
        self.residual_u = nn.Parameter(factors.residual_u)
        self.residual_v = nn.Parameter(factors.residual_v)
        count = factors.s.numel() + factors.residual_u.shape[1]
        self.map = nn.Parameter(0.1 * torch.randn(count, config.code) / config.code**0.5)
        # With the zero code the residual is the singular values that it starts from, so fine-tuning begins at
        # the best approximation of rank kept + residual.
        start = torch.zeros_like(factors.residual_s) if config.live else factors.residual_s
        self.offset = nn.Parameter(torch.cat([torch.zeros_like(factors.s), start]))
        self.shared = nn.Parameter(weight.detach().clone()) if config.live else None

    def coefficients(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coefficients a (B, k) and b (B, r) of codes (B, C)."""
        both = code @ self.map.T + self.offset
        return both[:, : self.s.numel()], both[:, self.s.numel() :]

    def compose(self, code: Tensor) -> Tensor:
        """Return the composed weights (B, O, I) of codes (B, C); equations at the top of this file."""
        a, b = self.coefficients(code)
        if self.shared is None:
            a = 1.0 + a
        dtype = autocast_dtype(code)
        scales = torch.cat([a, b], dim=1).to(dtype)
        left = torch.cat([self.u * self.s, self.residual_u], dim=1).to(dtype)  # (O, k + r)
        right = torch.cat([self.v, self.residual_v], dim=1).to(dtype)  # (I, k + r)
        product = (left * scales[:, None]) @ right.T
        return product if self.shared is None else product + self.shared.to(dtype)

    def orthogonality_loss(self) -> Tensor:
        """Return the squared error of Ur, Vr from orthonormal among themselves and to the kept vectors."""
        loss = self.residual_u.new_zeros(())
        for kept, residual in ((self.u, self.residual_u), (self.v, self.residual_v)):
            eye = torch.eye(residual.shape[1], device=residual.device)
            loss = loss + (residual.T @ residual - eye).square().sum() + (kept.T @ residual).square().sum()
        return loss


class Dictionary(WeightDictionary):
    """Dictionary of all layers of one field. As in DNF, all instances share the field's biases."""

    def __init__(self, weights: Sequence[Tensor], config: DictionaryConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList([DictionaryLayer(weight, config) for weight in weights])

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Return the L layers' weights (B, O, I) for codes (B, L, C)."""
        return [layer.compose(codes[:, i]) for i, layer in enumerate(self.dictionary_layers())]

    def code_shape(self) -> tuple[int, ...]:
        """Return the shape (L, C) of one instance's codes."""
        return len(self.layers), self.config.code

    def matrix_parameters(self) -> list[nn.Parameter]:
        """Return the residual vectors of layers that have any, and W0 of the hidden layers."""
        layers = self.dictionary_layers()
        both = [m for layer in layers for m in (layer.residual_u, layer.residual_v)]
        shared = [layer.shared for layer in layers[:-1] if layer.shared is not None]
        return [*(m for m in both if m.shape[1]), *shared]

    def orthogonality_loss(self) -> Tensor:
        """Return the sum over layers (DNF's regulariser, extended to the kept vectors)."""
        return torch.stack([layer.orthogonality_loss() for layer in self.dictionary_layers()]).sum()

    def dictionary_layers(self) -> list[DictionaryLayer]:
        """Return the layers with their type."""
        return [layer for layer in self.layers if isinstance(layer, DictionaryLayer)]
