"""Bones, weights and motion from a vertex animation of any size."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from zoetrope.geometry.mesh_properties import vertex_components
from zoetrope.rigs.decomposition.bone_transforms import fit_transforms
from zoetrope.rigs.decomposition.bone_tree import BoneTree, build_tree
from zoetrope.rigs.decomposition.coarse_mesh import coarsen
from zoetrope.rigs.decomposition.frames_file import FramesFile
from zoetrope.rigs.decomposition.rigid_parts import rigid_groups
from zoetrope.rigs.decomposition.scaled_frames import ScaledFrames, most_different
from zoetrope.rigs.decomposition.skin_weights import refine_weights
from zoetrope.rigs.decomposition.skinning_error import SkinningError, skinning_error
from zoetrope.rigs.decomposition.solver import decompose_small
from zoetrope.rigs.skeleton import Skeleton, SkinWeights

OnStep = Callable[[str, int, int], None]

LADDER = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Numbers of bones that are tried for a tolerance."""
MAX_BONES = LADDER[-1]
COARSE_VERTICES = 2_000
POSES = 48
"""Frames that the solver sees at most: those that differ most. All frames get their own transforms after."""
ROUNDS = 2
"""Of weights and transforms in turns on the full mesh."""


@dataclass(frozen=True)
class Decomposition:
    """Bones of a vertex animation, in its own coordinates.

    Parameters
    ----------
    tree : BoneTree
    error : SkinningError
    diagonal : float
        Of the rest pose's bounding box.
    reached : bool
        Whether the tolerance was met; True without one.
    """

    tree: BoneTree
    error: SkinningError
    diagonal: float
    reached: bool = True


def decompose(
    rest: np.ndarray,
    faces: np.ndarray,
    frames: np.ndarray | FramesFile,
    *,
    bones: int | None = None,
    tolerance: float | None = None,
    on_step: OnStep = lambda _stage, _step, _total: None,
) -> Decomposition:
    """Find bones whose motion, by linear blend skinning, reproduces a vertex animation.

    Parameters
    ----------
    rest : (V, 3) float
        Pose that is skinned; Z up.
    faces : (F, 3) int
    frames : (T, V, 3) float
        Read in parts: an array, or a file.
    bones : int, optional
        At most so many, without the root.
    tolerance : float, optional
        Instead of `bones`, in the frames' unit: the fewest bones of `LADDER` with which 99 % of the vertices
        stay within it, or the most that there are.
    on_step : callable
        Takes a stage ("intake", "decompose", "skeleton"), a step and their number; may raise.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the solver does not exist for this system.
    """
    centre = 0.5 * (rest.min(axis=0) + rest.max(axis=0))
    diagonal = float(np.linalg.norm(np.ptp(rest, axis=0)))
    scaled = ScaledFrames(frames, centre, diagonal)
    problem = _Problem((rest - centre) / diagonal, faces, scaled, on_step)
    if bones is not None:
        found, reached = problem.refine(problem.solve(bones, 0.0, 1.0)), True
    else:
        assert tolerance is not None
        found, reached = _fewest(problem, tolerance / diagonal)
    tree = build_tree(problem.rest, found.weights, found.transforms)
    return Decomposition(_placed(tree, centre, diagonal), found.error.times(diagonal), diagonal, reached)


@dataclass(frozen=True)
class _Solution:
    """Of the coarse mesh at the poses, or of the full mesh at all frames; error in diagonals."""

    weights: SkinWeights
    transforms: np.ndarray
    error: SkinningError


class _Problem:
    """The animation, its coarse form, and what can be solved of it."""

    def __init__(self, rest: np.ndarray, faces: np.ndarray, frames: ScaledFrames, on_step: OnStep) -> None:
        on_step("intake", 0, 3)
        self.rest, self._frames, self._on_step = rest, frames, on_step
        self._coarse = coarsen(rest, faces, COARSE_VERTICES)
        on_step("intake", 1, 3)
        vertices = self._coarse.vertices
        small = np.stack([frames.frame(t)[vertices] for t in range(len(frames))])
        self._poses = most_different(small, POSES)
        self._small = ScaledFrames(small[self._poses], np.zeros(3), 1.0)
        on_step("intake", 2, 3)
        self._groups = rigid_groups(rest, vertex_components(faces, len(rest)), self._at_poses)

    def solve(self, bones: int, begin: float, end: float) -> _Solution:
        """Solve the coarse mesh; reports progress from `begin` to `end` of the stage "decompose"."""
        rest, times = self.rest[self._coarse.vertices], np.arange(len(self._poses))
        frames = self._small.part(times, np.arange(len(rest)))
        on_step = self._share("decompose", begin, end)
        dense, transforms = decompose_small(rest, self._coarse.faces, frames, bones, on_step)
        weights = SkinWeights.from_dense(dense)
        return _Solution(weights, transforms, skinning_error(rest, weights, transforms, self._small, times))

    def refine(self, coarse: _Solution) -> _Solution:
        """Extend a coarse solution to the full mesh and all frames: weights and transforms in turns."""
        count = coarse.transforms.shape[1]
        prior = sp.csr_array(self._coarse.interpolation @ sp.csr_array(coarse.weights.dense(count)))
        weights, transforms = coarse.weights, None
        at_poses = coarse.transforms
        for i in range(ROUNDS):
            begin, middle, end = i / ROUNDS, (i + 0.6) / ROUNDS, (i + 1.0) / ROUNDS
            weights = refine_weights(
                prior,
                self.rest,
                at_poses,
                self._at_poses,
                self._groups,
                self._share("skeleton", begin, middle),
            )
            on_step = self._share("skeleton", middle, end)
            transforms = fit_transforms(self.rest, weights, count, self._frames, on_step, transforms)
            at_poses = transforms[self._poses]
        times = np.arange(len(self._frames))
        assert transforms is not None
        error = skinning_error(self.rest, weights, transforms, self._frames, times)
        return _Solution(weights, transforms, error)

    def _at_poses(self, vertices: np.ndarray) -> np.ndarray:
        return self._frames.part(self._poses, vertices)

    def _share(self, stage: str, begin: float, end: float) -> Callable[[int, int], None]:
        return lambda i, n: self._on_step(stage, round(1000 * (begin + (end - begin) * i / max(n, 1))), 1000)


def _fewest(problem: _Problem, tolerance: float) -> tuple[_Solution, bool]:
    """Bisect the ladder on the coarse mesh, then climb it until the full mesh is within the tolerance."""
    low, high, done = -1, len(LADDER) - 1, 0
    tries = int(np.ceil(np.log2(len(LADDER)))) + 1
    solved: dict[int, _Solution] = {}
    while high - low > 1:
        middle = (low + high) // 2
        solved[middle] = problem.solve(LADDER[middle], done / tries, (done + 1) / tries)
        low, high = (low, middle) if solved[middle].error.p99 <= tolerance else (middle, high)
        done += 1
    for rung in range(high, len(LADDER)):
        if rung not in solved:
            solved[rung] = problem.solve(LADDER[rung], min(done / tries, 1.0), min((done + 1) / tries, 1.0))
            done += 1
        found = problem.refine(solved[rung])
        if found.error.p99 <= tolerance:
            return found, True
    return found, False


def _placed(tree: BoneTree, centre: np.ndarray, diagonal: float) -> BoneTree:
    """The tree in the mesh's own coordinates."""
    heads, tails = (diagonal * ends + centre for ends in (tree.skeleton.heads, tree.skeleton.tails))
    skeleton = Skeleton(tree.skeleton.names, tree.skeleton.parents, heads, tails)
    return replace(tree, skeleton=skeleton, displacements=diagonal * tree.displacements)
