"""Skinning decomposition of a small mesh by the package py-dem-bones (Dem Bones, Electronic Arts).

Le and Deng 2012, "Smooth Skinning Decomposition with Rigid Bones": vertices are clustered by their motion,
then rigid transforms of the bones and sparse convex weights are solved in turns.
"""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from zoetrope.errors import ZoetropeError
from zoetrope.rigs.decomposition.clusters import rigid_clusters
from zoetrope.rigs.skeleton import MAX_INFLUENCES

ITERATIONS = 40
TRANSFORM_STEPS, WEIGHT_STEPS = 2, 1
"""Of each iteration. As good as the package's 5 and 3, in less than half the time."""
TRANSLATION_AFFINITY = 0.0
"""The package pulls the bones' translations together (10 by default); without, errors are a quarter lower."""


def decompose_small(
    rest: np.ndarray,
    faces: np.ndarray,
    frames: np.ndarray,
    bones: int,
    on_step: Callable[[int, int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and transforms of bones that reproduce frames.

    The library holds Python's lock while it works, so it is called in short steps.

    Parameters
    ----------
    rest : (V, 3) float
        In units of the mesh's size.
    faces : (F, 3) int
    frames : (T, V, 3) float
    bones : int
        At most; similar motions may need fewer.
    on_step : callable
        Takes a step and their number; may raise.

    Returns
    -------
    weights : (V, B) float64
        At most four in a row are not 0; rows of sum 1.
    transforms : (T, B, 3, 4) float64

    Raises
    ------
    ZoetropeError
        Code "bad_option": the package does not exist for this system.
    """
    solver = _new_solver()
    total = bones + ITERATIONS + 1
    label = rigid_clusters(rest, frames, min(bones, len(rest)), lambda i, _: on_step(i, total))
    solver.nV, solver.nF, solver.nS = len(rest), len(frames), 1
    solver.nB = int(label.max()) + 1
    solver.nnz = min(MAX_INFLUENCES, solver.nB)
    solver.nTransIters, solver.nWeightsIters = TRANSFORM_STEPS, WEIGHT_STEPS
    solver.transAffine = TRANSLATION_AFFINITY
    solver.fStart = np.array([0, len(frames)], np.int32)
    solver.subjectID = np.zeros(len(frames), np.int32)
    solver.u = np.ascontiguousarray(rest.T, np.float64)
    solver.v = np.ascontiguousarray(frames.transpose(0, 2, 1).reshape(-1, len(rest)), np.float64)
    # Without an edge between two vertices the package never returns; without a face it does.
    solver.fv = faces[(faces != faces[:, :1]).any(axis=1)].tolist()
    solver.set_weights(np.eye(solver.nB)[:, label])
    # Its parallel parts are short: on a busy machine its threads wait for each other ten times as long as
    # they work.
    with threadpool_limits(1):
        solver.init()
        for step in range(ITERATIONS):
            on_step(bones + step, total)
            solver.computeTranformations()
            solver.computeWeights()
        solver.computeTranformations()
    on_step(total, total)
    weights = np.asarray(solver.get_weights(), np.float64).T
    blocks = np.asarray(solver.m, np.float64).reshape(len(frames), 4, -1, 4)
    return weights, blocks.transpose(0, 2, 1, 3)[:, :, :3]


def _new_solver():  # type: ignore[no-untyped-def]
    try:
        from py_dem_bones import DemBones
    except ImportError as error:
        raise ZoetropeError(
            "Finding bones needs the package py-dem-bones, which this Python or system does not have.",
            code="bad_option",
            remedy="Give a Python 3.11 or 3.12, on a Mac or for an x64 processor, as Base Python in the "
            "preferences, and set up the backend again.",
        ) from error
    solver = DemBones()
    solver.clear()
    return solver
