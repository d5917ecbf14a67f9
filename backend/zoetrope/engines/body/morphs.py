"""Morphs of a sampled body: the creature that it goes to, and the registration to that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from zoetrope.bodies.maps.landmarks import Landmarks
from zoetrope.bodies.maps.morph import Morph, check_amount
from zoetrope.bodies.surface_distance import Candidate, surface_distances
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.rigs.donors.donor import Donor

if TYPE_CHECKING:
    from zoetrope.bodies.registration import Registration

NEAREST = 3
"""Creatures that are named where a morph is refused."""

Registrations = dict[tuple[str | int, int], "Registration"]
"""Registrations that were made, by the other creature and the body's seed."""


@dataclass(frozen=True)
class MorphTargets:
    """What a body can be morphed to.

    Parameters
    ----------
    donors_of : callable
        Category -> its donors; there may be none.
    sampled_surface : callable
        Seed -> coarse surface, in the box, of the body of that seed.
    registrations : dict
        Those that were made before; it is filled.
    """

    donors_of: Callable[[str], Sequence[Donor]]
    sampled_surface: Callable[[int], MeshArrays]
    registrations: Registrations = field(default_factory=dict)


def make_morph(
    request: GenerateRequest,
    requested: MorphRequest,
    surface: MeshArrays,
    landmarks: Landmarks,
    targets: MorphTargets,
    on_progress: OnProgress = ignore_progress,
) -> Morph:
    """Return the morph of a request's body to the requested creature.

    Parameters
    ----------
    request : GenerateRequest
        Its seed and category are the body's.
    requested : MorphRequest
    surface : (V, 3) float, (F, 3) int
        Of the body, in its box; a coarse one is enough.
    landmarks : Landmarks
        Of the body.
    targets : MorphTargets
    on_progress : callable
        Called with the stage "morph" while the two are registered; may raise to cancel.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such creature, or the body is too unlike it.
    """
    # torch, which registers, takes seconds to import: engines without weights do without
    from zoetrope.bodies.registration import register

    registrations, key = targets.registrations, (requested.other, request.seed)
    donors = targets.donors_of(request.category)
    if isinstance(requested.other, int):
        seed, donor = requested.other, None
    else:
        seed, donor = 0, find_donor(requested.other, donors)
    if key not in registrations:
        other = targets.sampled_surface(seed) if donor is None else (donor.rest, donor.faces)
        registrations[key] = register(
            surface, other, on_step=lambda done, total: on_progress("morph", done, total)
        )
    title = f"the body of seed {seed}" if donor is None else f"the {donor.title}"
    nearest = _nearest_titles(surface, [one for one in donors if donor is None or one.title != donor.title])
    check_amount(registrations[key], surface[0], requested.amount, title, nearest)
    return Morph(registrations[key], requested.amount, surface[0].astype(np.float64), landmarks)


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
