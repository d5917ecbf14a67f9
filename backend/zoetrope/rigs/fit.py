"""Fitting a skeleton to a vertex animation: a rotation a joint and one translation, frame by frame.

The rest pose, the joints and the skin weights are given. Rotations start at the best rigid fit of each
joint's own vertices (Kabsch 1976) and are refined together by gradient descent, joints held together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from zoetrope.geometry.rigid_alignment import fit_rigid_transforms
from zoetrope.geometry.rotation_vectors import rotation_matrices
from zoetrope.rigs.kinematics import Kinematics, SkinnedPoints
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

MAX_POINTS = 900
"""Vertices that are compared; more change the result little."""
ITERATIONS = 120
MIN_WEIGHT = 0.3
MIN_VERTICES = 6
"""A joint with fewer vertices of that weight starts at its parent's rotation."""
DEVIATION_PENALTY = 1e-3
"""Of squared angles from the start, against squared distances in per cent of the diagonal: it decides where
the vertices do not (twist of thin limbs, joints with few vertices)."""
SMOOTHNESS_PENALTY = 3e-3
"""Of squared second differences of rotation vectors in time."""


@dataclass(frozen=True)
class FitError:
    """Distance between skinned and given vertices over all frames, as shares of the rest pose's diagonal."""

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
    on_step: Callable[[int, int], None] = lambda *_: None,
    seed: int = 0,
) -> SkeletonMotion:
    """Fit a skeleton's motion to frames.

    Parameters
    ----------
    rest : (V, 3) float
        Rest pose that the weights belong to.
    frames : (T, V, 3) float
    cyclic : bool
        The last frame leads to the first.
    importance : (V,) float, optional
        Weight of each vertex; 1 by default.
    start : SkeletonMotion, optional
        What is refined; by default each joint's own rigid fit.
    """
    start = start or _rigid_start(skeleton, weights, rest, frames)
    count = len(rest)
    chosen = np.random.default_rng(seed).permutation(count)[:MAX_POINTS]
    if importance is not None:
        chosen = np.unique(np.concatenate([chosen, np.flatnonzero(importance > 1.0)]))
    kinematics = Kinematics(skeleton)
    some = SkinWeights(weights.joints[chosen], weights.values[chosen])
    points = SkinnedPoints(kinematics, rest[chosen], some)
    per_cent = 100.0 / float(np.linalg.norm(np.ptp(rest, axis=0)))
    goal = torch.from_numpy((frames[:, chosen] * per_cent).astype(np.float32))
    share = np.ones(len(chosen)) if importance is None else importance[chosen]
    share_tensor = torch.from_numpy((share / share.sum()).astype(np.float32))
    base = torch.from_numpy(start.rotations.astype(np.float32))
    turn = torch.zeros(*base.shape[:2], 3, requires_grad=True)
    translation = torch.from_numpy(start.translation.astype(np.float32)).requires_grad_(True)
    optimiser = torch.optim.Adam([{"params": [turn], "lr": 0.03}, {"params": [translation], "lr": 0.005}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, iterations)
    free = torch.ones(base.shape[1], 1)
    free[0] = 0.0  # the root stands still
    for step in range(iterations):
        rotations = rotation_matrices(turn * free) @ base
        shown = points(rotations, kinematics.moved_heads(rotations, translation)) * per_cent
        distance = ((shown - goal).square().sum(-1) * share_tensor).sum(-1).mean()
        penalty = DEVIATION_PENALTY * turn.square().sum(-1).mean()
        loss = distance + penalty + SMOOTHNESS_PENALTY * _second_differences(turn, cyclic)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        on_step(step + 1, iterations)
    with torch.no_grad():
        final = (rotation_matrices(turn * free) @ base).double().numpy()
    return SkeletonMotion(final, translation.detach().double().numpy())


def fit_error(
    skeleton: Skeleton, weights: SkinWeights, rest: np.ndarray, frames: np.ndarray, motion: SkeletonMotion
) -> FitError:
    """Return how far the skinned vertices are from the frames (T, V, 3) that they were fitted to."""
    distance = np.linalg.norm(skin(rest, weights, skeleton, motion) - frames, axis=-1)
    distance /= np.linalg.norm(np.ptp(rest, axis=0))
    return FitError(float(distance.mean()), float(np.quantile(distance, 0.99)))


def _second_differences(turn: torch.Tensor, cyclic: bool) -> torch.Tensor:
    if cyclic:
        return (turn.roll(1, 0) + turn.roll(-1, 0) - 2 * turn).square().sum(-1).mean()
    if len(turn) < 3:
        return turn.new_zeros(())
    return (turn[2:] + turn[:-2] - 2 * turn[1:-1]).square().sum(-1).mean()


def _rigid_start(
    skeleton: Skeleton, weights: SkinWeights, rest: np.ndarray, frames: np.ndarray
) -> SkeletonMotion:
    """Each joint's own best rigid fit; where it has too few vertices, its parent's rotation."""
    dense = weights.dense(len(skeleton.names))
    whole = fit_rigid_transforms(rest, frames, np.full(len(rest), 1 / len(rest)))
    rotations = np.tile(np.eye(3), (len(frames), len(skeleton.names), 1, 1))
    for joint, parent in enumerate(skeleton.parents):
        if parent < 0:
            continue
        own = dense[:, joint]
        if (own > MIN_WEIGHT).sum() >= MIN_VERTICES:
            rotations[:, joint] = fit_rigid_transforms(rest, frames, own / own.sum())[:, :3, :3]
        else:
            rotations[:, joint] = rotations[:, parent] if parent > 0 else whole[:, :3, :3]
    head = skeleton.heads[1]
    own = dense[:, 1] if dense[:, 1].sum() > 0 else np.ones(len(rest))
    at_hips = fit_rigid_transforms(rest, frames, own / own.sum())
    translation = at_hips[:, :3, :3] @ head + at_hips[:, :3, 3] - head
    return SkeletonMotion(rotations, translation)
