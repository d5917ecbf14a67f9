"""Fitting a skeleton to a vertex animation: a rotation a joint and one translation, frame by frame.

The rest pose, the joints and the skin weights are given. With joints that are held together, a skinned vertex
is linear in the joints' rotations:

    x_p = h_1 + t + sum over j of R_j b_pj
    b_pj = w_pj (p - h_j) + sum over children c of j of W_pc (h_c - h_j)

with the heads h, the weights w, and W_pc the weight of vertex p on joint c and all below it. The sum of
squared distances is therefore a quadratic form of the rotations whose coefficients are sums over the
vertices, made once; Levenberg-Marquardt steps on it cost the same for any number of vertices. Rotations
start at the best rigid fit of each joint's own vertices (Kabsch 1976).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.geometry.rigid_alignment import fit_rigid_transforms
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

ITERATIONS = 15
"""Levenberg-Marquardt steps of every frame."""
MIN_WEIGHT = 0.3
MIN_VERTICES = 6
"""A joint with fewer vertices of that weight starts at its parent's rotation."""
DEVIATION_PENALTY = 1e-3
"""Of squared angles from the start, against mean squared distances in per cent of the diagonal: it decides
where the vertices do not (twist of thin limbs, joints with few vertices)."""
SMOOTHNESS_PENALTY = 3e-3
"""Of squared angles from the mean of the frames before and after."""
DAMPING = 1e-2
"""Of the first step, on the diagonal of the normal equations (Levenberg-Marquardt)."""
TOLERANCE = 1e-3
"""A step may increase a frame's squared distance by this share: the penalties pull too."""


@dataclass(frozen=True)
class FitError:
    """Distance between skinned and given vertices, as a share of the rest pose's diagonal.

    mean, p99 : float
        Mean and 99th percentile over vertices and frames.
    """

    mean: float
    p99: float


def fit_motion(
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    frames: np.ndarray,
    *,
    cyclic: bool = False,
    importance: np.ndarray | None = None,
    start: SkeletonMotion | None = None,
    iterations: int = ITERATIONS,
) -> SkeletonMotion:
    """Fit a skeleton's motion to frames: the rotations of the module's formula, and the translation.

    Parameters
    ----------
    skeleton : Skeleton
    weights : SkinWeights
    rest : (V, 3) float
        Rest pose that the weights belong to. No vertex has weight on the root.
    frames : (T, V, 3) float
    cyclic : bool
        The last frame leads to the first.
    importance : (V,) float, optional
        Weight of each vertex; 1 by default.
    start : SkeletonMotion, optional
        What is refined; by default each joint's own rigid fit.
    iterations : int
    """
    start = start or rigid_start(skeleton, weights, rest, frames)
    form = _QuadraticForm(skeleton, weights, rest, frames, importance)
    state = _State(start.rotations[:, 1:].copy(), start.translation.copy())
    first, damping = state.rotations, np.full(len(frames), DAMPING)
    loss = form.loss(state)
    for _ in range(iterations):
        tried = _step(form, state, first, damping, cyclic)
        after = form.loss(tried)
        better = after < loss * (1.0 + TOLERANCE)
        state = _State(
            np.where(better[:, None, None, None], tried.rotations, state.rotations),
            np.where(better[:, None], tried.translation, state.translation),
        )
        loss = np.where(better, after, loss)
        damping = np.clip(np.where(better, damping / 5.0, damping * 10.0), 1e-6, 1e6)
    rotations, translation = state
    identity = np.tile(np.eye(3), (len(frames), 1, 1, 1))
    rotations = np.concatenate([identity, rotations], axis=1)
    _follow_parents(skeleton, weights, rotations, start.rotations)
    return SkeletonMotion(rotations, translation)


def fit_error(
    skeleton: Skeleton, weights: SkinWeights, rest: np.ndarray, frames: np.ndarray, motion: SkeletonMotion
) -> FitError:
    """Return how far the skinned vertices are from the frames (T, V, 3) that they were fitted to."""
    distance = np.linalg.norm(skin(rest, weights, skeleton, motion) - frames, axis=-1)
    distance /= np.linalg.norm(np.ptp(rest, axis=0))
    return FitError(float(distance.mean()), float(np.quantile(distance, 0.99)))


class _State(NamedTuple):
    """rotations : (T, J - 1, 3, 3); translation : (T, 3)."""

    rotations: np.ndarray
    translation: np.ndarray


def _step(
    form: "_QuadraticForm", state: _State, first: np.ndarray, damping: np.ndarray, cyclic: bool
) -> _State:
    """One Levenberg-Marquardt step; damping (T,) is added to the diagonal."""
    rotations = state.rotations
    size = 3 * rotations.shape[1]
    matrix, gradient = form.normal_equations(state)
    diagonal = np.arange(size)
    matrix[:, diagonal, diagonal] += DEVIATION_PENALTY + SMOOTHNESS_PENALTY + damping[:, None]
    pull = DEVIATION_PENALTY * _log(first, rotations)
    pull += SMOOTHNESS_PENALTY * _log(_neighbour_mean(rotations, cyclic), rotations)
    gradient[:, :size] += pull.reshape(len(pull), -1)
    step = np.linalg.solve(matrix, gradient[..., None])[..., 0]
    turned = Rotation.from_rotvec(step[:, :size].reshape(-1, 3)).as_matrix().reshape(rotations.shape)
    return _State(turned @ rotations, state.translation + step[:, size:] * form.unit)


class _QuadraticForm:
    """The mean squared distance between skinned and given vertices; lengths in per cent of the diagonal."""

    def __init__(
        self,
        skeleton: Skeleton,
        weights: SkinWeights,
        rest: np.ndarray,
        frames: np.ndarray,
        importance: np.ndarray | None,
    ) -> None:
        self.unit = float(np.linalg.norm(np.ptp(rest, axis=0))) / 100.0
        share = np.ones(len(rest)) if importance is None else importance
        share = share / share.sum()
        levers = _levers(skeleton, weights, rest) / self.unit  # (vertex, joint, 3)
        count = levers.shape[1]
        flat = levers.reshape(len(rest), -1)
        weighted = share[:, None] * flat
        gram = (weighted.T @ flat).reshape(count, 3, count, 3)
        self.gram = np.ascontiguousarray(gram.transpose(0, 2, 1, 3))  # (joint i, joint j, 3, 3)
        goal = frames / self.unit
        products = np.einsum("va,tvc->tac", weighted, goal, optimize=True)
        self.cross = products.reshape(len(frames), count, 3, 3)  # sum of b q^T
        self.sums = weighted.sum(axis=0).reshape(count, 3)
        self.goal_mean = np.einsum("v,tvc->tc", share, goal)
        self.goal_square = np.einsum("v,tvc,tvc->t", share, goal, goal, optimize=True)
        self.base = skeleton.heads[1] / self.unit

    def loss(self, state: _State) -> np.ndarray:
        """Return the mean squared distance (T,), but for a constant of each frame."""
        place = self.base + state.translation / self.unit
        reached = np.einsum("ijab,tjcb->tiac", self.gram, state.rotations, optimize=True)
        squares = np.einsum("tiba,tiab->t", state.rotations, reached, optimize=True)
        products = np.einsum("tiba,tiab->t", state.rotations, self.cross, optimize=True)
        sums = (state.rotations @ self.sums[..., None])[..., 0].sum(axis=1)
        shift = (place * place).sum(axis=1) + 2.0 * (place * (sums - self.goal_mean)).sum(axis=1)
        return np.asarray(squares - 2.0 * products + shift + self.goal_square)

    def normal_equations(self, state: _State) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrices (T, 3J + 3, 3J + 3) and right sides (T, 3J + 3) of a Gauss-Newton step.

        Unknowns are a small rotation vector of each joint, in the world, and a shift of the translation.
        """
        rotations, translation = state
        frames, count = rotations.shape[:2]
        place = self.base + translation / self.unit
        turned_sums = (rotations @ self.sums[..., None])[..., 0]
        # M_ij = sum of a_i a_j^T with a_i = R_i b_i;  H_ij = tr(M_ij) I - M_ji
        moments = np.einsum("tiab,ijbc,tjdc->tijad", rotations, self.gram, rotations, optimize=True)
        trace = np.einsum("tijaa->tij", moments)
        blocks = trace[..., None, None] * np.eye(3) - np.swapaxes(moments, -1, -2)
        size = 3 * count
        matrix = np.zeros((frames, size + 3, size + 3))
        matrix[:, :size, :size] = blocks.transpose(0, 1, 3, 2, 4).reshape(frames, size, size)
        lever = _cross_matrices(turned_sums).reshape(frames, size, 3)
        matrix[:, :size, size:] = lever
        matrix[:, size:, :size] = np.swapaxes(lever, 1, 2)
        matrix[:, size:, size:] = np.eye(3)
        # N_j = sum of a_j r^T with the residual r = q - x
        reached = np.einsum("ijab,tjcb->tiac", self.gram, rotations, optimize=True)
        left = self.cross - reached - self.sums[:, :, None] * place[:, None, None, :]
        residual = rotations @ left
        gradient = np.zeros((frames, size + 3))
        gradient[:, :size] = _axial(residual).reshape(frames, size)
        gradient[:, size:] = self.goal_mean - turned_sums.sum(axis=1) - place
        return matrix, gradient


def _levers(skeleton: Skeleton, weights: SkinWeights, rest: np.ndarray) -> np.ndarray:
    """Return the vectors b (V, J - 1, 3) of the module's formula, without the root's."""
    parents, heads = skeleton.parents, skeleton.heads
    own = weights.dense(len(parents))
    own[:, 0] = 0.0
    own /= np.maximum(own.sum(axis=1, keepdims=True), 1e-12)
    below = own.copy()
    for joint in range(len(parents) - 1, 0, -1):  # parents come first
        below[:, parents[joint]] += below[:, joint]
    levers = own[:, :, None] * (rest[:, None] - heads)
    for joint in range(2, len(parents)):
        parent = parents[joint]
        levers[:, parent] += below[:, joint, None] * (heads[joint] - heads[parent])
    return levers[:, 1:]


def rigid_start(
    skeleton: Skeleton, weights: SkinWeights, rest: np.ndarray, frames: np.ndarray
) -> SkeletonMotion:
    """Return each joint's own best rigid fit; where it has too few vertices, its parent's rotation."""
    dense = weights.dense(len(skeleton.names))
    whole = fit_rigid_transforms(rest, frames, np.full(len(rest), 1 / len(rest)))
    rotations = np.tile(np.eye(3), (len(frames), len(skeleton.names), 1, 1))
    for joint, parent in enumerate(skeleton.parents):
        if parent < 0:
            continue
        own = dense[:, joint]
        used = own > 0
        if (own > MIN_WEIGHT).sum() >= MIN_VERTICES:
            fit = fit_rigid_transforms(rest[used], frames[:, used], own[used] / own.sum())
            rotations[:, joint] = fit[:, :3, :3]
        else:
            rotations[:, joint] = rotations[:, parent] if parent > 0 else whole[:, :3, :3]
    head = skeleton.heads[1]
    own = dense[:, 1] if dense[:, 1].sum() > 0 else np.ones(len(rest))
    at_hips = fit_rigid_transforms(rest, frames, own / own.sum())
    translation = at_hips[:, :3, :3] @ head + at_hips[:, :3, 3] - head
    return SkeletonMotion(rotations, translation)


def _follow_parents(
    skeleton: Skeleton, weights: SkinWeights, rotations: np.ndarray, start: np.ndarray
) -> None:
    """Give joints that move no vertex, nor any joint that does, their angle to the parent at the start.

    Nothing in the quadratic form holds them: while their parents are fitted, they would stay behind.
    """
    moves = weights.dense(len(skeleton.names)).sum(axis=0) > 0
    for joint in range(len(moves) - 1, 0, -1):  # parents come first
        moves[skeleton.parents[joint]] |= moves[joint]
    for joint, parent in enumerate(skeleton.parents):
        if parent > 0 and not moves[joint]:
            to_parent = np.swapaxes(start[:, parent], -1, -2) @ start[:, joint]
            rotations[:, joint] = rotations[:, parent] @ to_parent


def _log(target: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Rotation vectors (T, J, 3), in the world, that turn rotations (T, J, 3, 3) into the target ones."""
    difference = (target @ np.swapaxes(rotations, -1, -2)).reshape(-1, 3, 3)
    return Rotation.from_matrix(difference).as_rotvec().reshape(*rotations.shape[:2], 3)


def _neighbour_mean(rotations: np.ndarray, cyclic: bool) -> np.ndarray:
    """The rotation half-way between the frames before and after; ends of a one-way clip keep their own."""
    total = np.roll(rotations, 1, axis=0) + np.roll(rotations, -1, axis=0)
    if not cyclic:
        total[0], total[-1] = rotations[0], rotations[-1]
    u, _, vt = np.linalg.svd(total)
    u[..., 2] *= np.sign(np.linalg.det(u @ vt))[..., None]
    return u @ vt


def _cross_matrices(vectors: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) of the cross product with vectors (..., 3) from the left."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)


def _axial(matrices: np.ndarray) -> np.ndarray:
    """The sum of a x b (..., 3) for matrices (..., 3, 3) that are the sum of a b^T."""
    return np.stack(
        [
            matrices[..., 1, 2] - matrices[..., 2, 1],
            matrices[..., 2, 0] - matrices[..., 0, 2],
            matrices[..., 0, 1] - matrices[..., 1, 0],
        ],
        axis=-1,
    )
