"""A skeleton for a generated creature: the nearest donor's, transferred to it and fitted to its clips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from zoetrope.bodies.recognition import recognise
from zoetrope.bodies.registration import RESEMBLING, register
from zoetrope.bodies.target import closed_target, read_target
from zoetrope.engines.animate.animator import REGISTERED, MeshAnimator
from zoetrope.engines.animate.registered_mesh import RegisteredMesh, register_mesh, transfer_rig
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh
from zoetrope.engines.animate.stretch import stretch_of
from zoetrope.engines.base import GeneratedClips, UnmappedBody
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.geometry.ground_contact import LEGGED_CATEGORIES
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.timeline import cycle_length
from zoetrope.rigs.contacts import feet_of, find_contacts, foot_slip, leg_length
from zoetrope.rigs.correctives import Correctives, fit_correctives
from zoetrope.rigs.donors.nearest import nearest_donor
from zoetrope.rigs.fit import FitError, fit_error
from zoetrope.rigs.mapped_rig import map_skeleton
from zoetrope.rigs.refine import refine_rig
from zoetrope.rigs.skeleton import SkeletonMotion, skin

CLOSE_COST = 0.17
"""Registration cost, with `RESEMBLING`, up to which a body is close to the donor of the nearest tokens. Of
twelve creatures, two a kind, eleven cost 0.04 to 0.15; a blob unlike all donors cost more than 0.2."""


@dataclass(frozen=True)
class FittedClip:
    """A body's skeleton fitted to one of its clips, in the body's box.

    Parameters
    ----------
    sequence : MeshSequence
    frames : (T, V, 3) float64
        Of one cycle, for a loop.
    motion : SkeletonMotion
        At these frames.
    error : FitError
        Between the skinned and the generated vertices.
    """

    sequence: MeshSequence
    frames: np.ndarray
    motion: SkeletonMotion
    error: FitError


def rig_body(
    animator: MeshAnimator, made: GeneratedClips, on_progress: OnProgress = ignore_progress
) -> RegisteredMesh:
    """Return a generated body with the skeleton of a donor of its category.

    The donor is the one whose shape tokens are nearest to the sampled ones. Where the body is not close to
    it, or has no tokens, donors are compared by registration, as for an artist's mesh. The skeleton of a body
    with proportions or a morph is that of the sampled body, its joints mapped. Without a category, donors of
    all categories are compared.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": no donor fits.
    """
    sequence, unmapped = made.clips[0], made.unmapped
    rest = sequence.rest if unmapped is None else unmapped.rest
    mesh = _rig_by_tokens(animator, sequence, rest, on_progress)
    if mesh is None:
        mesh = _rig_by_recognition(animator, sequence, rest, on_progress)
    return mesh if unmapped is None else _mapped(mesh, unmapped, sequence)


def _rig_by_tokens(
    animator: MeshAnimator, sequence: MeshSequence, rest: np.ndarray, on_progress: OnProgress
) -> RegisteredMesh | None:
    """Return a body on the donor of the nearest shape tokens; None where that is none, or not close."""
    tokens, category = sequence.tokens.get("shape"), sequence.category
    if tokens is None:
        return None
    on_progress("recognise", 0, 1)
    library = animator.donors()
    donors = library.of_category(category) if category else [library[name] for name in library.names]
    donor = nearest_donor(donors, tokens)
    on_progress("recognise", 1, 1)
    if donor is None:
        return None
    target = closed_target(rest, sequence.faces)
    surface = target.proxy_vertices, target.proxy_faces
    registration = register(
        surface,
        (donor.rest, donor.faces),
        RESEMBLING,
        on_step=lambda done, total: on_progress("register", done, total),
    )
    on_progress("register", 1, 1)
    return transfer_rig(target, donor, registration) if registration.cost <= CLOSE_COST else None


def _rig_by_recognition(
    animator: MeshAnimator, sequence: MeshSequence, rest: np.ndarray, on_progress: OnProgress
) -> RegisteredMesh:
    on_progress("recognise", 0, 1)
    target = read_target(rest.astype(np.float64), sequence.faces)
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


def _mapped(mesh: RegisteredMesh, unmapped: UnmappedBody, sequence: MeshSequence) -> RegisteredMesh:
    """Return a rig of the unmapped body on the clips' body; what concerns the donor stays as it is."""
    target = closed_target(sequence.rest, sequence.faces)

    def body_map(points: np.ndarray) -> np.ndarray:
        return target.box.to_box(unmapped.body_map(mesh.target.box.to_source(points)))

    return replace(mesh, target=target, skeleton=map_skeleton(mesh.skeleton, mesh.target.vertices, body_map))


def fit_clips(
    mesh: RegisteredMesh, sequences: Sequence[MeshSequence], on_progress: OnProgress = ignore_progress
) -> tuple[RegisteredMesh, list[FittedClip]]:
    """Fit a body's skeleton to its clips; returns the body with its joints and weights refined on them."""
    target, frames = mesh.target, []
    for sequence in sequences:
        count = cycle_length(sequence.vertices) if sequence.cyclic else len(sequence.vertices)
        frames.append(target.box.to_box(sequence.vertices[:count].astype(np.float64)))
    cyclic = [sequence.cyclic for sequence in sequences]
    rest = target.vertices
    skeleton, weights, motions = refine_rig(
        mesh.skeleton,
        mesh.weights,
        rest,
        target.faces,
        frames,
        cyclic,
        lambda i, n: on_progress("skeleton", i, n),
    )
    fitted = [
        FittedClip(sequence, clip, motion, fit_error(skeleton, weights, rest, clip, motion))
        for sequence, clip, motion in zip(sequences, frames, motions, strict=True)
    ]
    return replace(mesh, skeleton=skeleton, weights=weights), fitted


def creature_correctives(mesh: RegisteredMesh, clips: Sequence[FittedClip]) -> Correctives | None:
    """Return the corrective shapes of a body, in metres; None where the skeleton alone is near enough."""
    found = fit_correctives(
        mesh.skeleton,
        mesh.weights,
        mesh.target.vertices,
        [clip.motion for clip in clips],
        [clip.frames for clip in clips],
    )
    if found is None:
        return None
    return Correctives(found.offsets / np.float32(mesh.target.box.scale), found.values, found.errors)


def as_animated_mesh(mesh: RegisteredMesh, clips: Sequence[FittedClip], seed: int) -> AnimatedMesh:
    """Return a creature's skeleton and its poses in the form of an artist's animated mesh, in metres."""
    skeleton = mesh.source_skeleton()
    actions = tuple(_action(mesh, clip) for clip in clips)
    return AnimatedMesh(
        skeleton, skeleton.z_axes(), mesh.weights, actions, mesh.donor_summary(), 0.0, 1.0, seed
    )


def _action(mesh: RegisteredMesh, clip: FittedClip) -> AnimatedAction:
    sequence, rest = clip.sequence, mesh.target.vertices
    shown = skin(rest, mesh.weights, mesh.skeleton, clip.motion)
    return AnimatedAction(
        sequence.action,
        sequence.cyclic,
        sequence.returns_to_start,
        clip.motion.rotations,
        clip.motion.head_displacements(mesh.skeleton) / mesh.target.box.scale,
        None,
        sequence.travel_speed,
        clip.error.mean,
        clip.error.p99,
        *stretch_of(rest, unique_edges(mesh.target.faces), shown),
        _slip(mesh, clip, shown),
    )


def _slip(mesh: RegisteredMesh, clip: FittedClip, shown: np.ndarray) -> float:
    """`foot_slip` of the skinned creature, for the contacts of the generated one."""
    if clip.sequence.category not in LEGGED_CATEGORIES:
        return 0.0
    rest, cyclic = mesh.target.vertices, clip.sequence.cyclic
    feet = feet_of(rest, mesh.weights, len(mesh.skeleton.names))
    contacts = find_contacts(clip.frames, feet, float(np.ptp(rest[:, 2])), cyclic)
    if not contacts:
        return 0.0
    legs = [leg_length(mesh.skeleton, foot.joint) for foot in feet]
    return foot_slip(shown.astype(np.float64), feet, contacts, float(np.mean(legs)))
