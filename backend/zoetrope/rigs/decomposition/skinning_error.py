"""How far a skinned mesh is from the vertex animation that it stands for."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from zoetrope.rigs.decomposition.scaled_frames import ScaledFrames
from zoetrope.rigs.skeleton import SkinWeights

MEASURED = 20_000_000
"""Distances that the quantile is taken from at most; of more, those of every n-th vertex."""
QUANTILE = 0.99


@dataclass(frozen=True)
class SkinningError:
    """Distance between skinned and given vertices over all frames, in the frames' unit.

    p99 : what 99 % of the vertices stay within.
    """

    mean: float
    p99: float
    largest: float

    def times(self, scale: float) -> "SkinningError":
        """Return the error in another unit."""
        return SkinningError(self.mean * scale, self.p99 * scale, self.largest * scale)


def skinning_error(
    rest: np.ndarray, weights: SkinWeights, transforms: np.ndarray, frames: ScaledFrames, times: np.ndarray
) -> SkinningError:
    """Return the error of bones with transforms (T', B, 3, 4) at some frames, `times` (T',) int."""
    points = np.column_stack([rest, np.ones(len(rest))])
    rows = np.repeat(np.arange(len(rest)), weights.joints.shape[1])
    blend = sp.csr_array(
        (weights.values.ravel(), (rows, weights.joints.ravel())), shape=(len(rest), transforms.shape[1])
    )
    stride = -(-len(times) * len(rest) // MEASURED)
    total, largest, kept = 0.0, 0.0, []
    for time, matrices in zip(times, transforms, strict=True):
        blended = (blend @ matrices.reshape(-1, 12)).reshape(-1, 3, 4)
        skinned = np.einsum("vab,vb->va", blended, points)
        distance = np.linalg.norm(skinned - frames.frame(int(time)), axis=1)
        total, largest = total + float(distance.sum()), max(largest, float(distance.max()))
        kept.append(distance[::stride].astype(np.float32))
    quantile = float(np.quantile(np.concatenate(kept), QUANTILE))
    return SkinningError(total / (len(times) * len(rest)), quantile, largest)
