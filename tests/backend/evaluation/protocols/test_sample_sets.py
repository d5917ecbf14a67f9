"""Sets of draws: labels as the training has them, and a round trip through a file."""

import numpy as np
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.evaluation.metrics.point_clouds import FRAMES, POINTS
from zoetrope.evaluation.protocols.sample_sets import draw_samples, labels, load_set, save_set

TRAINING = [("quadruped", "walk")] * 30 + [("quadruped", "run")] * 10 + [("fish", "swim")] * 99


def test_labels_are_as_frequent_as_in_training_and_only_those_offered():
    offered = [("quadruped", "walk"), ("quadruped", "run"), ("quadruped", "never seen")]
    drawn = labels(offered, TRAINING, 4000, np.random.default_rng(0))
    assert {pair for pair in drawn} == {("quadruped", "walk"), ("quadruped", "run")}
    assert abs(drawn.count(("quadruped", "walk")) / 4000 - 0.75) < 0.03


def test_an_engine_of_unknown_labels_is_drawn_evenly():
    drawn = labels([("a", "x"), ("a", "y")], TRAINING, 400, np.random.default_rng(0))
    assert 150 < drawn.count(("a", "x")) < 250


def test_a_set_survives_its_file(tmp_path):
    engine = ProceduralEngine()
    made = draw_samples(engine, TRAINING, 2, 1, detail=64)
    assert made.failures == 0
    assert made.drawn[0].item.clouds.shape == (FRAMES, POINTS, 3)
    assert made.drawn[0].item.creature != made.drawn[1].item.creature
    assert 1.7 < np.ptp(made.drawn[0].rest, axis=0).max() <= 1.8001
    save_set(made, tmp_path / "sets" / "1.npz")
    again = load_set(tmp_path / "sets" / "1.npz")
    for one, other in zip(made.drawn, again.drawn, strict=True):
        assert (one.clean, one.quality) == (other.clean, other.quality)
        assert (one.item.creature, one.item.category) == (other.item.creature, other.item.category)
        np.testing.assert_array_equal(one.item.clouds, other.item.clouds)
        np.testing.assert_array_equal(one.rest, other.rest)


def test_sets_never_share_a_seed():
    engine = ProceduralEngine()
    seeds = [{one.item.creature for one in draw_samples(engine, TRAINING, 2, n, 64).drawn} for n in (0, 1)]
    assert not seeds[0] & seeds[1]


def test_a_set_that_was_begun_is_gone_on_with():
    engine = ProceduralEngine()
    begun = draw_samples(engine, TRAINING, 1, 3, 64)
    whole, resumed = (
        draw_samples(engine, TRAINING, 2, 3, 64),
        draw_samples(engine, TRAINING, 2, 3, 64, None, begun),
    )
    assert resumed.drawn[0] is begun.drawn[0]
    for one, other in zip(whole.drawn, resumed.drawn, strict=True):
        np.testing.assert_array_equal(one.item.clouds, other.item.clouds)
