"""What drawn creatures say by themselves: clean bodies, quality of motion, novelty; real ones beside them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from functools import partial
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.evaluation.metrics.standard_error import jackknife
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, MovingMesh, measure
from zoetrope.evaluation.protocols.novelty import (
    clip_floor,
    nearest_clips,
    nearest_known,
    nearest_shapes,
    real_shapes,
    sampling_floor,
    summary,
)
from zoetrope.evaluation.protocols.references import items_of
from zoetrope.evaluation.protocols.sample_sets import Sample
from zoetrope.evaluation.protocols.session import Session

FPS = 24.0
BARS = ("largest_share", "legs", "displacement", "stretch", "closing")
SHOWN = 8
BODIES = 8
"""Augmented bodies a creature that the recipes train on."""


def all_samples(session: Session, name: str) -> list[Sample]:
    """The creatures of all sets of an engine, as many as the last split has references."""
    count = len(session.items(session.splits[-1], "test"))
    return [one for made in session.samples(name, count) for one in made.samples]


def clean_section(session: Session, name: str) -> dict[str, Any]:
    """Shares of drawn creatures that clear each bar, and all: {"value", "se"} (binomial), and "count".

    Three legs are asked of four-legged creatures alone.
    """
    drawn = all_samples(session, name)
    passes = [one.clean.resolve_request(one.item.category) for one in drawn]
    out: dict[str, Any] = {"all": _share([all(p.values()) for p in passes])}
    out |= {bar: _share([p[bar] for p in passes if bar in p]) for bar in BARS}
    return {**out, "count": len(drawn)}


def _share(passed: Sequence[bool]) -> dict[str, float]:
    count = max(1, len(passed))
    share = sum(passed) / count
    return {"value": share, "se": (share * (1 - share) / count) ** 0.5}


def quality_of(asset: AnimatedAsset, clip: str, cyclic: bool, action: str) -> MotionQuality:
    """The quality of a real clip, at the timeline's rate."""
    first, last = asset.span(clip)
    count = max(2, round((last - first) * FPS) + (0 if cyclic else 1))
    steps = count if cyclic else count - 1
    frames = asset.evaluate(clip, first + np.arange(count) * ((last - first) / steps))
    fps = steps / max(last - first, 1e-6)
    return measure(MovingMesh(asset.rest, asset.faces, frames, fps, cyclic, action))


def _real_quality(session: Session, part: str) -> tuple[list[MotionQuality], list[str]]:
    found, creatures = [], []
    for creature in session.creatures(part):
        for name, cyclic, action in creature.clips:
            found.append(quality_of(creature.asset, name, cyclic, action))
            creatures.append(creature.name)
    return found, creatures


def motion_section(session: Session, name: str) -> dict[str, Any]:
    """Motion quality: "drawn", "training", "test": metric -> {"value", "se"}; "ratio" is to training."""
    drawn = all_samples(session, name)
    out: dict[str, Any] = {
        "drawn": _means([one.quality for one in drawn], [one.item.creature for one in drawn])
    }
    for part, title in (("train", "training"), ("test", "test")):
        session.on_step(f"motion of the {title} clips", 0, 1)
        out[title] = _means(*_real_quality(session, part))
    out["ratio"] = {
        metric: out["drawn"][metric]["value"] / out["training"][metric]["value"]
        if out["training"][metric]["value"]
        else float("nan")
        for metric in out["drawn"]
    }
    return {**out, "count": len(drawn)}


def _means(found: Sequence[MotionQuality], groups: Sequence[str]) -> dict[str, dict[str, float]]:
    out = {}
    for metric in (f.name for f in fields(MotionQuality)):
        pairs = [
            (float(value), group)
            for quality, group in zip(found, groups, strict=True)
            if (value := asdict(quality)[metric]) is not None and np.isfinite(value)
        ]
        values = np.array([value for value, _ in pairs])
        if not len(values):
            out[metric] = {"value": float("nan"), "se": float("nan")}
            continue
        mean, error = jackknife(partial(_mean, values), [g for _, g in pairs])
        out[metric] = {"value": mean, "se": error}
    return out


def _mean(values: np.ndarray, kept: np.ndarray) -> float:
    return float(values[kept].mean())


def novelty_section(session: Session, name: str) -> dict[str, Any]:
    """Distances to what was trained on, all kinds: of drawn shapes and clips, of test creatures and clips.

    Returns
    -------
    dict
        "shape" and "motion", each with "drawn" and "test" (see `summary`), "floor" and "ratio" of medians;
        "nearest": for the first drawn creatures the three nearest known bodies, and training clips.
    """
    drawn = all_samples(session, name)
    train = [(entry.file, session.library.read(entry)) for entry in session.known]
    test = [(c.name, c.asset) for c in session.creatures("test")]
    session.on_step("nearest shapes", 0, 1)
    known = real_shapes(train, bodies=BODIES)
    floor = sampling_floor(train)
    there = real_shapes(test, seed=1)
    rest = np.stack([one.rest for one in drawn])
    own, order = nearest_shapes(rest, known)
    of_test, _ = nearest_shapes(there.points, known)
    seeds = [one.item.creature for one in drawn]
    shape: dict[str, Any] = {
        "drawn": summary(own[:, 0], seeds, floor),
        "test": summary(of_test[:, 0], there.names, floor),
        "floor": floor,
    }
    session.on_step("nearest clips", 0, 1)
    pairs = [(entry, clip) for entry in session.known for clip in entry.usable_clips]
    clips, again = (items_of(session.library, pairs, seed) for seed in (0, 1))
    unseen = session.items(session.splits[-1], "test")
    # the search trees leave Python's lock
    with ThreadPoolExecutor() as pool:
        ours, theirs = pool.map(
            lambda side: nearest_clips(side, clips, session.device)[0],
            ([one.item for one in drawn], unseen),
        )
    again_floor = clip_floor(clips, again)
    motion: dict[str, Any] = {
        "drawn": summary(ours, seeds, again_floor),
        "test": summary(theirs, [item.creature for item in unseen], again_floor),
        "floor": again_floor,
    }
    for section in (shape, motion):
        section["ratio"] = section["drawn"]["median"]["value"] / section["test"]["median"]["value"]
    session.on_step("the three nearest clips", 0, 1)
    _, of_clips = nearest_known([one.item for one in drawn[:SHOWN]], clips)
    nearest = [
        {
            "seed": one.item.creature,
            "category": one.item.category,
            "action": one.item.action,
            "names": [known.names[j] for j in row],
            "distances": distance.tolist(),
            "clips": [[clips[j].creature, clips[j].clip] for j in near],
        }
        for one, row, distance, near in zip(drawn[:SHOWN], order, own, of_clips, strict=False)
    ]
    return {"shape": shape, "motion": motion, "nearest": nearest}
