"""Sets of samples: labels as frequent as in training, one seed a sample, and a round trip through a file."""

import json

import numpy as np
import pytest
from zoetrope.engines import create_engine
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import FRAMES, POINTS, loop_frame_indices
from zoetrope.evaluation.protocols.sample_sets import (
    ATTEMPTS,
    generate_samples,
    load_samples,
    sample_labels,
    sample_seed,
    save_samples,
)

TRAINING = [("quadruped", "walk")] * 30 + [("quadruped", "run")] * 10 + [("fish", "swim")] * 99


@pytest.fixture(scope="module")
def samples():
    return generate_samples(ProceduralEngine(), TRAINING, 2, 1, detail=64)


def test_labels_are_as_frequent_as_in_training_and_only_those_offered():
    offered = [("quadruped", "walk"), ("quadruped", "run"), ("quadruped", "never seen")]
    labels = sample_labels(offered, TRAINING, 4000, np.random.default_rng(0))
    assert set(labels) == {("quadruped", "walk"), ("quadruped", "run")}
    assert abs(labels.count(("quadruped", "walk")) / 4000 - 0.75) < 0.03


def test_labels_outside_the_training_are_equally_frequent():
    labels = sample_labels([("a", "x"), ("a", "y")], TRAINING, 400, np.random.default_rng(0))
    assert 150 < labels.count(("a", "x")) < 250


def test_samples_have_clouds_and_rest_poses_in_the_box(samples):
    assert samples[0].sequence.clouds.shape == (FRAMES, POINTS, 3)
    assert samples[0].sequence.creature != samples[1].sequence.creature
    assert 1.7 < np.ptp(samples[0].rest, axis=0).max() <= 1.8001


def test_samples_survive_their_file(samples, tmp_path):
    save_samples(samples, tmp_path / "sets" / "1.npz")
    for one, other in zip(samples, load_samples(tmp_path / "sets" / "1.npz"), strict=True):
        assert (one.body, one.quality) == (other.body, other.quality)
        assert one.sequence.creature == other.sequence.creature
        assert one.sequence.category == other.sequence.category
        np.testing.assert_array_equal(one.sequence.clouds, other.sequence.clouds)
        np.testing.assert_array_equal(one.rest, other.rest)


def test_no_two_samples_share_a_seed():
    seeds = [sample_seed(s, i, a) for s in range(3) for i in range(50) for a in range(ATTEMPTS)]
    assert len(set(seeds)) == len(seeds)


def test_begun_set_is_continued(samples):
    resumed = generate_samples(ProceduralEngine(), TRAINING, 2, 1, 64, begun=samples[:1])
    assert resumed[0] is samples[0]
    np.testing.assert_array_equal(resumed[1].sequence.clouds, samples[1].sequence.clouds)


class OftenEmpty(ProceduralEngine):
    """Fails for all but every third seed."""

    def generate(self, request, on_progress):
        if request.seed % 3 < 2:
            raise ZoetropeError("Empty.", code="empty_surface")
        return super().generate(request, on_progress)


def test_next_seed_replaces_a_sample_without_a_surface():
    (sample,) = generate_samples(OftenEmpty(), TRAINING, 1, 0, 64)
    assert sample.sequence.creature == f"seed {sample_seed(0, 0, 2)}"


class EmptyAtFirst(ProceduralEngine):
    """Has no surface in so many calls, whatever the seed."""

    def __init__(self, calls):
        super().__init__()
        self.left = calls

    def generate(self, request, on_progress):
        self.left -= 1
        if self.left >= 0:
            raise ZoetropeError("Empty.", code="empty_surface")
        return super().generate(request, on_progress)


def test_another_label_replaces_one_without_a_surface():
    (sample,) = generate_samples(EmptyAtFirst(2 * ATTEMPTS), TRAINING, 1, 0, 64)
    assert sample.rejected == 2 * ATTEMPTS
    assert sample.sequence.creature == f"seed {sample_seed(0, 0)}"


def test_an_engine_without_any_surface_is_an_error():
    with pytest.raises(ZoetropeError) as raised:
        generate_samples(EmptyAtFirst(10_000), TRAINING, 1, 0, 64)
    assert raised.value.code == "empty_surface"


def test_frames_that_are_meshes_of_their_own(hyper_weights):
    engine = create_engine("hyperdiffusion", hyper_weights, "cpu")
    (one,) = generate_samples(engine, [("quadruped", "walk")], 1, 0, 64, points=200)
    assert one.sequence.clouds.shape == (16, 200, 3)
    assert one.rest.shape == (2048, 3)
    assert (one.body, one.quality) == (None, None)
    made = engine.generate_frames(GenerateRequest("quadruped", "walk", 0, detail=64), ignore_progress)
    times = loop_frame_indices(len(made.frames), 0.0).tolist()
    assert times[0] == times[-1] == 0
    for cloud, time in zip(one.sequence.clouds, times, strict=True):
        surface = made.frames[time][0]
        assert (cloud >= surface.min(axis=0) - 1e-5).all()
        assert (cloud <= surface.max(axis=0) + 1e-5).all()


def test_they_are_kept_in_a_file_without_measures(hyper_weights, tmp_path):
    engine = create_engine("hyperdiffusion", hyper_weights, "cpu")
    samples = generate_samples(engine, [("quadruped", "walk")], 1, 0, 64, points=50)
    save_samples(samples, tmp_path / "set.npz")
    (back,) = load_samples(tmp_path / "set.npz")
    assert back.body is None
    assert back.quality is None
    assert np.array_equal(back.sequence.clouds, samples[0].sequence.clouds)


def stored(samples, path, **arrays):
    """Write samples with other arrays, or without those that are None."""
    save_samples(samples, path)
    with np.load(path) as data:
        kept = {**data, **arrays}
    np.savez(path, **{name: array for name, array in kept.items() if array is not None})


META = {"creature": "seed 0", "category": "a", "action": "b", "body": None, "quality": None, "rejected": 0}


@pytest.mark.parametrize(
    "arrays",
    [
        {"clouds": None},
        {"rest": None},
        {"meta": None},
        {"meta": np.array("{")},
        {"meta": np.array("[" * 100_000 + "]" * 100_000)},
        {"meta": np.array(json.dumps([META]))},
        {"meta": np.array(json.dumps([META, {"creature": "seed 3"}]))},
        {"meta": np.array(json.dumps([META, {**META, "body": {"legs": 4}}]))},
        {"meta": np.array(json.dumps([META, {**META, "rejected": "many"}]))},
        {"clouds": np.zeros((2, FRAMES, POINTS))},
        {"clouds": np.zeros((2, 4, POINTS, 3), np.float32)},
        {"clouds": np.float32(0)},
        {"rest": np.zeros((2, 5, 3), np.float32)},
        {"rest": np.full((2, POINTS, 3), "x")},
        {"clouds": np.array([{}], dtype=object)},
    ],
)
def test_samples_of_a_damaged_file_are_none(samples, tmp_path, arrays, caplog):
    stored(samples, tmp_path / "1.npz")
    assert len(load_samples(tmp_path / "1.npz")) == 2
    stored(samples, tmp_path / "1.npz", **arrays)
    assert load_samples(tmp_path / "1.npz") == []
    assert "are generated anew" in caplog.text


@pytest.mark.parametrize("damage", ["cut off", "empty", "no archive", "changed"])
def test_a_file_that_is_not_whole_has_no_samples(samples, tmp_path, damage):
    path = tmp_path / "1.npz"
    save_samples(samples, path)
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "cut off": whole[:middle],
            "empty": b"",
            "no archive": b"text",
            "changed": whole[:middle] + bytes(64) + whole[middle + 64 :],
        }[damage]
    )
    assert load_samples(path) == []
