"""Guessing an artist's mesh: which way it faces, what category it is, and which donors it resembles.

Donors are first compared by the distance between surfaces in their boxes, at all headings; the best are
registered coarsely, facing both ways, and ranked by the registration's cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from zoetrope.bodies.parallel import OnStep, map_parallel
from zoetrope.bodies.registration import COARSE, register
from zoetrope.bodies.surface_distance import Candidate, surface_distances
from zoetrope.bodies.target import TargetMesh
from zoetrope.bodies.uprightness import check_upright

HEADINGS = np.arange(0.0, 360.0, 22.5)
"""Degrees; the registration turns what lies between them."""
CANDIDATES = 6
"""Donors that are registered coarsely."""
TRIED_REVERSED = 2
"""Of these the best ones are also tried facing the other way."""
PER_CATEGORY = 3
"""Donors of one category at most, as long as others are left."""
SNAP_ANGLE = 12.0
"""Degrees. Headings this close to an axis are taken to be on it: most meshes are modelled along one."""
DIFFERENT_FACING = 60.0
"""Degrees between two facings from which on they are different answers, not one told more exactly."""
CERTAIN_MARGIN = 0.12
"""Relative gap between the costs of the best guess and of the best other one from which on it is certain."""


@dataclass(frozen=True)
class Match:
    """A donor as it fits the mesh when that is turned by `facing` degrees about Z.

    Parameters
    ----------
    name, category : str
    facing : float
    cost, distortion : float
        See `Registration`.
    """

    name: str
    category: str
    facing: float
    cost: float
    distortion: float


@dataclass(frozen=True)
class Recognition:
    """The matches, best first, and how certain the first one is.

    Parameters
    ----------
    matches : tuple of Match
    category_margin, facing_margin : float
        Relative gap to the best match of another category, and to the best one that faces elsewhere; 1 where
        the caller gave the category or the facing.
    """

    matches: tuple[Match, ...]
    category_margin: float
    facing_margin: float

    @property
    def confidence(self) -> float:
        """0 to 1: the smaller margin against `CERTAIN_MARGIN`."""
        return float(np.clip(min(self.category_margin, self.facing_margin) / CERTAIN_MARGIN, 0.0, 1.0))


def recognise(
    target: TargetMesh,
    donors: Sequence[Candidate],
    *,
    category: str = "",
    facing: float | None = None,
    on_step: Callable[[int, int], None] = lambda *_: None,
) -> Recognition:
    """Compare a mesh with donors.

    Parameters
    ----------
    target : TargetMesh
        Not turned yet.
    donors : sequence of Candidate
    category : str
        Known category; empty: guessed.
    facing : float, optional
        Known facing in degrees about Z; None: guessed.
    on_step : callable
        Called with (registrations done, registrations in all); may raise to cancel.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": it does not stand upright; not where its facing is known.
    """
    donors = [donor for donor in donors if not category or donor.category == category]
    headings = HEADINGS if facing is None else np.array([facing])
    distances = surface_distances(target.proxy_vertices, target.proxy_faces, donors, headings)
    chosen = _candidates(distances, [donor.category for donor in donors])
    tries = [(donor, float(headings[distances[:, donor].argmin()])) for donor in chosen]
    if facing is None:
        tries = [(donor, _snapped(heading)) for donor, heading in tries]
    total = len(tries) + (0 if facing is not None else TRIED_REVERSED)
    matches = _registered(target, donors, tries, lambda done: on_step(done, total))
    if facing is None:
        best = sorted(range(len(matches)), key=lambda i: matches[i].cost)[:TRIED_REVERSED]
        other_way = [(tries[i][0], (tries[i][1] + 180.0) % 360.0) for i in best]
        done = len(matches)
        matches += _registered(target, donors, other_way, lambda more: on_step(done + more, total))
    matches.sort(key=lambda match: match.cost)
    if facing is None:
        check_upright(target, donors, float(distances.min()), matches[0].cost)
    best_match = matches[0]
    return Recognition(
        tuple(matches),
        1.0 if category else _margin(matches, lambda match: match.category != best_match.category),
        1.0
        if facing is not None
        else _margin(matches, lambda match: _angle(match, best_match) > DIFFERENT_FACING),
    )


def _registered(
    target: TargetMesh,
    donors: Sequence[Candidate],
    tries: Sequence[tuple[int, float]],
    on_done: Callable[[int], None],
) -> list[Match]:
    """Register the mesh coarsely onto donors (index, heading), some at a time."""

    def match(one: tuple[int, float], on_step: OnStep) -> Match:
        donor, turned = donors[one[0]], target.turned(one[1])
        surface = turned.proxy_vertices, turned.proxy_faces
        fit = register(surface, (donor.vertices, donor.faces), COARSE, on_step=on_step)
        return Match(donor.name, donor.category, one[1], fit.cost, fit.distortion)

    return map_parallel(match, tries, on_done)


def _candidates(distances: np.ndarray, categories: Sequence[str]) -> list[int]:
    """Indices of the nearest donors, at most `PER_CATEGORY` of a category while others are left."""
    order = [int(i) for i in np.argsort(distances.min(axis=0), kind="stable")]
    chosen: list[int] = []
    for index in order:
        if sum(categories[i] == categories[index] for i in chosen) < PER_CATEGORY:
            chosen.append(index)
    chosen += [index for index in order if index not in chosen]
    return chosen[:CANDIDATES]


def _snapped(heading: float) -> float:
    nearest = round(heading / 90.0) * 90.0
    return nearest % 360.0 if abs(heading - nearest) <= SNAP_ANGLE else heading


def _angle(a: Match, b: Match) -> float:
    return abs((a.facing - b.facing + 180.0) % 360.0 - 180.0)


def _margin(matches: Sequence[Match], other: Callable[[Match], bool]) -> float:
    costs = [match.cost for match in matches if other(match)]
    return 1.0 if not costs else float(min(costs) / max(matches[0].cost, 1e-9) - 1.0)
