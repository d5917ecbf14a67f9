"""Independent sets of drawn creatures: clouds for the metrics, and the numbers of each mesh."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.engines.base import Engine, GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import POINTS, moments, moments_of_loop, sample
from zoetrope.evaluation.metrics.surface_distance import canonical, sample_surface
from zoetrope.evaluation.protocols.clean_bodies import CleanBody, check
from zoetrope.evaluation.protocols.motion_quality import MotionQuality, MovingMesh, measure
from zoetrope.evaluation.protocols.references import Item
from zoetrope.geometry.mesh_sequence import MeshSequence

DETAIL = 128
ATTEMPTS = 3
"""Seeds that are tried for one item; a body that is empty is counted and drawn anew."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Sample:
    """One drawn creature.

    item : clouds and labels.
    rest : (2048, 3) points on its rest pose, in the canonical box.
    clean, quality : its own numbers.
    """

    item: Item
    rest: np.ndarray
    clean: CleanBody
    quality: MotionQuality


@dataclass(frozen=True)
class SampleSet:
    """A set, and how many draws held no body (another seed stands in for each)."""

    samples: tuple[Sample, ...]
    failures: int

    @property
    def items(self) -> list[Item]:
        """Clouds and labels."""
        return [one.item for one in self.samples]


def labels(
    offered: Sequence[Pair], training: Sequence[Pair], count: int, rng: np.random.Generator
) -> list[Pair]:
    """Draw (category, action) pairs that an engine offers, as often as its training clips have them."""
    pairs = sorted(set(offered))
    weight = np.array([sum(pair == clip for clip in training) for pair in pairs], dtype=float)
    if not weight.any():
        weight += 1.0
    chosen = rng.choice(len(pairs), count, p=weight / weight.sum())
    return [pairs[i] for i in chosen]


def seed_of(number: int, item: int, attempt: int = 0) -> int:
    """The seed of one item of a set: no two items of any sets share one."""
    return (number * 10_000 + item) * ATTEMPTS + attempt


def moments_of(made: MeshSequence) -> np.ndarray:
    """Frames of a drawn clip that stand at the moments that real clips are taken at."""
    if made.cyclic:
        return moments_of_loop(len(made.vertices), float(made.meta.get("begins", 0.0)))
    return moments(len(made.vertices))


def draw_samples(
    engine: Engine,
    training: Sequence[Pair],
    count: int,
    number: int,
    detail: int = DETAIL,
    on_item: Callable[[int, int], None] | None = None,
    begun: SampleSet | None = None,
) -> SampleSet:
    """Draw one independent set, or go on with one that was begun.

    Parameters
    ----------
    training : sequence of (category, action)
        Labels of the training clips.
    number : int
        Of the set: seeds of different sets never meet.
    """
    offered = [(c.name, action) for c in engine.info().categories for action in c.actions]
    drawn, failures = (list(begun.samples), begun.failures) if begun else ([], 0)
    for i in range(len(drawn), count):
        rng = np.random.default_rng([number, i])
        ((category, action),) = labels(offered, training, 1, rng)
        for attempt in range(ATTEMPTS):
            seed = seed_of(number, i, attempt)
            try:
                made = engine.generate(
                    GenerateRequest(category, action, seed, detail=detail), lambda *_: None
                )
            except ZoetropeError as error:
                if error.code != "empty_surface" or attempt + 1 == ATTEMPTS:
                    raise
                failures += 1
                continue
            clouds = sample(made.vertices[moments_of(made)], made.faces, rng)
            moving = MovingMesh(made.rest, made.faces, made.vertices, made.fps, made.cyclic, action)
            drawn.append(
                Sample(
                    Item(f"seed {seed}", action, category, action, clouds),
                    sample_surface(canonical(made.rest), made.faces, POINTS, seed).astype(np.float32),
                    check(made),
                    measure(moving),
                )
            )
            break
        if on_item is not None:
            on_item(i + 1, count)
    return SampleSet(tuple(drawn), failures)


def save_set(drawn: SampleSet, path: Path) -> None:
    """Write a set as one .npz without pickles, whole or not at all."""
    said = [
        {
            "creature": one.item.creature,
            "category": one.item.category,
            "action": one.item.action,
            "clean": {k: v for k, v in one.clean.to_dict().items() if k not in ("passes", "clean")},
            "quality": one.quality.to_dict(),
        }
        for one in drawn.samples
    ]
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(
            stream,
            allow_pickle=False,
            clouds=np.stack([one.item.clouds for one in drawn.samples]),
            rest=np.stack([one.rest for one in drawn.samples]),
            said=np.array(json.dumps({"drawn": said, "failures": drawn.failures})),
        )


def load_set(path: Path) -> SampleSet:
    """Read what `save_set` wrote."""
    with np.load(path, allow_pickle=False) as data:
        said = json.loads(str(data["said"]))
        drawn = tuple(
            Sample(
                Item(one["creature"], one["action"], one["category"], one["action"], clouds),
                rest,
                CleanBody(**one["clean"]),
                MotionQuality(**one["quality"]),
            )
            for one, clouds, rest in zip(said["drawn"], data["clouds"], data["rest"], strict=True)
        )
        return SampleSet(drawn, said["failures"])
