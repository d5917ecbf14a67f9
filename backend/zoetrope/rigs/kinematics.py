"""Forward kinematics and linear blend skinning in torch, level by level of the skeleton."""

import numpy as np
import torch
from torch import Tensor

from zoetrope.rigs.skeleton import Skeleton, SkinWeights


class Kinematics:
    """Differentiable forward kinematics of a skeleton.

    Parameters
    ----------
    skeleton : Skeleton
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.heads = torch.from_numpy(skeleton.heads.astype(np.float32))
        depth = np.zeros(len(skeleton.parents), int)
        for joint, parent in enumerate(skeleton.parents):
            depth[joint] = 0 if parent < 0 else depth[parent] + 1
        parents = torch.from_numpy(skeleton.parents.astype(np.int64))
        levels = [torch.from_numpy(np.flatnonzero(depth == level)) for level in range(1, depth.max() + 1)]
        self.levels = [(joints, parents[joints]) for joints in levels]
        # Where each joint is in the concatenation of all levels.
        self.order = torch.argsort(torch.cat([torch.zeros(1, dtype=torch.long), *levels]))

    def moved_heads(self, rotations: Tensor, translation: Tensor) -> Tensor:
        """Return the heads (T, J, 3) of joints with world rotations (T, J, 3, 3) and translation (T, 3).

        The translation moves joint 1, as in `SkeletonMotion`.
        """
        moved = [self.heads[:1].expand(len(rotations), 1, 3)]
        place = {0: (0, 0)}
        for level, (joints, parents) in enumerate(self.levels, start=1):
            source = torch.stack([moved[place[int(p)][0]][:, place[int(p)][1]] for p in parents], dim=1)
            offset = self.heads[joints] - self.heads[parents]
            heads = source + (rotations[:, parents] @ offset[..., None])[..., 0]
            if level == 1:
                heads = heads + translation[:, None]
            moved.append(heads)
            place |= {int(joint): (level, i) for i, joint in enumerate(joints)}
        return torch.cat(moved, dim=1)[:, self.order]


class SkinnedPoints:
    """Some points of a skinned rest pose.

    Parameters
    ----------
    kinematics : Kinematics
    points : (P, 3) float
    weights : SkinWeights
        Of the points.
    """

    def __init__(self, kinematics: Kinematics, points: np.ndarray, weights: SkinWeights) -> None:
        self.joints = torch.from_numpy(weights.joints.astype(np.int64))
        self.values = torch.from_numpy(weights.values.astype(np.float32))
        rest = torch.from_numpy(points.astype(np.float32))
        self.offsets = rest[:, None] - kinematics.heads[self.joints]  # (point, influence, 3)

    def __call__(self, rotations: Tensor, heads: Tensor) -> Tensor:
        """Return the points (T, P, 3) for world rotations (T, J, 3, 3) and moved heads (T, J, 3)."""
        moved = (rotations[:, self.joints] @ self.offsets[..., None])[..., 0] + heads[:, self.joints]
        return (self.values[..., None] * moved).sum(2)
