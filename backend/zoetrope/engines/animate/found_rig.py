"""Armature of a clip whose body has no donor: bones found in its motion (skinning decomposition)."""

from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh, DonorSummary
from zoetrope.engines.animate.stretch import stretch_of
from zoetrope.engines.progress import OnProgress
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.rigs.decomposition.decompose import decompose

BONES = 24
"""At most: as many as the training creatures' skeletons have in the median."""
NO_DONOR = DonorSummary("", "", "", "", "", 0.0, 0.0)


def rig_of_motion(clip: MeshSequence, on_progress: OnProgress) -> AnimatedMesh:
    """Find bones, weights and poses of a clip, in metres."""

    def on_step(stage: str, step: int, total: int) -> None:
        on_progress("skeleton", step, total)

    found = decompose(clip.rest, clip.faces, clip.vertices, bones=BONES, on_step=on_step)
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
        *stretch_of(clip.rest, unique_edges(clip.faces), clip.vertices),
        0.0,
    )
    skeleton = tree.skeleton
    return AnimatedMesh(
        skeleton, skeleton.z_axes(), tree.weights, (action,), NO_DONOR, 0.0, 1.0, int(clip.meta["seed"])
    )
