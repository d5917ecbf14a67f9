"""The map of a body's proportions: the flow of a smooth velocity field, followed for one unit of time.

Deformation along a velocity field: von Funck, Theisel and Seidel, "Vector field based shape deformations"
(2006). A flow has an inverse, its own reverse, so the map never folds over whatever the factors are. A part
whose velocity grows by log(f) a unit of length is f times as long in the end. The landmarks flow along, so
that a part stays the same part on the way. Around the head the velocity is that of a similarity, but for a
residue that keeps circles round within `ROUNDNESS`: eyes are not squashed.
"""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from zoetrope.bodies.maps.body_map import jacobians
from zoetrope.bodies.maps.head import ball, head_share, rigidity
from zoetrope.bodies.maps.landmarks import Landmarks

STEPS = 8
"""Of the fourth-order Runge-Kutta method; with 32 no point moves by a further 1e-4 of the diagonal."""
ROUNDNESS = 0.07
"""Logarithm of the ratio of the largest to the smallest stretch that is left at the centre of the head."""
LEG_BLEND, TAIL_BLEND, ARM_BLEND, TOP_BLEND = 0.45, 0.15, 0.5, (0.72, 1.0)
"""Lengths over which parts begin: shares of the leg's length, of the body's length, of the trunk's half
width; shares of the height between which the top begins."""


class _Mark(IntEnum):
    """Rows of the array of points that flow along."""

    HEAD = 0
    NECK = 1
    HIPS = 2
    LEG_TOP = 3
    LEG_LOW = 4
    TAIL = 5
    TAIL_END = 6
    TOP = 7
    TOP_END = 8
    SIDE = 9


class ShapeFlow:
    """The map of points of a rest pose to those of the body with other proportions.

    Parameters
    ----------
    factors : mapping of str to float
        All of `BodyShape`.
    rest : (V, 3) float
        Facing -Y; the lowest point is on the ground, which stays level.
    landmarks : Landmarks
        Of this rest pose.
    """

    def __init__(self, factors: Mapping[str, float], rest: np.ndarray, landmarks: Landmarks) -> None:
        self._log = {name: float(np.log(value)) for name, value in factors.items()}
        low, high = rest.min(axis=0).astype(np.float64), rest.max(axis=0).astype(np.float64)
        self._middle, self._ground, self._size = 0.5 * (low + high), float(low[2]), high - low
        self._has_legs, self._has_tail = landmarks.leg_top is not None, landmarks.tail is not None
        self._radius = landmarks.head_radius
        self._marks = self._first_marks(landmarks, low, high)
        self._rigidity = self._head_rigidity()

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 3): (N, 3) float64."""
        count, step = len(self._marks), 1.0 / STEPS
        state = np.concatenate([self._marks, points.astype(np.float64)])
        for i in range(STEPS):
            time = i * step
            first = self._velocity(state, count, time)
            second = self._velocity(state + 0.5 * step * first, count, time + 0.5 * step)
            third = self._velocity(state + 0.5 * step * second, count, time + 0.5 * step)
            fourth = self._velocity(state + step * third, count, time + step)
            state = state + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
        return state[count:]

    def _first_marks(self, landmarks: Landmarks, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return where the marks (M, 3) are in the rest pose, whose corners are low and high (3,)."""
        x, height, length = self._middle[0], self._size[2], self._size[1]
        leg_top = self._ground + 0.5 * height if landmarks.leg_top is None else landmarks.leg_top
        leg_low = leg_top - LEG_BLEND * (leg_top - self._ground)
        tail = high[1] - 0.25 * length if landmarks.tail is None else landmarks.tail
        marks = np.zeros((len(_Mark), 3))
        marks[_Mark.HEAD], marks[_Mark.NECK], marks[_Mark.HIPS] = (
            landmarks.head,
            landmarks.neck,
            landmarks.hips,
        )
        marks[_Mark.LEG_TOP], marks[_Mark.LEG_LOW] = (
            [x, landmarks.hips[1], leg_top],
            [x, landmarks.hips[1], leg_low],
        )
        level = landmarks.hips[2]
        marks[_Mark.TAIL], marks[_Mark.TAIL_END] = [x, tail, level], [x, tail + TAIL_BLEND * length, level]
        first, second = (low[2] + share * height for share in TOP_BLEND)
        marks[_Mark.TOP], marks[_Mark.TOP_END] = [x, landmarks.neck[1], first], [x, landmarks.neck[1], second]
        marks[_Mark.SIDE] = 0.5 * (landmarks.neck + landmarks.hips) + [landmarks.half_width, 0.0, 0.0]
        marks[:, 0] = np.where(np.arange(len(_Mark)) == _Mark.SIDE, marks[:, 0], x)
        return marks

    def _velocity(self, state: np.ndarray, count: int, time: float) -> np.ndarray:
        """Return velocities (N, 3) of marks and points: the body's, with the head's similarity blended in.

        Parameters
        ----------
        state : (N, 3) float
            Where marks and points are now.
        count : int
            The first so many of them are the marks.
        time : float
            From 0 to 1; the head grows with it.
        """
        marks, head = state[:count], state[_Mark.HEAD]
        out = self._body_velocity(state, marks)
        growth, scale = self._log["head"], self._uniform()
        radius = self._radius * np.exp((growth + scale) * time)
        offset = state - head
        share = head_share(offset, head - marks[_Mark.NECK], radius)[:, None]
        straight = self._rigidity * (scale * offset - (out - out[_Mark.HEAD]))
        blended = out + share * (straight + growth * offset)
        blended[:count] = out[:count]
        return np.asarray(blended)

    def _uniform(self) -> float:
        """Logarithm of the scale that width, length and height have in common: the head's, too."""
        return (self._log["width"] + self._log["length"] + self._log["height"]) / 3.0

    def _body_velocity(self, state: np.ndarray, marks: np.ndarray) -> np.ndarray:
        """The velocity (N, 3) of all proportions but the head's size."""
        log, out = self._log, np.zeros_like(state)
        x, y, z = state[:, 0] - self._middle[0], state[:, 1] - self._middle[1], state[:, 2] - self._ground
        out[:, 0], out[:, 1], out[:, 2] = log["width"] * x, log["length"] * y, log["height"] * z
        if self._has_legs and log["legs"]:
            below = z - _beyond(state[:, 2], marks[_Mark.LEG_LOW, 2], marks[_Mark.LEG_TOP, 2])
            out[:, 2] += log["legs"] * below
        if self._has_tail and log["tail"]:
            out[:, 1] += log["tail"] * _beyond(state[:, 1], marks[_Mark.TAIL, 1], marks[_Mark.TAIL_END, 1])
        if log["top"]:
            out[:, 2] += log["top"] * _beyond(state[:, 2], marks[_Mark.TOP, 2], marks[_Mark.TOP_END, 2])
        half_width = marks[_Mark.SIDE, 0] - self._middle[0]
        if log["arms"]:
            beyond = _beyond(np.abs(x), half_width, (1.0 + ARM_BLEND) * half_width)
            out[:, 0] += log["arms"] * np.sign(x) * beyond
        if log["neck"]:
            along = marks[_Mark.HEAD] - marks[_Mark.NECK]
            reach = float(np.linalg.norm(along))
            direction = along / max(reach, 1e-9)
            ahead = (state - marks[_Mark.NECK]) @ direction
            out += log["neck"] * _beyond(ahead, 0.0, 0.7 * reach)[:, None] * direction
        if log["chest"] or log["belly"] or log["hips"] or log["trunk"]:
            self._add_girth(out, state, marks, half_width)
        return out

    def _add_girth(self, out: np.ndarray, state: np.ndarray, marks: np.ndarray, half_width: float) -> None:
        """Add the velocity of girths and trunk: functions of the place between hips and neck."""
        axis = marks[_Mark.NECK] - marks[_Mark.HIPS]
        reach = max(float(np.linalg.norm(axis)), 1e-9)
        direction = axis / reach
        place = (state - marks[_Mark.HIPS]) @ direction / reach
        rear, middle, front = (_bump(place - centre) for centre in (0.0, 0.5, 1.0))
        log = self._log
        girth = log["hips"] * rear + log["belly"] * middle + log["chest"] * front
        x = state[:, 0] - self._middle[0]
        out[:, 0] += girth * _within(x, 1.3 * half_width)
        across = np.array([0.0, -direction[2], direction[1]])
        depth = (state - marks[_Mark.HIPS]) @ across
        # an animal's legs are below its trunk: its girth is its width alone, or its legs would grow
        share = direction[2] ** 2 if self._has_legs else 1.0
        out += (share * girth * _within(depth, 1.3 * half_width))[:, None] * across
        if log["trunk"]:
            top = marks[_Mark.LEG_TOP, 2]
            rise = _beyond(state[:, 2], 0.7 * top + 0.3 * self._ground, top)
            out[:, 2] += log["trunk"] * 0.5 * (front - rear) * (1.0 - share) * rise

    def _head_rigidity(self) -> float:
        """How much of the body's own velocity the head must not follow, from 0 to 1, to stay round."""
        points = self._marks[_Mark.HEAD] + ball(self._radius)
        gradient = jacobians(lambda samples: self._body_velocity(samples, self._marks), points)
        strain = np.linalg.eigvalsh(0.5 * (gradient + gradient.transpose(0, 2, 1)))
        spread = float((strain[:, 2] - strain[:, 0]).max())
        return rigidity(spread, ROUNDNESS)


def _beyond(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return 0 before `start`, slope 1 after `end`: the integral of a smooth step between them."""
    width = max(end - start, 1e-9)
    u = np.clip((values - start) / width, 0.0, 1.0)
    return np.asarray(width * (u**3 - 0.5 * u**4) + np.maximum(values - end, 0.0))


def _within(values: np.ndarray, limit: float) -> np.ndarray:
    """Return the values up to a limit, smoothly constant beyond it, with their signs."""
    size = np.abs(values)
    return np.asarray(np.sign(values) * (size - _beyond(size, limit, 2.0 * limit)))


def _bump(u: np.ndarray) -> np.ndarray:
    """Quadratic B-spline on knots 0.5 apart: smooth, 0 beyond 0.75 from the centre; neighbours sum to 1."""
    v = np.abs(u) / 0.5
    near, far = 0.75 - v * v, 0.5 * (1.5 - np.minimum(v, 1.5)) ** 2
    return np.asarray(np.where(v < 0.5, near, far))
