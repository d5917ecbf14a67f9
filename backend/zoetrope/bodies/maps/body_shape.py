"""The proportions of a body: plain numbers that an artist sets, 1 for unchanged."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np

from zoetrope.bodies.maps.body_map import BodyMap, identity_map
from zoetrope.bodies.maps.landmarks import Landmarks, typical_landmarks
from zoetrope.bodies.maps.shape_flow import ShapeFlow
from zoetrope.errors import ZoetropeError

RANGES = {
    **dict.fromkeys(("width", "length", "height"), (0.6, 1.6)),
    **dict.fromkeys(("legs", "neck", "tail"), (0.5, 2.0)),
    **dict.fromkeys(("head", "arms", "chest", "belly", "hips", "top"), (0.6, 1.6)),
    "trunk": (0.8, 1.25),
}
"""Smallest and largest factor of each proportion."""


@dataclass(frozen=True)
class BodyShape:
    """How a body differs from the one that was sampled; factors of 1 change nothing.

    Parameters
    ----------
    width, length, height : float
        Of the whole body, but for the head, which stays round.
    legs, neck, tail, arms : float
        Length; `arms` of wings and side fins too.
    head : float
        Size of the head, all ways alike.
    chest, belly, hips : float
        Girth of the front, middle and rear of the trunk (top, middle and bottom, of an upright one).
    trunk : float
        Height of the trunk's front against its rear.
    top : float
        Height of what is highest: horns, ears, crests, dorsal fins.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a factor is not a number or out of its range (`RANGES`).
    """

    width: float = 1.0
    length: float = 1.0
    height: float = 1.0
    legs: float = 1.0
    neck: float = 1.0
    head: float = 1.0
    tail: float = 1.0
    arms: float = 1.0
    chest: float = 1.0
    belly: float = 1.0
    hips: float = 1.0
    trunk: float = 1.0
    top: float = 1.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not math.isfinite(value) or not low <= value <= high:
                raise ZoetropeError(
                    f"The proportion {name} is {value}.",
                    code="bad_option",
                    remedy=f"It may be from {low} to {high}; 1 leaves it unchanged.",
                )

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "BodyShape":
        """Return the proportions of a mapping, as JSON holds it; what it lacks is 1.

        Raises
        ------
        ZoetropeError
            Code "bad_option": there is no such proportion, or it is out of its range.
        """
        for name in values:
            if name not in RANGES:
                raise ZoetropeError(
                    f"There is no proportion {str(name)[:40]!r}.",
                    code="bad_option",
                    remedy=f"Choose from {', '.join(PROPORTIONS)}.",
                )
        return cls(**{name: _number(name, value) for name, value in values.items()})

    def as_mapping(self) -> dict[str, float]:
        """Return all factors by name, for JSON."""
        return {name: float(value) for name, value in asdict(self).items()}

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return all(value == 1.0 for value in asdict(self).values())

    def times(self, other: "BodyShape") -> "BodyShape":
        """Return the product of both, each factor kept in its range: sliders on top of a sample."""
        product = {
            name: min(max(getattr(self, name) * getattr(other, name), low), high)
            for name, (low, high) in RANGES.items()
        }
        return BodyShape(**product)

    def acting_on(self, category: str) -> "BodyShape":
        """Return the same with a factor of 1 for what bodies of a category do not have."""
        return BodyShape(**(self.as_mapping() | dict.fromkeys(ABSENT.get(category, ()), 1.0)))

    @classmethod
    def sample(cls, rng: np.random.Generator, strength: float = 1.0, category: str = "") -> "BodyShape":
        """Sample proportions from the prior of a category.

        Each logarithm is normal, cut off at two deviations.

        Parameters
        ----------
        rng : numpy.random.Generator
            Always advanced by the same number of values.
        strength : float
            Of the deviations; 0 is the unchanged body.
        category : str
        """
        spread = _SPREAD | _SPREAD_OF.get(category, {})
        absent = ABSENT.get(category, ())
        normal = np.clip(rng.standard_normal(len(PROPORTIONS)), -2.0, 2.0)
        values = {}
        for name, value in zip(PROPORTIONS, normal, strict=True):
            low, high = RANGES[name]
            factor = math.exp(strength * spread[name] * float(value))
            values[name] = 1.0 if name in absent else min(max(factor, low), high)
        return cls(**values)

    def map_for(self, rest: np.ndarray, category: str = "", landmarks: Landmarks | None = None) -> BodyMap:
        """Return the map of a body.

        Parameters
        ----------
        rest : (V, 3) float
            Rest pose, facing -Y.
        category : str
            What the body does not have is not changed.
        landmarks : Landmarks, optional
            Of this rest pose; by default the typical ones of the category.
        """
        shape = self.acting_on(category)
        if shape.is_identity:
            return identity_map
        landmarks = landmarks or typical_landmarks(rest, category)
        return ShapeFlow(shape.as_mapping(), rest, landmarks)


PROPORTIONS = tuple(field.name for field in fields(BodyShape))
"""Names of all proportions, in order."""

ABSENT = {
    "biped": ("trunk",),
    "blob": ("legs", "neck", "tail", "chest", "belly", "hips", "trunk"),
    "dinosaur": ("arms",),
    "fish": ("legs", "neck", "trunk"),
    "humanoid": ("tail", "trunk", "top"),
    "quadruped": ("arms",),
    "winged": ("legs", "trunk"),
}
"""Proportions that bodies of a category do not have: they change nothing."""

_SPREAD = {
    **{"width": 0.09, "length": 0.09, "height": 0.09},
    **{"legs": 0.14, "neck": 0.14, "head": 0.12, "tail": 0.18, "arms": 0.10},
    **{"chest": 0.10, "belly": 0.12, "hips": 0.10, "trunk": 0.05, "top": 0.12},
}
"""Standard deviations of the logarithms."""
_SPREAD_OF: dict[str, dict[str, float]] = {
    "biped": {"legs": 0.18, "head": 0.14, "arms": 0.12, "belly": 0.15},
    "blob": {"width": 0.14, "length": 0.14, "height": 0.16, "head": 0.09, "arms": 0.15},
    "fish": {"length": 0.16, "height": 0.16, "width": 0.13, "tail": 0.20, "top": 0.16, "arms": 0.15},
    "humanoid": {
        **{"width": 0.06, "length": 0.06, "height": 0.05, "legs": 0.07, "head": 0.07, "arms": 0.03},
        **{"neck": 0.07, "chest": 0.07, "belly": 0.10, "hips": 0.07},
    },
    "quadruped": {"legs": 0.18, "neck": 0.18},
    "winged": {"arms": 0.15, "head": 0.13},
}
"""Where a category differs, found by rendering two deviations (people look wrong soonest)."""


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ZoetropeError(
            f"The proportion {name} is not a number: {str(value)[:40]!r}.",
            code="bad_option",
            remedy="Give a factor; 1 leaves it unchanged.",
        )
    return float(value)
