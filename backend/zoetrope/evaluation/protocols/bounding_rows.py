"""Generators that bound the scale: what the metrics say of real clips, of spoiled ones and of noise."""

from dataclasses import replace

import numpy as np

from zoetrope.evaluation.protocols.references import Item

Sets = list[list[Item]]


def training_clips(train: list[Item], count: int, sets: int) -> Sets:
    """The training set as generator: clips drawn without replacement inside a set."""
    return [
        [train[i] for i in np.random.default_rng(n).choice(len(train), count, replace=count > len(train))]
        for n in range(sets)
    ]


def halves(test: list[Item], seed: int) -> tuple[list[Item], list[Item]]:
    """One half of the test creatures and the other, cut to one size: what a perfect generator would score.

    Whole creatures: a creature in both halves would be met by itself.
    """
    rng = np.random.default_rng(seed)
    creatures = sorted({item.creature for item in test})
    chosen = set(rng.permutation(creatures)[: len(creatures) // 2].tolist())
    first = [item for item in test if item.creature in chosen]
    second = [item for item in test if item.creature not in chosen]
    size = min(len(first), len(second))
    return (
        [first[i] for i in rng.permutation(len(first))[:size]],
        [second[i] for i in rng.permutation(len(second))[:size]],
    )


def shuffled(sets: Sets) -> Sets:
    """The same clips, their frames in another order: right poses, no motion."""
    rng = np.random.default_rng(0)
    return [
        [replace(item, clouds=item.clouds[rng.permutation(len(item.clouds))]) for item in items]
        for items in sets
    ]


def still(sets: Sets) -> Sets:
    """The same clips, their first frame all the time: right bodies, no motion."""
    return [
        [replace(item, clouds=np.repeat(item.clouds[:1], len(item.clouds), axis=0)) for item in items]
        for items in sets
    ]


def noise(like: list[Item], sets: int) -> Sets:
    """Points of a normal distribution, each frame anew."""
    rng = np.random.default_rng(0)
    return [
        [
            replace(item, clouds=rng.normal(size=item.clouds.shape).astype(np.float32), creature="noise")
            for item in like
        ]
        for _ in range(sets)
    ]
