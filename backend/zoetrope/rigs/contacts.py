"""Ground contact: when the feet of a moving body rest, and holding them still there.

A creature that walks on the spot moves its resting feet backward, all at one speed, as if on a treadmill. A
resting foot is therefore held on a straight line at that speed (for a creature that stands, in one place).
"""

from dataclasses import dataclass

import numpy as np

from zoetrope.geometry.ground_contact import CONTACT_HEIGHT, find_feet
from zoetrope.rigs.skeleton import Skeleton, SkinWeights

MIN_RUN = 3
"""Model frames that a foot rests at least."""
MAX_DEVIATION = 0.5
"""A foot whose speed differs from the ground's by more than this share of it, or than `SLOW`, is dragged."""
SLOW = 0.01
"""Share of the height a frame."""


@dataclass(frozen=True)
class Contact:
    """One foot at rest on the ground.

    Parameters
    ----------
    joint : int
        Joint that moves the foot.
    frames : (N,) int
        Consecutive frames; of a loop they may go on from the last to the first.
    """

    joint: int
    frames: np.ndarray


@dataclass(frozen=True)
class Foot:
    """Vertices on the ground that one joint moves. joint : int; vertices : (n,) int"""

    joint: int
    vertices: np.ndarray


def feet_of(rest: np.ndarray, weights: SkinWeights, joint_count: int) -> list[Foot]:
    """Return the feet of a skinned rest pose (V, 3): clusters of its lowest vertices, one a joint."""
    dense = weights.dense(joint_count)
    merged: dict[int, list[np.ndarray]] = {}
    for vertices in find_feet(rest):
        joint = int(dense[vertices].sum(axis=0).argmax())
        merged.setdefault(joint, []).append(vertices)
    return [Foot(joint, np.concatenate(groups)) for joint, groups in merged.items()]


def ground_velocity(frames: np.ndarray, feet: list[Foot], height: float, cyclic: bool) -> np.ndarray:
    """Return the median horizontal velocity (3,), a frame, of foot vertices that are on the ground.

    Parameters as for `find_contacts`.
    """
    after, before = _steps(frames, cyclic)
    ground = frames[..., 2].min() + CONTACT_HEIGHT * height
    vertices = np.concatenate([foot.vertices for foot in feet]) if feet else np.zeros(0, int)
    touching = (before[:, vertices, 2] < ground) & (after[:, vertices, 2] < ground)
    if not touching.any():
        return np.zeros(3)
    velocity = np.median((after[:, vertices] - before[:, vertices])[touching], axis=0)
    return np.asarray(velocity * [1.0, 1.0, 0.0])


def find_contacts(frames: np.ndarray, feet: list[Foot], height: float, cyclic: bool) -> list[Contact]:
    """Find when feet rest.

    Parameters
    ----------
    frames : (T, V, 3) float
    feet : list of Foot
    height : float
        Of the rest pose.
    cyclic : bool
        The last frame leads to the first.
    """
    velocity = ground_velocity(frames, feet, height, cyclic)
    limit = max(MAX_DEVIATION * float(np.linalg.norm(velocity)), SLOW * height)
    ground = frames[..., 2].min() + CONTACT_HEIGHT * height
    contacts = []
    for foot in feet:
        points = frames[:, foot.vertices]
        after, before = _steps(points.mean(axis=1), cyclic)
        speed = np.linalg.norm((after - before - velocity)[:, :2], axis=1)
        if not cyclic:
            speed = np.append(speed, speed[-1])
        resting = (points[..., 2].min(axis=1) < ground) & (speed < limit)
        contacts += [Contact(foot.joint, run) for run in _runs(resting, cyclic) if len(run) >= MIN_RUN]
    return contacts


def hold_feet(
    frames: np.ndarray, rest: np.ndarray, feet: list[Foot], contacts: list[Contact], cyclic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return frames in which resting feet stay put, and which vertices were held.

    Parameters
    ----------
    frames : (T, V, 3) float
    rest : (V, 3) float
        Its lowest vertex is on the ground.
    feet, contacts
        Of this body; contacts of joints that move none of its feet are left out.

    Returns
    -------
    frames : (T, V, 3) float
    held : (V,) bool
    """
    out, held = frames.copy(), np.zeros(len(rest), bool)
    by_joint = {foot.joint: foot for foot in feet}
    ours = [contact for contact in contacts if contact.joint in by_joint]
    velocities = [
        np.diff(_path(frames, by_joint[one.joint]).take(one.frames, axis=0), axis=0) for one in ours
    ]
    if not ours:
        return out, held
    velocity = np.median(np.concatenate(velocities), axis=0) * [1.0, 1.0, 0.0]
    ground = float(rest[:, 2].min())
    for contact in ours:
        foot = by_joint[contact.joint]
        path = _path(frames, foot)[contact.frames]
        time = np.arange(len(path)) - 0.5 * (len(path) - 1)
        line = path.mean(axis=0) + time[:, None] * velocity
        lowest = frames[contact.frames][:, foot.vertices, 2].min(axis=1).mean()
        line[:, 2] += ground - lowest
        out[np.ix_(contact.frames, foot.vertices)] += (line - path)[:, None]
        held[foot.vertices] = True
    return out, held


def foot_slip(frames: np.ndarray, feet: list[Foot], contacts: list[Contact], leg_length: float) -> float:
    """Return how far resting feet leave their straight lines: the mean over contacts of the largest distance.

    Parameters
    ----------
    frames : (T, V, 3) float
    feet, contacts
        As for `hold_feet`.
    leg_length : float
        Mean length of the legs.

    Returns
    -------
    float
        A share of the leg's length; 0 without contacts.
    """
    by_joint = {foot.joint: foot for foot in feet}
    ours = [contact for contact in contacts if contact.joint in by_joint]
    steps = [np.diff(_path(frames, by_joint[one.joint])[one.frames], axis=0) for one in ours]
    if not ours:
        return 0.0
    velocity = np.median(np.concatenate(steps), axis=0) * [1.0, 1.0, 0.0]
    slips = []
    for contact in ours:
        path = _path(frames, by_joint[contact.joint])[contact.frames]
        away = path - np.arange(len(path))[:, None] * velocity
        slips.append(float(np.linalg.norm((away - away.mean(axis=0))[:, :2], axis=1).max()))
    return float(np.mean(slips)) / leg_length


def leg_length(skeleton: Skeleton, joint: int) -> float:
    """Return the length of the bones from a foot's joint up to the first joint that has other children."""
    children = np.bincount(skeleton.parents[skeleton.parents >= 0], minlength=len(skeleton.parents))
    length, current = 0.0, joint
    while skeleton.parents[current] > 1 and children[skeleton.parents[current]] == 1:
        parent = int(skeleton.parents[current])
        length += float(np.linalg.norm(skeleton.heads[current] - skeleton.heads[parent]))
        current = parent
    return length + float(np.linalg.norm(skeleton.tails[joint] - skeleton.heads[joint]))


def _path(frames: np.ndarray, foot: Foot) -> np.ndarray:
    return np.asarray(frames[:, foot.vertices].mean(axis=1))


def _steps(values: np.ndarray, cyclic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values after and before each step; a loop has one from the last frame to the first."""
    return (np.roll(values, -1, axis=0), values) if cyclic else (values[1:], values[:-1])


def _runs(mask: np.ndarray, cyclic: bool) -> list[np.ndarray]:
    """Maximal runs of True as frame indices; a loop's run may wrap."""
    count = len(mask)
    if mask.all():
        return [np.arange(count)]
    first = int(np.flatnonzero(~mask)[0]) if cyclic else 0
    order = (np.arange(count) + first) % count
    padded = np.concatenate([[False], mask[order], [False]]).astype(int)
    begins, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    return [order[begin:end] for begin, end in zip(begins, ends, strict=True)]
