"""Real creatures as reconstruction targets: a solid, samples to fit, and held-out points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.frame_times import frame_times
from zoetrope.geometry.field_samples import DistanceSamples, FlowSampler, sample_distances
from zoetrope.geometry.mesh_properties import vertex_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rigid_alignment import fit_rigid_transforms, nonrigid_offsets
from zoetrope.geometry.solid import Solid, build_solid

FRAMES = 32
SAMPLES = 30_000
POINTS = 2000


@dataclass(frozen=True)
class ClipTarget:
    """One clip at its model frames and half-way between them.

    fit : (T, M, 3) offsets of the fitting points; held : (T, N, 3) positions of the held-out points;
    between : (T', N, 3) their positions half-way; transforms : (T, 4, 4) rigid transforms.
    """

    name: str
    cyclic: bool
    fit: np.ndarray
    held: np.ndarray
    between: np.ndarray
    transforms: np.ndarray


@dataclass(frozen=True)
class Target:
    """One creature in the box.

    fit_points (M, 3) go with `ClipTarget.fit`, held_points (N, 3) with `held` and `between`.
    """

    name: str
    solid: Solid
    samples: DistanceSamples
    fit_points: np.ndarray
    held_points: np.ndarray
    clips: tuple[ClipTarget, ...]


def target_of(
    name: str,
    asset: AnimatedAsset,
    clips: Sequence[tuple[str, bool]],
    seed: int = 1_000_003,
    samples: int = SAMPLES,
) -> Target:
    """Prepare a creature. The seed gives other points than those of any training.

    Parameters
    ----------
    clips : sequence of (name, cyclic)
    samples : int
        Signed distances to fit the shape to.
    """
    rng = np.random.default_rng(seed)
    box = normalising_box(asset.rest)
    rest = box.to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    distances = sample_distances(solid, samples, rng)
    flow, held = (FlowSampler.sample(rest, asset.faces, POINTS, rng) for _ in range(2))
    areas = vertex_areas(rest, asset.faces)
    targets = []
    for clip, cyclic in clips:
        times = frame_times(asset.span(clip), FRAMES, cyclic)
        frames = box.to_box(asset.evaluate(clip, times))
        halves = box.to_box(
            asset.evaluate(clip, (times if cyclic else times[:-1]) + 0.5 * (times[1] - times[0]))
        )
        transforms = fit_rigid_transforms(rest, frames, areas)
        moved = np.stack([flow.points(frame) for frame in frames])
        targets.append(
            ClipTarget(
                clip,
                cyclic,
                nonrigid_offsets(flow.points(rest), moved, transforms).astype(np.float32),
                np.stack([held.points(frame) for frame in frames]).astype(np.float32),
                np.stack([held.points(frame) for frame in halves]).astype(np.float32),
                transforms.astype(np.float32),
            )
        )
    return Target(name, solid, distances, flow.points(rest), held.points(rest), tuple(targets))
