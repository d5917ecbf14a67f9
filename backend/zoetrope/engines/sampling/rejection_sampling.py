"""Rejection sampling of bodies and motions: sample again, with new noise, until the quality check passes.

The checks are in `body_checks.py` and `motion_checks.py`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from zoetrope.diffusion.ode_solvers import OnStep
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.sampling.body_checks import BODY_PASSED, BodyCheck, check_body
from zoetrope.engines.sampling.motion_checks import MOTION_PASSED, MotionCheck, check_motion
from zoetrope.engines.sampling.token_sampling import (
    MAX_DISTANCE,
    STEPS,
    MotionConditions,
    sample_motion,
    sample_shape,
    seeded_generator,
    truncate_to_nearest,
)
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.geometry.isosurface import Surface

MAX_ATTEMPTS = 8
"""Bodies sampled for one creature at most, and motions."""

Sample = TypeVar("Sample")


def sample_until_passing(
    sample: Callable[[int], Sample],
    check: Callable[[Sample], Any],
    passed: Any,
    max_attempts: int = MAX_ATTEMPTS,
) -> tuple[Sample, int]:
    """Return the first sample that passes a check, else the best one; and its attempt, from 0.

    Parameters
    ----------
    sample : callable
        Attempt -> sample.
    check : callable
        Sample -> its defects; the smaller, the better.
    passed : object
        What `check` returns for a sample without defects.
    max_attempts : int
        With 1, the sample is not checked.
    """
    if max_attempts == 1:
        return sample(0), 0
    checked: list[tuple[Any, int, Sample]] = []
    for attempt in range(max_attempts):
        candidate = sample(attempt)
        checked.append((check(candidate), attempt, candidate))
        if checked[-1][0] == passed:
            break
    _, attempt, candidate = min(checked, key=lambda one: one[:2])
    return candidate, attempt


class SampledBody(NamedTuple):
    """A body as it was sampled.

    tokens : (1, S) float, raw shape tokens.
    attempt : from 0.
    surface : coarse surface of the check; None if the body was not checked or has no surface.
    """

    tokens: Tensor
    attempt: int
    surface: Surface | None


def sample_passing_body(
    bundle: Bundle,
    resolved: ResolvedRequest,
    on_progress: OnProgress = ignore_progress,
    steps: int = STEPS,
    max_attempts: int = MAX_ATTEMPTS,
    training_bodies: Tensor | None = None,
    max_distance: float = MAX_DISTANCE,
) -> SampledBody:
    """Sample a body that passes `check_body`.

    Progress is that of the first attempt; it stays complete during checks and further attempts.

    Parameters
    ----------
    training_bodies : (N, S) float, optional
        Raw shape tokens that samples are drawn towards (`truncate_to_nearest`), to `max_distance`.
    """
    surfaces: list[Surface | None] = []

    def sample(attempt: int) -> Tensor:
        shape = sample_body_candidate(
            bundle, resolved, attempt, steps, lambda i, n: on_progress("shape", n if attempt else i, n)
        )
        if training_bodies is None:
            return shape
        return truncate_to_nearest(bundle.shape_model, shape, training_bodies, max_distance)

    def check(shape: Tensor) -> BodyCheck:
        result, surface = check_body(
            bundle, shape, resolved.request.category, lambda *_: on_progress("shape", steps, steps)
        )
        surfaces.append(surface)
        return result

    shape, attempt = sample_until_passing(sample, check, BODY_PASSED, max_attempts)
    return SampledBody(shape, attempt, surfaces[attempt] if surfaces else None)


def sample_passing_motion(
    bundle: Bundle,
    resolved: ResolvedRequest,
    body: SampledBody,
    on_progress: OnProgress = ignore_progress,
    steps: int = STEPS,
    max_attempts: int = MAX_ATTEMPTS,
) -> tuple[Tensor, int]:
    """Sample a motion of a body that passes `check_motion`; of a body without surface the first motion.

    Returns
    -------
    motion : (T, M) float
        Raw motion tokens.
    attempt : int
        From 0.
    """
    surface = body.surface

    def sample(attempt: int) -> Tensor:
        return sample_motion_candidate(
            bundle,
            resolved,
            body.tokens,
            attempt,
            steps,
            lambda i, n: on_progress("motion", n if attempt else i, n),
        )

    if surface is None:
        return sample(0), 0

    def check(motion: Tensor) -> MotionCheck:
        return check_motion(
            bundle, resolved, body.tokens, surface, motion, lambda: on_progress("motion", steps, steps)
        )

    return sample_until_passing(sample, check, MOTION_PASSED, max_attempts)


def sample_body_candidate(
    bundle: Bundle,
    resolved: ResolvedRequest,
    attempt: int,
    steps: int = STEPS,
    on_step: OnStep | None = None,
) -> Tensor:
    """Sample the raw shape tokens (1, S) of one attempt."""
    return sample_shape(
        bundle.shape_model,
        seeded_generator(resolved.request.seed, attempt),
        resolved.category_index,
        bundle.description.shape_guidance,
        steps,
        on_step,
    )


def sample_motion_candidate(
    bundle: Bundle,
    resolved: ResolvedRequest,
    shape: Tensor,
    attempt: int,
    steps: int = STEPS,
    on_step: OnStep | None = None,
) -> Tensor:
    """Sample the raw motion tokens (T, M) of one attempt, for raw shape tokens (1, S)."""
    generator = seeded_generator(resolved.request.seed, attempt)
    # Skip the body's noise, so that the motion's noise is independent of it.
    torch.randn(1, bundle.shape_model.size, generator=generator)
    label = resolved.action_label
    conditions = MotionConditions(
        shape,
        resolved.category_index,
        resolved.action_index,
        (label.cyclic, label.returns_to_start),
        bundle.description.motion_guidance,
        steps,
    )
    return sample_motion(bundle.motion_model, generator, conditions, on_step)
