"""The bounding generators are what they say, and the metrics rank them as they must."""

import numpy as np
from test_generation import items
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.generation import References, score


def test_training_clips_are_drawn_once_a_set():
    train = items(30, 0, 3)
    for drawn in bounds.training_clips(train, 20, 3):
        assert len({item.clip for item in drawn}) == 20


def test_halves_share_no_creature():
    first, second = bounds.halves(items(31, 0, 3), 0)
    assert len(first) == len(second) > 10
    assert not {item.creature for item in first} & {item.creature for item in second}


def test_shuffled_and_still_keep_the_poses():
    sets = bounds.training_clips(items(6, 0), 6, 1)
    for item, mixed, stiff in zip(sets[0], bounds.shuffled(sets)[0], bounds.still(sets)[0], strict=True):
        assert sorted(mixed.clouds.sum((1, 2)).tolist()) == sorted(item.clouds.sum((1, 2)).tolist())
        assert np.ptp(stiff.clouds, axis=0).max() == 0


def test_noise_is_told_apart_and_real_clips_are_not():
    references = References(items(30, 1, 3), "centred")
    real = score(bounds.training_clips(items(60, 2, 3), 30, 2), references)
    worst = score(bounds.noise(items(30, 1, 3), 2), references)
    assert worst.one_nna.value > 0.95
    assert worst.one_nna.value > real.one_nna.value + 4 * real.one_nna.se
    assert worst.cov.value < real.cov.value
