"""Request in, generated creature with one or several actions out: on a skeleton, as vertices, or both."""

from collections.abc import Sequence
from dataclasses import dataclass

from zoetrope.engines import create_animator
from zoetrope.engines.animate.decomposed_rig import rig_of_motion
from zoetrope.engines.animate.request import OUTPUTS, AnimatedMesh
from zoetrope.engines.animate.sampled_rig import (
    as_animated_mesh,
    creature_correctives,
    fit_clips,
    rig_body,
)
from zoetrope.engines.base import Engine, GeneratedClips
from zoetrope.engines.frames.engine import FrameEngine
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.memory import memory_errors
from zoetrope.rigs.correctives import Correctives

MAX_MEAN, MAX_P99 = 0.01, 0.04
"""Distances between a skinned creature and its generated frames, shares of the diagonal, above which it gets
shape keys instead: a limb hangs on the wrong joint then. With correctives the mean with them counts."""
FOLLOWED = 0.03
"""99th percentile of the distances between a tracked mesh and the frames, both ways, mean over frames, share
of the diagonal, above which limbs were seen to stay behind."""
WITHOUT_SKELETON = ("bad_mesh", "bad_option", "weights_missing")
"""Codes of errors that mean that there is no skeleton for a creature: no donor fits, or there are none."""


@dataclass(frozen=True)
class AnimatedCreature:
    """A generated creature.

    Parameters
    ----------
    clips : tuple of MeshSequence
        One an action, all of the same body.
    rig : AnimatedMesh or None
        Skeleton, weights and poses; None where vertices move it.
    correctives : Correctives or None
    shape_keys : bool
        Whether the clips' vertices are part of the output.
    notes : tuple of str
        Sentences for the artist.
    """

    clips: tuple[MeshSequence, ...]
    rig: AnimatedMesh | None
    correctives: Correctives | None
    shape_keys: bool
    notes: tuple[str, ...] = ()


def generate_creature(
    engine: Engine,
    request: GenerateRequest,
    actions: Sequence[str],
    output: str,
    correctives: bool,
    on_progress: OnProgress,
) -> AnimatedCreature:
    """Generate a creature with its actions; a creature that no skeleton fits gets shape keys, and a note.

    Parameters
    ----------
    request : GenerateRequest
        Its action is not used.
    actions : sequence of str
        Of the request's category.
    output : str
        One of `OUTPUTS`.
    correctives : bool
        Add corrective shapes to the skeleton.

    Raises
    ------
    ZoetropeError
        As `Engine.generate`; code "bad_option": there is no such output.
    Cancelled
        Raised by `on_progress`.
    """
    if output not in OUTPUTS:
        raise ZoetropeError(
            f"There is no output {output!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(OUTPUTS)}.",
        )
    made = engine.generate_clips(request, actions, on_progress)
    clips = made.clips
    if output == "shape_keys":
        return AnimatedCreature(clips, None, None, True, tracking_notes(clips))
    with memory_errors():
        try:
            rig, found = _rig(engine, request, made, correctives, on_progress)
        except ZoetropeError as error:
            if error.code not in WITHOUT_SKELETON:
                raise
            notes = (*tracking_notes(clips), _without_skeleton(error))
            return AnimatedCreature(clips, None, None, True, notes)
    notes = (*tracking_notes(clips), *_notes(rig, found, correctives))
    return AnimatedCreature(clips, rig, found, output == "both", notes)


def _rig(
    engine: Engine,
    request: GenerateRequest,
    made: GeneratedClips,
    correctives: bool,
    on_progress: OnProgress,
) -> tuple[AnimatedMesh, Correctives | None]:
    if isinstance(engine, FrameEngine):
        rig, found = rig_of_motion(made.clips[0], correctives, on_progress)
        (action,) = rig.actions
        _refuse_misses(action.residual_mean, action.residual_p99, found)
        return rig, found
    mesh = rig_body(create_animator(engine), made, on_progress)
    mesh, fitted = fit_clips(mesh, made.clips, on_progress)
    found = creature_correctives(mesh, fitted) if correctives else None
    _refuse_misses(max(one.error.mean for one in fitted), max(one.error.p99 for one in fitted), found)
    rig = as_animated_mesh(mesh, fitted, request.seed)
    on_progress("skeleton", 1, 1)
    return rig, found


def _refuse_misses(mean: float, p99: float, found: Correctives | None) -> None:
    if found is not None:
        by = f"{max(found.errors):.1%} of its size on average, with correctives"
        missed = max(found.errors) > MAX_MEAN
    else:
        by = f"{mean:.1%} of its size on average and by more than {p99:.1%} at a hundredth of its surface"
        missed = mean > MAX_MEAN or p99 > MAX_P99
    if missed:
        raise ZoetropeError(f"The skeleton that fits best misses its motion by {by}.", code="bad_mesh")


def _without_skeleton(error: ZoetropeError) -> str:
    return f"This creature has shape keys instead of an armature. {error.message}"


def tracking_notes(clips: Sequence[MeshSequence]) -> tuple[str, ...]:
    """What an artist should know of a mesh that was tracked through frames of other topology."""
    notes = []
    for meta in (clip.meta for clip in clips if "tracking_mean" in clip.meta):
        mean, p99 = meta["tracking_mean"], meta["tracking_p99"]
        note = (
            f"The mesh is within {mean:.2%} of its size of the sampled frames on average, at its worst "
            f"hundredth within {p99:.1%}."
        )
        if p99 > FOLLOWED:
            note += " Parts do not follow the frames: the output mesh frames shows them as sampled."
        notes.append(note)
    return tuple(notes)


def _notes(rig: AnimatedMesh, found: Correctives | None, correctives: bool) -> tuple[str, ...]:
    """What an artist should know of the skeleton: how near it is to the generated motion."""
    worst = max(action.residual_mean for action in rig.actions)
    if found is None:
        reason = " No correctives are needed." if correctives else ""
        return (f"The skeleton is within {worst:.2%} of the creature's size, on average.{reason}",)
    return (
        f"The skeleton is within {worst:.2%} of the creature's size, on average; "
        f"{len(found.offsets)} corrective shape keys bring it to {max(found.errors):.2%}.",
    )
