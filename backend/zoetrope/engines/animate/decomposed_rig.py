"""Armature of a clip whose body has no donor: bones found in its motion (skinning decomposition)."""

import numpy as np

from zoetrope.engines.animate.decomposition import VertexAnimation, find_bones
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh, DonorSummary
from zoetrope.engines.animate.stretch import stretch_of
from zoetrope.engines.progress import OnProgress
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import cycle_length
from zoetrope.rigs.correctives import Correctives, fit_correctives
from zoetrope.rigs.skeleton import JointMotion

BONES = 24
"""At most: as many as the training creatures' skeletons have in the median."""
NO_DONOR = DonorSummary("", "", "", "", "", 0.0, 0.0)


def rig_of_motion(
    clip: MeshSequence, correctives: bool, on_progress: OnProgress
) -> tuple[AnimatedMesh, Correctives | None]:
    """Find bones, weights and poses of a clip, in metres; of a loop, of one cycle.

    Parameters
    ----------
    correctives : bool
        Find corrective shapes too. There are none where the bones alone are near enough.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": nothing moves; "out_of_memory".
    """
    frames = clip.vertices[: cycle_length(clip.vertices)] if clip.cyclic else clip.vertices
    stages: list[str] = []

    def on_step(stage: str, step: int, total: int) -> None:
        if stage not in stages:
            stages.append(stage)
        # Each stage of the decomposition takes half of what is left.
        left = 0.5 ** (len(stages) - 1)
        on_progress("skeleton", round(1000 * (1 - left + 0.5 * left * step / max(total, 1))), 1000)

    found = find_bones(VertexAnimation(clip.rest, clip.faces, frames), BONES, None, on_step)
    tree, error = found.tree, found.error.times(1.0 / found.diagonal)
    action = AnimatedAction(
        clip.action,
        clip.cyclic,
        clip.returns_to_start,
        tree.rotations,
        tree.displacements,
        None,
        clip.travel_speed,
        error.mean,
        error.p99,
        *stretch_of(clip.rest, unique_edges(clip.faces), frames),
        0.0,
    )
    shapes = None
    if correctives:
        motion = JointMotion(tree.rotations, tree.displacements)
        rest, moving = clip.rest.astype(np.float64), frames.astype(np.float64)
        shapes = fit_correctives(tree.skeleton, tree.weights, rest, [motion], [moving])
    on_progress("skeleton", 1, 1)
    rig = AnimatedMesh(
        tree.skeleton,
        tree.skeleton.z_axes(),
        tree.weights,
        (action,),
        NO_DONOR,
        0.0,
        1.0,
        int(clip.meta["seed"]),
        all_joints_move=True,
    )
    return rig, shapes
