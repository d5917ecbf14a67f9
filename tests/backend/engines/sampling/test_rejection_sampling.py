"""Bodies and motions that fail their check are sampled again, with new noise."""

import pytest
import torch
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling import rejection_sampling
from zoetrope.engines.sampling.body_checks import BODY_PASSED, NO_BODY, BodyCheck
from zoetrope.engines.sampling.motion_checks import MOTION_PASSED, MotionCheck
from zoetrope.engines.sampling.rejection_sampling import (
    SampledBody,
    sample_body_candidate,
    sample_motion_candidate,
    sample_passing_body,
    sample_passing_motion,
    sample_until_passing,
)
from zoetrope.errors import Cancelled
from zoetrope.geometry.isosurface import Surface


@pytest.mark.parametrize(
    ("results", "taken", "checks"),
    [
        ([BODY_PASSED, BODY_PASSED], 0, 1),
        ([BodyCheck(0, 0.1), BODY_PASSED, NO_BODY], 1, 2),
        ([BodyCheck(0, 0.1), BodyCheck(1, 0.0), BodyCheck(0, 0.02)], 2, 3),
        ([NO_BODY, BodyCheck(0, 0.1), BodyCheck(0, 0.1)], 1, 3),
    ],
)
def test_first_sample_that_passes_is_taken_else_the_best(results, taken, checks):
    checked = []

    def check(sample):
        checked.append(sample)
        return results[sample]

    assert sample_until_passing(lambda attempt: attempt, check, BODY_PASSED, 3) == (taken, taken)
    assert len(checked) == checks


def test_single_attempt_is_not_checked():
    def check(sample):
        raise AssertionError

    assert sample_until_passing(lambda attempt: 7, check, BODY_PASSED, 1) == (7, 0)


@pytest.fixture(scope="module")
def resolved(engine):
    return engine.resolve(GenerateRequest("quadruped", "walk", 3))


@pytest.fixture(scope="module")
def checked_body(bundle, resolved):
    """A body whose coarse surface is a placeholder."""
    return SampledBody(sample_body_candidate(bundle, resolved, 0, 2), 0, Surface(None, None, 0))


def returning(results):
    """A check that returns prepared results instead of looking at a body or motion."""
    remaining = list(results)
    return remaining, lambda *arguments: remaining.pop(0)


def test_body_that_fails_is_sampled_again_with_new_noise(bundle, resolved, monkeypatch):
    first = sample_body_candidate(bundle, resolved, 0, 2)
    for results in ([BODY_PASSED], [BodyCheck(1, 0.0), BODY_PASSED]):
        remaining, check = returning((result, None) for result in results)
        monkeypatch.setattr(rejection_sampling, "check_body", check)
        body = sample_passing_body(bundle, resolved, steps=2)
        assert not remaining
        assert body.attempt == len(results) - 1
        assert torch.equal(body.tokens, first) == (body.attempt == 0)


def test_motion_that_fails_is_sampled_again_and_the_best_taken(bundle, resolved, checked_body, monkeypatch):
    first = sample_motion_candidate(bundle, resolved, checked_body.tokens, 0, 2)
    for results, taken in (
        ([MOTION_PASSED], 0),
        ([MotionCheck(0.0, 0.3), MOTION_PASSED], 1),
        ([MotionCheck(0.3), MotionCheck(0.0, 0.9), MotionCheck(0.1), MotionCheck(0.2, 0.4)], 1),
    ):
        remaining, check = returning(results)
        monkeypatch.setattr(rejection_sampling, "check_motion", check)
        motion, attempt = sample_passing_motion(bundle, resolved, checked_body, steps=2, max_attempts=4)
        assert not remaining
        assert attempt == taken
        assert torch.equal(motion, first) == (attempt == 0)


def test_motion_of_a_body_without_surface_is_not_checked(bundle, resolved, checked_body, monkeypatch):
    _, check = returning([])
    monkeypatch.setattr(rejection_sampling, "check_motion", check)
    body = checked_body._replace(surface=None)
    assert sample_passing_motion(bundle, resolved, body, steps=2)[1] == 0


def test_motion_noise_does_not_depend_on_the_attempt_of_the_body(bundle, resolved, checked_body):
    motions = [sample_motion_candidate(bundle, resolved, checked_body.tokens, 0, 2) for _ in range(2)]
    assert torch.equal(*motions)


@pytest.mark.parametrize("stage", ["shape", "motion"])
def test_progress_never_goes_back_and_a_check_can_be_cancelled(
    bundle, resolved, checked_body, monkeypatch, stage
):
    def sample(on_progress):
        failed = (
            [(NO_BODY, None), (BODY_PASSED, None)] if stage == "shape" else [MotionCheck(0.5), MOTION_PASSED]
        )

        def check(*arguments):
            arguments[-1]()  # on_chunk or on_frame
            return failed.pop(0)

        monkeypatch.setattr(rejection_sampling, "check_body" if stage == "shape" else "check_motion", check)
        if stage == "shape":
            sample_passing_body(bundle, resolved, on_progress, 2)
        else:
            sample_passing_motion(bundle, resolved, checked_body, on_progress, 2)
        assert not failed

    reported = []
    sample(lambda stage, step, total: reported.append((stage, step / total)))
    assert {name for name, _ in reported} == {stage}
    assert reported == sorted(reported)

    def stop(stage, step, total):
        if reported.count((stage, 1.0)) and step == total:
            raise Cancelled

    with pytest.raises(Cancelled):
        sample(stop)
