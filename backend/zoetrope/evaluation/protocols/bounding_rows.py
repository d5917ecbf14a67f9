"""Generators that bound the scale of the metrics: real clips, corrupted ones, and noise."""

from dataclasses import replace

import numpy as np

from zoetrope.evaluation.protocols.references import LabelledSequence

Sets = list[list[LabelledSequence]]


def training_clips(train: list[LabelledSequence], count: int, sets: int) -> Sets:
    """Sample sets of training clips: what memorising would score.

    Inside a set a clip is sampled once; where there are fewer clips than `count`, several times.
    """
    return [
        [train[i] for i in np.random.default_rng(n).choice(len(train), count, replace=count > len(train))]
        for n in range(sets)
    ]


def halves(test: list[LabelledSequence], seed: int) -> tuple[list[LabelledSequence], list[LabelledSequence]]:
    """Split the test creatures into two halves of one size: what a perfect generator would score.

    All clips of a creature are in one half, or it would be nearest to itself.
    """
    rng = np.random.default_rng(seed)
    creatures = sorted({one.creature for one in test})
    chosen = set(rng.permutation(creatures)[: len(creatures) // 2].tolist())
    first = [one for one in test if one.creature in chosen]
    second = [one for one in test if one.creature not in chosen]
    size = min(len(first), len(second))
    return (
        [first[i] for i in rng.permutation(len(first))[:size]],
        [second[i] for i in rng.permutation(len(second))[:size]],
    )


def shuffled(sets: Sets) -> Sets:
    """Put the frames of each clip in random order: right poses, no motion."""
    rng = np.random.default_rng(0)
    return [[replace(one, clouds=one.clouds[rng.permutation(len(one.clouds))]) for one in s] for s in sets]


def still(sets: Sets) -> Sets:
    """Repeat the first frame of each clip: right bodies, no motion."""
    return [
        [replace(one, clouds=np.repeat(one.clouds[:1], len(one.clouds), axis=0)) for one in s] for s in sets
    ]


def noise(like: list[LabelledSequence], sets: int) -> Sets:
    """Replace all points by independent samples of a normal distribution."""
    rng = np.random.default_rng(0)
    return [
        [
            replace(one, clouds=rng.normal(size=one.clouds.shape).astype(np.float32), creature="noise")
            for one in like
        ]
        for _ in range(sets)
    ]
