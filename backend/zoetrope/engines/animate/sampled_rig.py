"""A skeleton for a generated creature: the nearest donor's, carried to its body and fitted to its frames."""

from dataclasses import dataclass

import numpy as np

from zoetrope.bodies.recognition import recognise
from zoetrope.bodies.target import TargetMesh, read_target
from zoetrope.engines.animate.animator import REGISTERED, MeshAnimator
from zoetrope.engines.animate.registered_mesh import RegisteredMesh, register_mesh
from zoetrope.engines.base import OnProgress, ignore_progress
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.rigs.fit import FitError, fit_error, fit_motion
from zoetrope.rigs.skeleton import SkeletonMotion


@dataclass(frozen=True)
class SampledRig:
    """A generated creature's skeleton and motion, in its box.

    Parameters
    ----------
    mesh : RegisteredMesh
        With skeleton and weights.
    motion : SkeletonMotion
        At every frame of the timeline.
    error : FitError
        Between the skinned and the generated vertices.
    """

    mesh: RegisteredMesh
    motion: SkeletonMotion
    error: FitError


def rig_body(
    animator: MeshAnimator, sequence: MeshSequence, on_progress: OnProgress = ignore_progress
) -> RegisteredMesh:
    """Return the skeleton of the nearest donor of the creature's category, carried to its rest pose."""
    target = read_target(sequence.rest.astype(np.float64), sequence.faces)
    recognition = recognise(
        target,
        animator.candidates(),
        category=sequence.category,
        facing=0.0,
        on_step=lambda i, n: on_progress("recognise", i, n),
    )
    names = list(dict.fromkeys(match.name for match in recognition.matches))[:REGISTERED]
    donors = [animator.donors()[name] for name in names]
    return register_mesh(target, donors, None, on_progress)


def fit_rig(mesh: RegisteredMesh, sequence: MeshSequence) -> SampledRig:
    """Fit a body's skeleton to the frames of one of its clips."""
    target: TargetMesh = mesh.target
    frames = target.box.to_box(sequence.vertices.astype(np.float64))
    arrays = mesh.skeleton, mesh.weights, target.vertices
    motion = fit_motion(*arrays, frames, cyclic=sequence.cyclic)
    return SampledRig(mesh, motion, fit_error(*arrays, frames, motion))
