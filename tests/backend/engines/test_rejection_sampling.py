"""The first sound thing of several, and the noise that each is drawn from."""

import pytest
import torch
from zoetrope.engines.body_checks import BODY_PASSED, NOTHING, BodyCheck
from zoetrope.engines.rejection_sampling import sample_until_passing, seeded_generator


@pytest.mark.parametrize(
    ("flaws", "taken", "drawn"),
    [
        ([BODY_PASSED, BODY_PASSED], 0, 1),
        ([BodyCheck(0, 0.1), BODY_PASSED, NOTHING], 1, 2),
        ([BodyCheck(0, 0.1), BodyCheck(1, 0.0), BodyCheck(0, 0.02)], 2, 3),
        ([NOTHING, BodyCheck(0, 0.1), BodyCheck(0, 0.1)], 1, 3),
    ],
)
def test_the_first_sound_one_else_the_best(flaws, taken, drawn):
    looked = []

    def look(body):
        looked.append(int(body))
        return flaws[int(body)]

    assert sample_until_passing(lambda number: torch.tensor(number), look, BODY_PASSED, 3) == (taken, taken)
    assert len(looked) == drawn


def test_a_single_one_is_not_looked_at():
    def look(body):
        raise AssertionError

    assert sample_until_passing(lambda number: torch.tensor(7), look, BODY_PASSED, 1) == (7, 0)


def test_everything_drawn_for_a_seed_has_noise_of_its_own():
    drawn = {
        tuple(torch.randn(3, generator=seeded_generator(seed, i)).tolist())
        for seed in (0, 1)
        for i in range(4)
    }
    assert len(drawn) == 8
    first = torch.randn(3, generator=torch.Generator().manual_seed(5))
    assert torch.equal(torch.randn(3, generator=seeded_generator(5, 0)), first)
