"""How well a donor's skeleton can express the clips of its own creature."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.library import ClipEntry
from zoetrope.geometry.normalisation import Box, normalising_box
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import skin

FRAMES = 16
"""Of each clip, evenly spaced: the papers' number."""


@dataclass(frozen=True)
class ClipError:
    """Distance between a clip's vertices and those of the fitted skeleton, in diagonals of the rest pose.

    Parameters
    ----------
    donor, clip, action : str
        Name of the donor, of the clip in its file, and the clip's label.
    mean, p99 : float
        Mean and 99th percentile over vertices and frames.
    worst_joint : str
        The joint whose vertices are furthest off in the mean.
    """

    donor: str
    clip: str
    action: str
    mean: float
    p99: float
    worst_joint: str


def check_donor(
    donor: Donor, asset: AnimatedAsset, clips: Sequence[ClipEntry], count: int
) -> list[ClipError]:
    """Fit a donor's skeleton to some clips of its creature.

    Parameters
    ----------
    donor : Donor
    asset : AnimatedAsset
        The file of its creature.
    clips : sequence of ClipEntry
        The clips of that file.
    count : int
        Clips that are fitted at most, evenly spaced in the list.
    """
    box = normalising_box(asset.rest)
    chosen = np.unique(np.linspace(0, len(clips) - 1, min(count, len(clips))).round().astype(int))
    return [_check_clip(donor, asset, clips[i], box) for i in chosen] if clips else []


def _check_clip(donor: Donor, asset: AnimatedAsset, clip: ClipEntry, box: Box) -> ClipError:
    clip_frames = asset.clip(clip.name, FRAMES, cyclic=clip.cyclic).frames
    frames = box.to_box(clip_frames.astype(np.float64))
    motion = fit_motion(donor.skeleton, donor.weights, donor.rest, frames, cyclic=clip.cyclic)
    distance = np.linalg.norm(skin(donor.rest, donor.weights, donor.skeleton, motion) - frames, axis=-1)
    distance /= np.linalg.norm(np.ptp(donor.rest, axis=0))
    dense = donor.weights.dense(len(donor.skeleton.names))
    of_joints = (distance.mean(axis=0) @ dense) / np.maximum(dense.sum(axis=0), 1e-9)
    worst = donor.skeleton.names[int(of_joints.argmax())]
    return ClipError(
        donor.name,
        clip.name,
        clip.action,
        float(distance.mean()),
        float(np.quantile(distance, 0.99)),
        worst,
    )
