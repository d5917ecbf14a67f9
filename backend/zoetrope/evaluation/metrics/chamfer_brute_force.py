"""All Chamfer distances between two sets of animated point clouds by brute force, for a GPU."""

from collections.abc import Callable

import numpy as np
import torch

PAIRS = 64
"""Pairs of frames evaluated at once: 64 x 2048 x 2048 floats are 1 GiB."""


def chamfer_matrix(
    first: np.ndarray,
    second: np.ndarray,
    device: str = "cuda",
    on_row: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Return the Chamfer distances (N, M) of sequences (N, T, P, 3) and (M, T, P, 3).

    Mean over frames of the mean squared distance to the nearest point, both directions added. Differences are
    taken before squaring (no matrix product), so nothing cancels.
    """
    a = torch.from_numpy(np.ascontiguousarray(first, dtype=np.float32)).to(device)
    b = torch.from_numpy(np.ascontiguousarray(second, dtype=np.float32)).to(device)
    out = torch.zeros(len(a), len(b), dtype=torch.float64)
    exact = "donot_use_mm_for_euclid_dist"
    for i in range(len(a)):
        for start in range(0, len(b), PAIRS):
            others = b[start : start + PAIRS]
            total = torch.zeros(len(others), dtype=torch.float64, device=device)
            for t in range(a.shape[1]):
                clouds = a[i, t].expand(len(others), -1, -1)
                squared = torch.cdist(clouds, others[:, t], compute_mode=exact).square()
                total += squared.min(2).values.double().mean(1) + squared.min(1).values.double().mean(1)
            out[i, start : start + len(others)] = (total / a.shape[1]).cpu()
        if on_row is not None:
            on_row(i + 1, len(a))
    return out.numpy()
