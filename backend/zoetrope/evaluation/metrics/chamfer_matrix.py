"""All T-frame Chamfer distances of two sets at once, by brute force in torch: the way for a GPU.

No search tree and nothing abandoned: on a GPU plain distances of all points are cheaper than either.
"""

from collections.abc import Callable

import numpy as np
import torch

PAIRS = 64
"""Pairs of frames at once: 64 x 2048 x 2048 floats are 1 GiB."""


def chamfer_matrix(
    first: np.ndarray,
    second: np.ndarray,
    device: str = "cuda",
    on_row: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """T-frame Chamfer distances (N, M) of sequences (N, T, P, 3) and (M, T, P, 3).

    Mean over frames of the mean squared distance to the nearest point, both directions added, as
    `zoetrope.evaluation.metrics.nearest_neighbours` has it. Differences are taken before they are squared: no cancellation.
    """
    a = torch.from_numpy(np.ascontiguousarray(first, dtype=np.float32)).to(device)
    b = torch.from_numpy(np.ascontiguousarray(second, dtype=np.float32)).to(device)
    out = torch.zeros(len(a), len(b), dtype=torch.float64)
    for i in range(len(a)):
        for start in range(0, len(b), PAIRS):
            others = b[start : start + PAIRS]
            total = torch.zeros(len(others), dtype=torch.float64, device=device)
            for t in range(a.shape[1]):
                here = a[i, t].expand(len(others), -1, -1)
                distance = torch.cdist(
                    here, others[:, t], compute_mode="donot_use_mm_for_euclid_dist"
                ).square()
                total += distance.min(2).values.double().mean(1) + distance.min(1).values.double().mean(1)
            out[i, start : start + len(others)] = (total / a.shape[1]).cpu()
        if on_row is not None:
            on_row(i + 1, len(a))
    return out.numpy()
