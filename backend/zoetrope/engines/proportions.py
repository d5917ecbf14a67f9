"""A sampled body with other proportions, or part of the way to another creature; and its motion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.bodies.maps.body_map import BodyMap, identity_map
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.maps.landmarks import Landmarks, typical_landmarks
from zoetrope.bodies.maps.morph import Morph, check_amount
from zoetrope.bodies.surface_distance import Candidate, surface_distances
from zoetrope.engines.base import GenerateRequest, MorphRequest, OnProgress, ignore_progress
from zoetrope.engines.body_mesh import BodyMesh
from zoetrope.engines.model_frames import ModelFrames
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.landmarks import nearest_landmarks
from zoetrope.rigs.mapped_motion import MappedMotion

if TYPE_CHECKING:
    from zoetrope.bodies.registration import Registration

PROPORTIONS_STREAM = 0x5A0E
"""Second word of the proportions' seed: their random numbers are independent of the body's."""
REQUESTED_STRENGTH = 1.0
"""Of proportions whose seed is given, where the weights do not say a strength for the kind."""
NEAREST = 3
"""Creatures that are named where a morph is refused."""

MeshArrays = tuple[np.ndarray, np.ndarray]
"""Vertices (V, 3) float and faces (F, 3) int, in the box."""
Registrations = dict[tuple[str | int, int], "Registration"]
"""Registrations that were made, by the other creature and the body's seed."""


def resolve_proportions(request: GenerateRequest, strengths: dict[str, float]) -> BodyShape:
    """Return the proportions of a request.

    With a seed of their own they are sampled, and multiplied by those that are set. Without one, those that
    are set are used as they are; if none is set, all are sampled with the creature's seed.

    Parameters
    ----------
    request : GenerateRequest
    strengths : dict of str to float
        Strength of the sampled proportions of each category; 0 where it has none.
    """
    category = request.category
    strength, seed = strengths.get(category, 0.0), request.proportions_seed
    if seed is not None:
        strength = strength or REQUESTED_STRENGTH
    elif request.proportions is not None:
        return request.proportions.acting_on(category)
    rng = np.random.default_rng([request.seed if seed is None else seed, PROPORTIONS_STREAM])
    sampled = BodyShape.sample(rng, strength, category)
    return sampled.times(request.proportions or BodyShape()).acting_on(category)


@dataclass(frozen=True)
class MappedBody:
    """The map of a body, and what of it goes into the result's header.

    Parameters
    ----------
    body_map : callable
        Points (N, 3) of the body's box -> points of the mapped body.
    meta : dict
        JSON-serialisable.
    """

    body_map: BodyMap
    meta: dict[str, Any]

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return self.body_map is identity_map

    def mesh(self, mesh: BodyMesh) -> BodyMesh:
        """Return a mesh with its rest pose mapped."""
        return replace(mesh, rest=self.body_map(mesh.rest).astype(np.float32))

    def mover(self, mesh: BodyMesh, category: str) -> Callable[[ModelFrames, bool], ModelFrames]:
        """Return what transfers the frames of the unmapped mesh to the mapped one."""
        motion = MappedMotion(mesh.rest, mesh.faces, self.body_map, category)
        middle = motion.rest.mean(axis=0)

        def transferred(frames: ModelFrames, cyclic: bool) -> ModelFrames:
            moved = motion(frames.vertices, cyclic)
            turned = Rotation.from_rotvec(frames.rotations).as_matrix() @ middle
            return ModelFrames(
                moved.astype(np.float32), frames.rotations, moved.mean(axis=1).astype(np.float64) - turned
            )

        return transferred


def map_body(
    request: GenerateRequest,
    surface: MeshArrays,
    shape: BodyShape,
    donors_of: Callable[[str], Sequence[Donor]],
    sampled_surface: Callable[[int], MeshArrays],
    known: Registrations | None = None,
    on_progress: OnProgress = ignore_progress,
) -> MappedBody:
    """Return the map that a request asks for: the morph first, then the proportions.

    Parameters
    ----------
    request : GenerateRequest
    surface : (V, 3) float, (F, 3) int
        Of the body, in its box; a coarse one is enough.
    shape : BodyShape
        From `resolve_proportions`.
    donors_of : callable
        Category -> its donors; there may be none.
    sampled_surface : callable
        Seed -> coarse surface of the body of that seed, for a morph to it.
    known : dict, optional
        Registrations that were made before; it is filled.
    on_progress : callable
        Called with the stage "morph"; may raise to cancel.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such creature, or the body is too unlike it.
    """
    meta: dict[str, Any] = {} if shape.is_identity else {"proportions": shape.as_mapping()}
    if request.proportions_seed is not None:
        meta["proportions_seed"] = request.proportions_seed
    morphing = request.morph is not None and request.morph.amount > 0.0
    if shape.is_identity and not morphing:
        return MappedBody(identity_map, meta)
    rest, donors = surface[0].astype(np.float64), donors_of(request.category)
    landmarks = nearest_landmarks(rest, donors) if donors else typical_landmarks(rest, request.category)
    if not morphing or request.morph is None:
        return MappedBody(shape.map_for(rest, request.category, landmarks), meta)
    known = {} if known is None else known
    on_progress("morph", 0, 1)
    morph = _morph(request, request.morph, surface, landmarks, donors, sampled_surface, known)
    on_progress("morph", 1, 1)
    meta["morph"] = {"other": request.morph.other, "amount": request.morph.amount}
    if shape.is_identity:
        return MappedBody(morph, meta)
    further = shape.map_for(morph(rest), request.category, landmarks.through(morph))
    return MappedBody(lambda points: further(morph(points)), meta)


def _morph(
    request: GenerateRequest,
    wanted: MorphRequest,
    surface: MeshArrays,
    landmarks: Landmarks,
    donors: Sequence[Donor],
    sampled_surface: Callable[[int], MeshArrays],
    known: Registrations,
) -> Morph:
    # torch, which registers, takes seconds to import: engines without weights do without
    from zoetrope.bodies.registration import register

    key = (wanted.other, request.seed)
    if isinstance(wanted.other, int):
        title = f"the body of seed {wanted.other}"
        if key not in known:
            known[key] = register(surface, sampled_surface(wanted.other))
    else:
        donor = find_donor(wanted.other, donors)
        title = f"the {donor.title}"
        if key not in known:
            known[key] = register(surface, (donor.rest, donor.faces))
    check_amount(known[key], surface[0], wanted.amount, title, _nearest_titles(surface, donors))
    return Morph(known[key], wanted.amount, surface[0].astype(np.float64), landmarks)


def find_donor(name: str, donors: Sequence[Donor]) -> Donor:
    """Return the donor of a name or title, whatever its case.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is none, or more than one.
    """
    found = [one for one in donors if one.name == name]
    found = found or [one for one in donors if one.title.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise ZoetropeError(
            f"There are {len(found)} creatures {name[:40]!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(one.name for one in found)}.",
        )
    titles = sorted({one.title for one in donors})
    raise ZoetropeError(
        f"There is no creature {name[:40]!r} of this kind.",
        code="bad_option",
        remedy=f"Choose one of {', '.join(titles)}." if titles else "Name the seed of another body.",
    )


def _nearest_titles(surface: MeshArrays, donors: Sequence[Donor]) -> list[str]:
    candidates = [Candidate(one.name, one.category, one.rest, one.faces) for one in donors]
    if not candidates:
        return []
    distance = surface_distances(*surface, candidates, np.zeros(1))[0]
    return list(dict.fromkeys(donors[i].title for i in np.argsort(distance)))[:NEAREST]
