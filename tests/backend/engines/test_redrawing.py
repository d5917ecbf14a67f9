"""The first sound thing of several, and the noise that each is drawn from."""

import pytest
import torch
from zoetrope.engines.redrawing import first_sound, generator_of
from zoetrope.engines.sound_bodies import NOTHING, SOUND, Flaws


@pytest.mark.parametrize(
    ("flaws", "taken", "drawn"),
    [
        ([SOUND, SOUND], 0, 1),
        ([Flaws(0, 0.1), SOUND, NOTHING], 1, 2),
        ([Flaws(0, 0.1), Flaws(1, 0.0), Flaws(0, 0.02)], 2, 3),
        ([NOTHING, Flaws(0, 0.1), Flaws(0, 0.1)], 1, 3),
    ],
)
def test_the_first_sound_one_else_the_best(flaws, taken, drawn):
    looked = []

    def look(body):
        looked.append(int(body))
        return flaws[int(body)]

    assert first_sound(lambda number: torch.tensor(number), look, SOUND, 3) == (taken, taken)
    assert len(looked) == drawn


def test_a_single_one_is_not_looked_at():
    def look(body):
        raise AssertionError

    assert first_sound(lambda number: torch.tensor(7), look, SOUND, 1) == (7, 0)


def test_everything_drawn_for_a_seed_has_noise_of_its_own():
    drawn = {
        tuple(torch.randn(3, generator=generator_of(seed, i)).tolist()) for seed in (0, 1) for i in range(4)
    }
    assert len(drawn) == 8
    first = torch.randn(3, generator=torch.Generator().manual_seed(5))
    assert torch.equal(torch.randn(3, generator=generator_of(5, 0)), first)
