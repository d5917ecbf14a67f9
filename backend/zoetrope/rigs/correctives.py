"""Corrective shape keys: what skinning misses, added to the rest pose before it is skinned.

Linear blend skinning moves a point x of the rest pose to A x + b, with a blend A of the joints' rotations.
The residual e of a frame is moved to the rest pose by the inverse of A (pose space deformation, Lewis et al.
2000), so that A (x + A^-1 e) + b is the frame's vertex. The displacements of all frames are reduced to few
shapes by a singular value decomposition; their values are keyed beside the joints.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoetrope.rigs.skeleton import JointMotion, Skeleton, SkeletonMotion, SkinWeights, blended_transforms

TOLERANCE = 0.002
"""Mean distance between skinned and given vertices of any clip, as a share of the rest pose's diagonal."""
DAMPING = 0.01
"""Added to the squared singular values of A, which is singular where joints turn against each other: the
residual of a rigid part is restored to 99 %, and no displacement is over five times its residual."""


@dataclass(frozen=True)
class Correctives:
    """Shapes that are added to the rest pose before skinning.

    Parameters
    ----------
    offsets : (K, V, 3) float32
        Displacements of the rest pose. The first shape is constant: all its values are 1.
    values : tuple of (T, K) float32
        One a clip, from 0 to 1, as Blender's glTF importer and some engines require.
    errors : tuple of float
        Mean distance of each clip's vertices with the correctives, share of the diagonal.
    """

    offsets: np.ndarray
    values: tuple[np.ndarray, ...]
    errors: tuple[float, ...]


def fit_correctives(
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    motions: Sequence[SkeletonMotion | JointMotion],
    clips: Sequence[np.ndarray],
    tolerance: float = TOLERANCE,
) -> Correctives | None:
    """Return the fewest correctives with which every clip is within the tolerance; None if none are needed.

    Parameters
    ----------
    rest : (V, 3) float
    motions : sequence of SkeletonMotion or JointMotion
        Fitted to the clips.
    clips : sequence of (T, V, 3) float
    tolerance : float
        See `TOLERANCE`.
    """
    diagonal = float(np.linalg.norm(np.ptp(rest, axis=0)))
    residuals = [_Residual(skeleton, weights, rest, *one) for one in zip(motions, clips, strict=True)]
    if max(float(one.error(None).mean()) for one in residuals) <= tolerance * diagonal:
        return None
    moves = np.concatenate([one.at_rest() for one in residuals]).reshape(-1, rest.size)
    mean = moves.mean(axis=0)
    basis, coefficients = _principal_components(moves - mean)
    bounds = np.cumsum([len(clip) for clip in clips])[:-1]

    def errors(count: int) -> list[float]:
        shown = mean + coefficients[:, :count] @ basis[:count]
        parts = np.split(shown.reshape(-1, *rest.shape), bounds)
        return [float(one.error(part).mean()) / diagonal for one, part in zip(residuals, parts, strict=True)]

    low, count = -1, len(basis)
    while count - low > 1:
        middle = (low + count) // 2
        low, count = (low, middle) if max(errors(middle)) <= tolerance else (middle, count)
    basis, coefficients = basis[:count], coefficients[:, :count]
    lowest, span = coefficients.min(axis=0), np.maximum(np.ptp(coefficients, axis=0), 1e-12)
    offsets = np.vstack([mean + lowest @ basis, basis * span[:, None]]).reshape(-1, *rest.shape)
    values = np.column_stack([np.ones(len(coefficients)), (coefficients - lowest) / span])
    return Correctives(
        offsets.astype(np.float32),
        tuple(part.astype(np.float32) for part in np.split(values, bounds)),
        tuple(errors(count)),
    )


class _Residual:
    """One clip's vertices less its skinned rest pose, and the linear parts of the skinning."""

    def __init__(
        self,
        skeleton: Skeleton,
        weights: SkinWeights,
        rest: np.ndarray,
        motion: SkeletonMotion | JointMotion,
        frames: np.ndarray,
    ) -> None:
        self.linear = np.empty((*frames.shape, 3), np.float32)
        self.vectors = np.empty(frames.shape, np.float32)
        for i, blended in enumerate(blended_transforms(weights, skeleton, motion)):
            self.linear[i] = blended[..., :3]
            self.vectors[i] = frames[i] - np.einsum("vab,vb->va", blended[..., :3], rest) - blended[..., 3]

    def at_rest(self) -> np.ndarray:
        """Return the displacements (T, V, 3) of the rest pose that skinning moves onto the residual."""
        out = np.empty_like(self.vectors)
        for i, (linear, vectors) in enumerate(zip(self.linear, self.vectors, strict=True)):
            squares = linear @ np.swapaxes(linear, -1, -2) + DAMPING * np.eye(3, dtype=np.float32)
            solved = np.linalg.solve(squares, vectors[..., None])
            out[i] = (np.swapaxes(linear, -1, -2) @ solved)[..., 0]
        return out

    def error(self, moves: np.ndarray | None) -> np.ndarray:
        """Return the distances (T, V) that are left with displacements (T, V, 3) of the rest pose."""
        if moves is None:
            return np.asarray(np.linalg.norm(self.vectors, axis=-1))
        left = np.empty(self.vectors.shape[:2], np.float32)
        for i, (linear, vectors) in enumerate(zip(self.linear, self.vectors, strict=True)):
            left[i] = np.linalg.norm(vectors - np.einsum("vab,vb->va", linear, moves[i]), axis=-1)
        return left


def _principal_components(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal directions (K, N) of rows (T, N), the largest first, and coefficients (T, K)."""
    values, vectors = np.linalg.eigh(rows.astype(np.float64) @ rows.T.astype(np.float64))
    kept = values > max(values[-1], 1e-30) * 1e-12
    singular = np.sqrt(values[kept])[::-1]
    vectors = vectors[:, kept][:, ::-1]
    return (vectors / singular).T.astype(np.float32) @ rows, (vectors * singular).astype(np.float32)
