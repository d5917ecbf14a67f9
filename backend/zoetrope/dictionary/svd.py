"""Singular value decomposition of a trained field: kept part and discarded part (DNF section 3.3)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Factors:
    """One weight matrix W (O, I) as U diag(s) V^T, split after the k largest singular values.

    u (O, k), s (k,), v (I, k) are kept ("compression"); rest_u (O, r), rest_s (r,), rest_v (I, r) are
    the next r: orthonormal among themselves and against the kept ones, they start the residual ("expansion").
    """

    u: Tensor
    s: Tensor
    v: Tensor
    rest_u: Tensor
    rest_s: Tensor
    rest_v: Tensor


def factorise(weight: Tensor, kept: int, residual: int) -> Factors:
    """Decompose a weight matrix (O, I); keeps min(kept, rank) singular values.

    A matrix with fewer than kept + residual singular values gives up kept ones for the residual only when it
    has none left: the output layers, of rank 1 to 4, keep all and have no residual.
    """
    u, s, vh = torch.linalg.svd(weight.detach().double(), full_matrices=False)
    k = min(kept, len(s))
    end = min(k + residual, len(s))
    return Factors(
        u[:, :k].float().contiguous(),
        s[:k].float().contiguous(),
        vh[:k].T.float().contiguous(),
        u[:, k:end].float().contiguous(),
        s[k:end].float().contiguous(),
        vh[k:end].T.float().contiguous(),
    )
