"""What the backend guesses about a mesh: its kind, and the direction that it faces."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Guess:
    """An answer to `analyse_mesh`.

    `direction`: radians, the direction that the mesh faces (`direction_of`). `confidence` is from 0 to 1;
    `ask`: kind or direction is uncertain, so that the artist must confirm. `donors`: (name, title, cost)
    best first. `warnings`: sentences.
    """

    category: str
    direction: float
    confidence: float
    ask: bool
    donors: tuple
    warnings: tuple

    @classmethod
    def from_answer(cls, answer):
        """Read an answer; KeyError, TypeError or ValueError where it is none."""
        return cls(
            str(answer["category"]),
            direction_of(answer["facing"]),
            float(answer["confidence"]),
            bool(answer["ask"]),
            tuple((str(d["name"]), str(d["title"]), float(d["cost"])) for d in answer["donors"]),
            tuple(str(text) for text in answer["warnings"]),
        )


def direction_of(facing):
    """Direction in radians of the protocol's facing in degrees; an exact inverse of `facing_of`.

    The protocol says how to turn the mesh about Z until it faces -Y. The panel says where it faces: 0 is -Y,
    a quarter is +X.
    """
    return _wrapped(math.radians(-float(facing)))


def facing_of(direction):
    """The protocol's facing in degrees of a direction in radians."""
    return math.degrees(_wrapped(-direction))


def turned(direction, angle):
    """A direction turned by an angle, in radians, within (-pi, pi]."""
    return _wrapped(direction + angle)


def _wrapped(angle):
    return math.pi - (math.pi - angle) % math.tau
