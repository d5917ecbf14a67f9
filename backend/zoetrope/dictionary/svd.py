"""Truncated singular value decomposition of a trained field's weights (DNF section 3.3)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SvdFactors:
    """Singular vectors and values of one weight matrix W (O, I) = U diag(s) V^T, in descending order.

    u (O, k), s (k,), v (I, k) are the largest k, which are kept ("compression"). residual_u (O, r),
    residual_s (r,), residual_v (I, r) are the next r, from which the learned residual starts ("expansion").
    """

    u: Tensor
    s: Tensor
    v: Tensor
    residual_u: Tensor
    residual_s: Tensor
    residual_v: Tensor


def truncated_svd(weight: Tensor, kept: int, residual: int) -> SvdFactors:
    """Decompose a weight matrix (O, I).

    Of a matrix of rank n, min(kept, n) singular values are kept and up to `residual` of the others start the
    residual: output layers (rank 1 to 4) keep all and have no residual.
    """
    u, s, vh = torch.linalg.svd(weight.detach().double(), full_matrices=False)
    k = min(kept, len(s))
    end = min(k + residual, len(s))
    return SvdFactors(
        u[:, :k].float().contiguous(),
        s[:k].float().contiguous(),
        vh[:k].T.float().contiguous(),
        u[:, k:end].float().contiguous(),
        s[k:end].float().contiguous(),
        vh[k:end].T.float().contiguous(),
    )
