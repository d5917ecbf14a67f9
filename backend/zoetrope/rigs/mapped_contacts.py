"""Ground contact of a mapped body: it touches the ground where the body that it comes from does.

Joints turn alike on both bodies, but legs that grew more than the rest lower the hips too little, and feet
come to slide. The lowest point therefore keeps its share of the height above the ground, frame by frame, and
a resting foot moves as on the other body, scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoetrope.rigs.contacts import Contact, Foot

NEAR_GROUND = 0.1
"""Share of the height up to which a body's lowest point has to do with the ground."""


@dataclass(frozen=True)
class Ground:
    """The ground of a body and of its mapped body.

    Parameters
    ----------
    before, after : float
        Lowest point (z) of the rest poses.
    height : float
        Of the body, before.
    growth : float
        Height after, of a unit of height before.
    """

    before: float
    after: float
    height: float
    growth: float

    @classmethod
    def of(cls, rest: np.ndarray, mapped: np.ndarray) -> "Ground":
        """Return the grounds of a rest pose (V, 3) and the mapped one."""
        height = max(float(np.ptp(rest[:, 2])), 1e-9)
        growth = float(np.ptp(mapped[:, 2])) / height
        return cls(float(rest[:, 2].min()), float(mapped[:, 2].min()), height, growth)

    def rise(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the rise (T,) that keeps the lowest point's clearance; none high above the ground.

        Parameters
        ----------
        before, after : (T, P, 3) float
            Frames of the body and of the mapped one.
        """
        clearance = before[..., 2].min(axis=1) - self.before
        target = self.growth * clearance + self.after
        share = 1.0 - np.clip(np.abs(clearance) / (NEAR_GROUND * self.height), 0.0, 1.0)
        return np.asarray(share * (target - after[..., 2].min(axis=1)))

    def foot_shifts(
        self,
        before: np.ndarray,
        after: np.ndarray,
        feet: Sequence[Foot],
        contacts: Sequence[Contact],
        cyclic: bool,
    ) -> dict[int, np.ndarray]:
        """Return how far each foot is to be moved in every frame, by the index of the foot.

        Where it rests, it then moves as on the other body, scaled; between, the shift is interpolated.

        Parameters
        ----------
        before, after : (T, V, 3) float
            Frames of the body and of the mapped one.
        feet, contacts : sequence of Foot, of Contact
        cyclic : bool

        Returns
        -------
        dict of int to (T, 3) float
            Feet that rest at some time.
        """
        shifts = {}
        for index, foot in enumerate(feet):
            points, moved = before[:, foot.vertices], after[:, foot.vertices]
            path, new_path = points.mean(axis=1), moved.mean(axis=1)
            lowest, new_lowest = points[..., 2].min(axis=1), moved[..., 2].min(axis=1)
            shift, resting = np.zeros((len(before), 3)), np.zeros(len(before), bool)
            for contact in contacts:
                if contact.joint != foot.joint:
                    continue
                run = contact.frames
                resting[run] = True
                target = self.growth * (path[run] - path[run].mean(axis=0))
                shift[run] = target - (new_path[run] - new_path[run].mean(axis=0))
                shift[run, 2] = self.growth * (lowest[run] - self.before) + self.after - new_lowest[run]
            if resting.any():
                shifts[index] = _between(shift, resting, cyclic)
        return shifts


def _between(shift: np.ndarray, resting: np.ndarray, cyclic: bool) -> np.ndarray:
    """Shifts (T, 3) of a foot: as given where it rests, interpolated in the frames between."""
    count, held = len(shift), np.flatnonzero(resting)
    period = count if cyclic else None
    columns = [np.interp(np.arange(count), held, shift[held, i], period=period) for i in range(3)]
    return np.stack(columns, axis=1)
