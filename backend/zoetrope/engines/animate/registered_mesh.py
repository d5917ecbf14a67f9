"""A mesh recognised and registered: which donor it is, and the donor's joints and weights on it."""

from dataclasses import dataclass, replace

import numpy as np

from zoetrope.bodies.mirror_symmetry import MID_ACTION, mirror_distance
from zoetrope.bodies.parallel import map_parallel
from zoetrope.bodies.recognition import Recognition
from zoetrope.bodies.registration import Registration, register
from zoetrope.bodies.target import TargetMesh
from zoetrope.engines.animate.request import DonorSummary
from zoetrope.engines.progress import OnProgress
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import Skeleton, SkinWeights
from zoetrope.rigs.skeleton_transfer import transfer_skeleton
from zoetrope.rigs.weight_transfer import transfer_weights

MAX_COST, WARNING_COST = 0.2, 0.1
"""Registration costs from which on a mesh is refused, and from which on the artist is warned. The six meshes
by other authors cost 0.04 to 0.06, creatures that are no donors up to 0.1, blobs among them 0.13 to 0.15."""
MAX_GUESSED_COST = 0.15
"""Stricter where the category was guessed: a ball, a torus and a rod cost more."""
UNLIKE_CONFIDENCE = 0.3
"""Above `WARNING_COST`, a guess that is less certain is none: a car, a cone, a cube, a head alone."""
WARNING_DISTORTION = 0.6
"""From which on the artist is warned: on average, stretched to 1.8 times the median or its inverse."""
CONFIRM_CONFIDENCE = 0.75
"""Confidence below which the artist is asked to confirm what was guessed."""


@dataclass(frozen=True)
class Analysis:
    """What a mesh was recognised as.

    Parameters
    ----------
    target : TargetMesh
        As it was given: not turned.
    recognition : Recognition
    """

    target: TargetMesh
    recognition: Recognition

    @property
    def ask(self) -> bool:
        """Whether the artist should confirm category and facing."""
        return self.recognition.confidence < CONFIRM_CONFIDENCE

    @property
    def categories(self) -> list[tuple[str, float]]:
        """Categories with the lowest cost of their donors, best first."""
        best: dict[str, float] = {}
        for match in self.recognition.matches:
            best.setdefault(match.category, match.cost)
        return list(best.items())

    @property
    def warnings(self) -> list[str]:
        """What the artist should know of the mesh itself."""
        proxy = self.target.turned(self.recognition.matches[0].facing).proxy_vertices
        if mirror_distance(proxy) <= MID_ACTION:
            return []
        return [
            "The mesh seems to rest in the middle of a movement: its left and right sides differ. Motion "
            "adds to it; a neutral pose gives better results."
        ]


@dataclass(frozen=True)
class RegisteredMesh:
    """A mesh on its donor, with the donor's joints and weights: ready for any number of actions.

    Parameters
    ----------
    target : TargetMesh
        Facing -Y, in its box.
    donor : Donor
    registration : Registration
    skeleton : Skeleton
        The donor's, in the mesh's box.
    weights : SkinWeights
        Of the mesh's vertices.
    warped : (V, 3) float64
        The mesh's vertices on the donor, in the donor's box.
    scale : float
        Length in the mesh's box of a unit in the donor's.
    """

    target: TargetMesh
    donor: Donor
    registration: Registration
    skeleton: Skeleton
    weights: SkinWeights
    warped: np.ndarray
    scale: float

    def source_skeleton(self) -> Skeleton:
        """Return the skeleton in the coordinates that the mesh was given in."""
        heads, tails = self.target.to_source(self.skeleton.heads), self.target.to_source(self.skeleton.tails)
        return replace(self.skeleton, heads=heads, tails=tails)

    def donor_summary(self) -> DonorSummary:
        """Return the donor and how well the mesh fits it."""
        donor, fit = self.donor, self.registration
        return DonorSummary(
            name=donor.name,
            title=donor.title,
            category=donor.category,
            author=donor.author,
            licence=donor.licence,
            cost=fit.cost,
            distortion=fit.distortion,
        )


def register_mesh(
    target: TargetMesh, donors: list[Donor], confidence: float | None, on_progress: OnProgress
) -> RegisteredMesh:
    """Register a mesh, turned to face -Y, onto donors; transfer the skeleton of the one that fits best.

    Parameters
    ----------
    target : TargetMesh
    donors : list of Donor
    confidence : float or None
        Of the guess that chose the donors; None where category or donor were given.
    on_progress : callable

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": it fits none of them.
    """
    surface = target.proxy_vertices, target.proxy_faces
    on_progress("register", 0, len(donors))
    fits = map_parallel(
        lambda donor, on_step: register(surface, (donor.rest, donor.faces), on_step=on_step),
        donors,
        lambda done: on_progress("register", done, len(donors)),
    )
    registration, donor = min(zip(fits, donors, strict=True), key=lambda one: one[0].cost)
    limit = MAX_COST
    if confidence is not None:
        limit = WARNING_COST if confidence < UNLIKE_CONFIDENCE else MAX_GUESSED_COST
    if registration.cost > limit:
        raise ZoetropeError(
            f"The mesh resembles no creature that motions are known for (nearest: {donor.title}, a "
            f"{donor.category}).",
            code="bad_mesh",
            remedy="Check that it is one whole creature, upright in a neutral pose; or choose its kind.",
        )
    return transfer_rig(target, donor, registration)


def transfer_rig(target: TargetMesh, donor: Donor, registration: Registration) -> RegisteredMesh:
    """Return a mesh with the skeleton and the weights of the donor that it was registered onto."""
    warped = registration.warp(target.vertices)
    return RegisteredMesh(
        target=target,
        donor=donor,
        registration=registration,
        skeleton=transfer_skeleton(donor.skeleton, registration.warp, target.proxy_vertices),
        weights=transfer_weights(donor, warped, target),
        warped=warped,
        scale=registration.warp.length_scale(target.proxy_vertices),
    )


def warnings_of(analysis: Analysis, mesh: RegisteredMesh) -> list[str]:
    """Return what the artist should know about a mesh that is animated nevertheless."""
    found = analysis.warnings
    cost, distortion = mesh.registration.cost, mesh.registration.distortion
    if cost > WARNING_COST or distortion > WARNING_DISTORTION:
        found.append(
            f"The mesh resembles its donor ({mesh.donor.title}) only roughly: look at the result, or choose "
            "another kind."
        )
    if analysis.ask:
        found.append("Kind or facing were guessed with little confidence: check them.")
    return found
