"""The bounding generators, and how the metrics rank them."""

import numpy as np
from random_sequences import labelled_sequences
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.generation import References, score


def test_training_clips_are_distinct_inside_a_set():
    train = labelled_sequences(30, 0, 3)
    for one_set in bounds.training_clips(train, 20, 3):
        assert len({one.clip for one in one_set}) == 20


def test_halves_share_no_creature():
    first, second = bounds.halves(labelled_sequences(31, 0, 3), 0)
    assert len(first) == len(second) > 10
    assert not {one.creature for one in first} & {one.creature for one in second}


def test_shuffled_and_still_keep_the_poses():
    sets = bounds.training_clips(labelled_sequences(6, 0), 6, 1)
    for one, mixed, stiff in zip(sets[0], bounds.shuffled(sets)[0], bounds.still(sets)[0], strict=True):
        assert sorted(mixed.clouds.sum((1, 2)).tolist()) == sorted(one.clouds.sum((1, 2)).tolist())
        assert np.ptp(stiff.clouds, axis=0).max() == 0


def test_noise_is_separable_and_real_clips_are_not():
    references = References(labelled_sequences(30, 1, 3), "centred")
    real = score(bounds.training_clips(labelled_sequences(60, 2, 3), 30, 2), references)
    worst = score(bounds.noise(labelled_sequences(30, 1, 3), 2), references)
    assert worst.one_nna.value > 0.95
    assert worst.one_nna.value > real.one_nna.value + 4 * real.one_nna.se
    assert worst.cov.value < real.cov.value
