"""The grouped jackknife against closed forms."""

import numpy as np
import pytest
from zoetrope.evaluation.metrics.standard_error import bootstrap, jackknife, mean_with_error


def test_mean_of_single_items_has_the_textbook_error():
    values = np.random.default_rng(0).normal(size=50)
    value, error = jackknife(lambda kept: float(values[kept].mean()), range(50))
    assert value == pytest.approx(values.mean())
    assert error == pytest.approx(values.std(ddof=1) / 50**0.5, rel=1e-6)


def test_clips_of_one_creature_are_not_independent():
    rng = np.random.default_rng(1)
    creatures = np.repeat(np.arange(20), 8)
    values = rng.normal(size=20)[creatures]  # equal for all clips of a creature
    mean = lambda kept: float(values[kept].mean())  # noqa: E731 - a statistic is a function
    _, grouped = jackknife(mean, creatures)
    _, naive = jackknife(mean, range(len(values)))
    assert grouped > 2.5 * naive


def test_error_covers_the_truth_as_often_as_it_should():
    rng, inside = np.random.default_rng(2), 0
    for _ in range(200):
        sizes = rng.integers(1, 12, 25)
        groups = np.repeat(np.arange(25), sizes)
        values = rng.normal(size=25)[groups] + rng.normal(0, 0.5, len(groups))
        value, error = jackknife(lambda kept, v=values: float(v[kept].mean()), groups)
        inside += abs(value) < 2 * error
    assert 0.88 < inside / 200 < 0.99


def test_one_group_has_no_error():
    assert np.isnan(jackknife(lambda kept: float(len(kept)), ["a", "a"])[1])


def test_mean_and_its_error_of_groups_and_of_nothing():
    found = mean_with_error([1.0, 3.0], ["a", "b"])
    assert (found["value"], found["se"]) == pytest.approx((2.0, 1.0))
    assert np.isnan(mean_with_error([], [])["value"])


def test_error_of_a_median_covers_the_truth_as_often_as_it_should():
    rng, inside, jackknifed = np.random.default_rng(3), 0, []
    for _ in range(100):
        groups = np.repeat(np.arange(40), 3)
        values = rng.lognormal(size=40)[groups] * rng.lognormal(0, 0.1, len(groups))
        median = lambda kept, v=values: float(np.median(v[kept]))  # noqa: E731 - a statistic is a function
        value, error = bootstrap(median, groups, 200)
        inside += abs(value - 1) < 2 * error
        jackknifed.append(jackknife(median, groups)[1] / error)
    assert 0.88 < inside / 100 < 1
    assert np.quantile(jackknifed, 0.9) / np.quantile(jackknifed, 0.1) > 4, "why it is no jackknife"


def test_one_group_has_no_bootstrap_error():
    value, error = bootstrap(lambda kept: float(len(kept)), ["a", "a"])
    assert value == 2
    assert np.isnan(error)
