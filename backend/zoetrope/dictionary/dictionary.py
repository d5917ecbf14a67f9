"""The dictionary: shared singular vectors, and per-instance coefficients that come from small layer codes.

W = U diag(s (1 + a)) V^T + Ur diag(b) Vr^T   (after DNF eq. 3-5, with signed coefficients that start at 0)
[a; b] = M c + m                              (c: the layer's code, M and m shared and learned)

A live dictionary goes on learning what DNF freezes: W = W1 + U diag(s a) V^T + Ur diag(b) Vr^T, where W1
starts as the whole pre-trained matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.svd import factorise
from zoetrope.fields.precision import working_dtype


@dataclass(frozen=True)
class DictionaryConfig:
    """Sizes of a dictionary.

    kept : singular values kept a layer (DNF: three quarters of the width); residual : rank of the expansion;
    code : numbers a layer that make the coefficients.
    live : the shared matrix is learned on beside the codes; DNF's stays what pre-training left.
    """

    kept: int = 192
    residual: int = 32
    code: int = 16
    live: bool = False


class DictionaryLayer(nn.Module):
    """One layer's factors: the kept part is frozen, the residual and the code's linear map are learned.

    shared (O, I): the matrix of the zero code, where it is learned.
    """

    u: Tensor
    s: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, config: DictionaryConfig) -> None:
        super().__init__()
        factors = factorise(weight, config.kept, config.residual)
        self.register_buffer("u", factors.u)
        self.register_buffer("s", factors.s)
        self.register_buffer("v", factors.v)
        self.residual_u = nn.Parameter(factors.rest_u)
        self.residual_v = nn.Parameter(factors.rest_v)
        count = factors.s.numel() + factors.rest_u.shape[1]
        self.map = nn.Parameter(0.1 * torch.randn(count, config.code) / config.code**0.5)
        # The shared part of the residual starts as what it replaces: compression then costs only what lies
        # beyond it, instead of a network that must be trained anew.
        start = torch.zeros_like(factors.rest_s) if config.live else factors.rest_s
        self.offset = nn.Parameter(torch.cat([torch.zeros_like(factors.s), start]))
        self.shared = nn.Parameter(weight.detach().clone()) if config.live else None

    def coefficients(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (B, C) -> a (B, k) and b (B, r): the shared offset m for the zero code."""
        both = code @ self.map.T + self.offset
        return both[:, : self.s.numel()], both[:, self.s.numel() :]

    def compose(self, code: Tensor) -> Tensor:
        """Codes (B, C) -> weights (B, O, I)."""
        a, b = self.coefficients(code)
        if self.shared is None:
            a = 1.0 + a
        dtype = working_dtype(code)
        scales = torch.cat([a, b], dim=1).to(dtype)
        left = torch.cat([self.u * self.s, self.residual_u], dim=1).to(dtype)  # (out, k + r)
        right = torch.cat([self.v, self.residual_v], dim=1).to(dtype)  # (in, k + r)
        product = (left * scales[:, None]) @ right.T
        return product if self.shared is None else product + self.shared.to(dtype)

    def orthogonality(self) -> Tensor:
        """Squared distance of the residual from orthonormal, among itself and against the kept part."""
        loss = self.residual_u.new_zeros(())
        for kept, residual in ((self.u, self.residual_u), (self.v, self.residual_v)):
            eye = torch.eye(residual.shape[1], device=residual.device)
            loss = loss + (residual.T @ residual - eye).square().sum() + (kept.T @ residual).square().sum()
        return loss


class Dictionary(WeightDictionary):
    """All layers of one field. Biases stay the field's own, shared by every instance (as DNF's)."""

    def __init__(self, weights: Sequence[Tensor], config: DictionaryConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList([DictionaryLayer(weight, config) for weight in weights])

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Codes (B, L, C), one a layer -> a list of L weights (B, O, I)."""
        return [layer.compose(codes[:, i]) for i, layer in enumerate(self.dictionary_layers())]

    def code_shape(self) -> tuple[int, ...]:
        """Shape of one instance's codes (L, C)."""
        return len(self.layers), self.config.code

    def residuals(self) -> list[nn.Parameter]:
        """The learned matrices: residuals' singular vectors where a layer has any; hidden shared matrices."""
        layers = self.dictionary_layers()
        both = [m for layer in layers for m in (layer.residual_u, layer.residual_v)]
        shared = [layer.shared for layer in layers[:-1] if layer.shared is not None]
        return [*(m for m in both if m.shape[1]), *shared]

    def orthogonality(self) -> Tensor:
        """Sum of the layers' orthogonality losses (DNF's regulariser, extended to the kept part)."""
        return torch.stack([layer.orthogonality() for layer in self.dictionary_layers()]).sum()

    def dictionary_layers(self) -> list[DictionaryLayer]:
        """The layers, typed."""
        return [layer for layer in self.layers if isinstance(layer, DictionaryLayer)]
