"""Results of samples: quality checks, quality of motion, novelty; with real clips beside them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from functools import partial
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.frame_times import frame_times
from zoetrope.engines.progress import OnProgress
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.standard_error import mean_with_error
from zoetrope.evaluation.protocols import novelty
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, measure
from zoetrope.evaluation.protocols.quality_checks import CHECKS
from zoetrope.evaluation.protocols.references import LabelledSequence, clips_of, sample_clips
from zoetrope.evaluation.protocols.sample_sets import Sample
from zoetrope.evaluation.session.session import Session
from zoetrope.evaluation.session.threads import map_in_threads

FPS = 24.0
SHOWN = 8
"""Samples whose nearest training bodies and clips are reported and pictured."""


def all_samples(session: Session) -> list[Sample]:
    """Return the samples of all sets, each of as many as the last split has references."""
    count = len(session.sequences(session.splits[-1], "test"))
    return [one for samples in session.samples(session.name, count) for one in samples]


def checks_section(session: Session) -> dict[str, Any]:
    """Return the shares of samples that pass "all" checks and each: {"value", "se"} (binomial); "count"."""
    samples = all_samples(session)
    passes = [one.body.passes_for(one.sequence.category) for one in samples if one.body]
    out: dict[str, Any] = {"all": _share([all(p.values()) for p in passes])}
    out |= {check: _share([p[check] for p in passes if check in p]) for check in CHECKS}
    return {**out, "count": len(samples)}


def _share(passed: Sequence[bool]) -> dict[str, float]:
    if not passed:  # a check that applies to none of the samples
        return {"value": float("nan"), "se": float("nan")}
    share = sum(passed) / len(passed)
    return {"value": share, "se": (share * (1 - share) / len(passed)) ** 0.5}


def clip_quality(asset: AnimatedAsset, clip: str, cyclic: bool, action: str) -> MotionQuality:
    """Measure the motion of a real clip at the timeline's rate."""
    first, last = asset.span(clip)
    count = max(2, round((last - first) * FPS) + (0 if cyclic else 1))
    steps = count if cyclic else count - 1
    frames = asset.evaluate(clip, frame_times((first, last), count, cyclic))
    return measure(asset.rest, asset.faces, frames, steps / max(last - first, 1e-6), cyclic, action)


def motion_section(session: Session) -> dict[str, Any]:
    """Return "sampled", "training", "test": metric -> {"value", "se"}; "ratio" of the first two; "count"."""
    samples = all_samples(session)
    out: dict[str, Any] = {
        "sampled": _means(
            [one.quality for one in samples if one.quality],
            [one.sequence.creature for one in samples if one.quality],
        )
    }
    training = [entry for entry in session.training_creatures if entry.category in session.categories]
    for title, source, entries in (
        ("training", session.library, training),
        ("test", session.test_source, session.unseen_creatures()),
    ):
        session.on_progress(f"motion of the {title} clips", 0, 1)
        found, creatures = [], []
        for entry in entries:
            asset = source.read(entry)
            for clip in entry.usable_clips:
                found.append(clip_quality(asset, clip.name, clip.cyclic, clip.action))
                creatures.append(entry.file)
        out[title] = _means(found, creatures)
    ratios = {}
    for metric, sampled in out["sampled"].items():
        real = out["training"][metric]["value"]
        ratios[metric] = sampled["value"] / real if real else float("nan")
    return {**out, "ratio": ratios, "count": len(samples)}


def _means(found: Sequence[MotionQuality], groups: Sequence[str]) -> dict[str, dict[str, float]]:
    out = {}
    for metric in (f.name for f in fields(MotionQuality)):
        values = [asdict(quality)[metric] for quality in found]
        kept = [i for i, value in enumerate(values) if value is not None and np.isfinite(value)]
        out[metric] = mean_with_error([values[i] for i in kept], [groups[i] for i in kept])
    return out


def novelty_section(session: Session) -> dict[str, Any]:
    """Return distances of samples, and of test creatures and clips, to everything that was trained on.

    Returns
    -------
    dict
        "shape" and "motion", each with "sampled" and "test" (`novelty.summary`), "sampling_error" and the
        "ratio" of medians; "nearest": for the first samples the three nearest training bodies and clips.
    """
    known_creatures, unseen_creatures = session.training_creatures, session.unseen_creatures()
    if not known_creatures or not unseen_creatures:
        raise ZoetropeError(
            "Novelty cannot be measured: the labelled creatures hold none that these weights were trained on."
            if not known_creatures
            else "Novelty cannot be measured: these weights were trained on all creatures of the test part.",
            code="bad_option",
            remedy="Give weights that were trained on the split by creature.",
        )
    samples = all_samples(session)
    seeds = [one.sequence.creature for one in samples]
    session.on_progress("nearest shapes", 0, 1)
    training = [(entry.file, session.library.read(entry)) for entry in known_creatures]
    test = [(entry.file, session.test_source.read(entry)) for entry in unseen_creatures]
    bodies, test_bodies = novelty.real_shapes(training), novelty.real_shapes(test, seed=1)
    distances, order = novelty.nearest_shapes(np.stack([one.rest for one in samples]), bodies)
    of_test, _ = novelty.nearest_shapes(test_bodies.points, bodies)
    error = novelty.shape_sampling_error(training)
    shape = _compared(distances[:, 0], seeds, of_test[:, 0], test_bodies.names, error)
    session.on_progress("nearest clips", 0, 1)
    pairs = clips_of(known_creatures)
    clips, resampled = (sample_clips(session.library, pairs, seed, points=session.points) for seed in (0, 1))
    own, unseen = [one.sequence for one in samples], session.sequences(session.splits[-1], "test")
    known = novelty.centred_sequences(clips, session.device)

    def to_nearest(some: list[LabelledSequence], on_progress: OnProgress) -> np.ndarray:
        found, _ = novelty.nearest_clips(some, known, on_pair=partial(on_progress, "nearest clips"))
        return found[:, 0]

    # The search trees release Python's lock.
    sampled, real = map_in_threads(to_nearest, (own, unseen), session.on_progress)
    error = novelty.clip_sampling_error(clips, resampled)
    motion = _compared(sampled, seeds, real, [one.creature for one in unseen], error)
    session.on_progress("the three nearest clips", 0, 1)
    _, clip_order = novelty.nearest_clips(own[:SHOWN], known, 3)
    nearest = [
        {
            "seed": one.creature,
            "category": one.category,
            "action": one.action,
            "names": [bodies.names[j] for j in row],
            "distances": distance.tolist(),
            "clips": [[clips[j].creature, clips[j].clip] for j in near],
        }
        for one, row, distance, near in zip(own[:SHOWN], order, distances, clip_order, strict=False)
    ]
    return {"shape": shape, "motion": motion, "nearest": nearest}


def _compared(
    sampled: np.ndarray,
    seeds: Sequence[str],
    test: np.ndarray,
    creatures: Sequence[str],
    sampling_error: float,
) -> dict[str, Any]:
    """Summarise distances of samples (N,) and of the test part (M,) to the training."""
    ours, theirs = (
        novelty.summary(distances, groups, sampling_error)
        for distances, groups in ((sampled, seeds), (test, creatures))
    )
    return {
        "sampled": ours,
        "test": theirs,
        "sampling_error": sampling_error,
        "ratio": ours["median"]["value"] / theirs["median"]["value"],
    }


SECTIONS: dict[str, Callable[[Session], dict[str, Any]]] = {
    "checks": checks_section,
    "motion": motion_section,
    "novelty": novelty_section,
}
