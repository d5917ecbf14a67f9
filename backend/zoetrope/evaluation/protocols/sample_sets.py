"""Independent sets of samples of an engine: point clouds for the metrics, and measures of each mesh."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.damaged_files import DAMAGED_NPZ
from zoetrope.engines.base import Engine
from zoetrope.engines.frames.engine import MAX_ATTEMPTS, FrameEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import (
    FRAMES,
    POINTS,
    frame_indices,
    loop_frame_indices,
    sample,
)
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, measure
from zoetrope.evaluation.protocols.quality_checks import QualityChecks, check
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.geometry.mesh_frames import MeshFrames
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.normalisation import normalising_box

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Seeds that are tried for a label whose surface is empty; one of engines that sample several clips of it."""
LABELS = 20
"""Labels that are tried for one sample."""

Label = tuple[str, str]
"""Category and action."""


@dataclass(frozen=True)
class Sample:
    """One generated creature.

    sequence : clouds and labels; its creature is "seed N".
    rest : (2048, 3) points on the rest pose, in the box; on the first frame where there is no rest pose.
    body, quality : None for frames that are meshes of their own.
    rejected : clips without a surface in some frame that were sampled before it.
    """

    sequence: LabelledSequence
    rest: np.ndarray
    body: QualityChecks | None
    quality: MotionQuality | None
    rejected: int = 0


def sample_labels(
    offered: Sequence[Label], training: Sequence[Label], count: int, rng: np.random.Generator
) -> list[Label]:
    """Sample labels that an engine offers, as frequent as among its training clips."""
    pairs = sorted(set(offered))
    weight = np.array([sum(pair == clip for clip in training) for pair in pairs], dtype=float)
    if not weight.any():
        weight += 1.0
    return [pairs[i] for i in rng.choice(len(pairs), count, p=weight / weight.sum())]


def sample_seed(set_index: int, index: int, attempt: int = 0) -> int:
    """Return the seed of one sample of a set; all seeds of all sets differ."""
    return (set_index * 10_000 + index) * ATTEMPTS + attempt


def reference_frames(sequence: MeshSequence) -> np.ndarray:
    """Return the frames of a generated clip at the times at which real clips are sampled."""
    if sequence.cyclic:
        return loop_frame_indices(len(sequence.vertices), float(sequence.meta.get("begins", 0.0)))
    return frame_indices(len(sequence.vertices))


def sample_frames(made: MeshFrames, rng: np.random.Generator, points: int) -> np.ndarray:
    """Sample the frames (T, points, 3) of a clip at the times at which real clips are sampled."""
    count = len(made.frames)
    indices = loop_frame_indices(count, 0.0) if made.cyclic else frame_indices(count)
    return np.concatenate(
        [sample(made.frames[i][0][None], made.frames[i][1], rng, points) for i in indices.tolist()]
    )


def generate_samples(
    engine: Engine,
    training: Sequence[Label],
    count: int,
    set_index: int,
    detail: int,
    points: int = POINTS,
    on_sample: Callable[[int, int], None] | None = None,
    begun: Sequence[Sample] = (),
) -> list[Sample]:
    """Generate one independent set. Where a label gives no surface, another is sampled.

    Parameters
    ----------
    training : sequence of (category, action)
        Labels of the training clips.
    points : int
        Points of a frame of the clouds.
    begun : sequence of Sample
        The first samples of this set, from an earlier call.
    """
    offered = [
        (category.name, action) for category in engine.info().categories for action in category.actions
    ]
    samples = list(begun)
    for i in range(len(samples), count):
        rng = np.random.default_rng([set_index, i])
        (category, action), seed, made, rejected = _generate(
            engine, partial(sample_labels, offered, training, 1, rng), set_index, i, detail
        )
        if isinstance(made, MeshFrames):
            clouds, rest = sample_frames(made, rng, points), made.frames[0]
            body, quality = None, None
        else:
            clouds = sample(made.vertices[reference_frames(made)], made.faces, rng, points)
            rest, body = (made.rest, made.faces), check(made)
            quality = measure(made.rest, made.faces, made.vertices, made.fps, made.cyclic, action)
        in_box = normalising_box(rest[0]).to_box(rest[0])
        samples.append(
            Sample(
                LabelledSequence(f"seed {seed}", action, category, action, clouds),
                sample_surface_points(in_box, rest[1], POINTS, seed).astype(np.float32),
                body,
                quality,
                rejected,
            )
        )
        if on_sample is not None:
            on_sample(i + 1, count)
    return samples


def _generate(
    engine: Engine, next_label: Callable[[], list[Label]], set_index: int, index: int, detail: int
) -> tuple[Label, int, MeshSequence | MeshFrames, int]:
    """Return the first label and seed that give a surface, what they give, and the clips rejected before."""
    is_frame_engine, rejected = isinstance(engine, FrameEngine), 0
    for label in range(LABELS):
        ((category, action),) = next_label()
        for attempt in range(1 if is_frame_engine else ATTEMPTS):
            seed = sample_seed(set_index, index, attempt)
            request = GenerateRequest(category, action, seed, detail=detail, faces=None, texture=None)
            try:
                if isinstance(engine, FrameEngine):
                    frames = engine.generate_frames(request, ignore_progress)
                    return (category, action), seed, frames, rejected + frames.meta["rejected"]
                return (category, action), seed, engine.generate(request, ignore_progress), rejected
            except ZoetropeError as error:
                last = label + 1 == LABELS and (is_frame_engine or attempt + 1 == ATTEMPTS)
                if error.code != "empty_surface" or last:
                    raise
                rejected += MAX_ATTEMPTS if is_frame_engine else 1
    raise AssertionError("unreachable")


class _Stored(msgspec.Struct):
    """What a file of samples has of each beside its clouds."""

    creature: str
    category: str
    action: str
    body: QualityChecks | None
    quality: MotionQuality | None
    rejected: int


def save_samples(samples: Sequence[Sample], path: Path) -> None:
    """Write samples as one .npz without pickles, atomically."""
    meta = [
        {
            "creature": one.sequence.creature,
            "category": one.sequence.category,
            "action": one.sequence.action,
            "body": one.body and asdict(one.body),
            "quality": one.quality and asdict(one.quality),
            "rejected": one.rejected,
        }
        for one in samples
    ]
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(
            stream,
            allow_pickle=False,
            clouds=np.stack([one.sequence.clouds for one in samples]),
            rest=np.stack([one.rest for one in samples]),
            meta=np.array(json.dumps(meta)),
        )


def load_samples(path: Path) -> list[Sample]:
    """Read what `save_samples` wrote; of a damaged file no samples, so that they are generated anew."""
    data = path.read_bytes()
    try:
        return _parse_samples(data)
    except DAMAGED_NPZ as error:
        log.warning("%s is damaged (%s): its samples are generated anew.", path, error)
        return []


def _parse_samples(content: bytes) -> list[Sample]:
    with ZipFile(BytesIO(content)) as archive:
        if archive.testzip():  # before numpy takes memory for what a damaged header says
            raise ValueError("checksums differ")
    with np.load(BytesIO(content), allow_pickle=False) as data:
        meta = msgspec.convert(json.loads(str(data["meta"])), list[_Stored])
        clouds, rest = data["clouds"], data["rest"]
    if clouds.ndim != 4 or clouds.shape[1::2] != (FRAMES, 3) or rest.shape[1:] != (POINTS, 3):
        raise ValueError(f"clouds {clouds.shape}, rest poses {rest.shape}")
    if clouds.dtype != np.float32 or rest.dtype != np.float32:
        raise ValueError(f"clouds of {clouds.dtype}, rest poses of {rest.dtype}")
    return [
        Sample(
            LabelledSequence(one.creature, one.action, one.category, one.action, cloud),
            points,
            one.body,
            one.quality,
            one.rejected,
        )
        for one, cloud, points in zip(meta, clouds, rest, strict=True)
    ]
