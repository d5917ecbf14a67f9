"""ODE samplers against a reference of many steps on a flow with known velocity."""

import pytest
import torch
from zoetrope.diffusion.ode_solvers import adams_bashforth, schedule


def gaussian_velocity(mean, deviation):
    """The exact velocity of the flow from N(0, 1) to N(mean, deviation^2)."""

    def velocity(x, t):
        t = t[:, None]
        variance = ((1 - t) * deviation) ** 2 + t**2
        centred = x - (1 - t) * mean
        return -mean + centred * (t - (1 - t) * deviation**2) / variance

    return velocity


def euler(velocity, x, steps):
    """First-order Euler method; with many steps the reference for the faster sampler."""
    times = schedule(steps)
    for i in range(steps):
        x = x + (times[i + 1] - times[i]) * velocity(x, times[i].expand(len(x)))
    return x


def test_twenty_multistep_steps_match_the_reference():
    torch.manual_seed(0)
    x = torch.randn(4000, 1)
    velocity = gaussian_velocity(2.0, 0.3)
    reference = euler(velocity, x, 2500)
    error = (adams_bashforth(velocity, x, 20) - reference).abs().mean()
    assert error < (euler(velocity, x, 20) - reference).abs().mean() / 3
    assert error < 0.02
    assert abs(float(reference.mean()) - 2.0) < 0.02
    assert abs(float(reference.std()) - 0.3) < 0.02


def test_schedule_falls_from_one_to_zero():
    times = schedule(20)
    assert times[0] == 1
    assert abs(float(times[-1])) < 1e-6
    assert (times.diff() < 0).all()


def test_steps_are_reported_and_can_be_cancelled():
    seen = []

    def stop(i, n):
        seen.append((i, n))
        if i == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adams_bashforth(lambda x, t: x, torch.zeros(1, 1), 20, stop)
    assert seen == [(1, 20), (2, 20), (3, 20)]
