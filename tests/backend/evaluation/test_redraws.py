"""The table of bodies that are drawn again, and real creatures under the same look."""

from pathlib import Path

import pytest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.sound_bodies import DRAWS, NOTHING, SOUND, Flaws
from zoetrope.evaluation.redraws import drawn, lines, real, row

WEIGHTS = Path(__file__).parents[3] / "weights"


def test_a_row_counts_first_and_last_bodies():
    bodies = [[SOUND], [NOTHING, SOUND], [Flaws(0, 0.1), Flaws(1, 0.0), NOTHING, Flaws(0, 0.2)]]
    found = row("fish", bodies, [SOUND, Flaws(0, 0.1)])
    assert found == ["fish", "1 of 3", "2 of 3", "2.3", "1 of 2"]
    page = "\n".join(lines([found], ["cod.glb"]))
    assert "| fish | 1 of 3 | 2 of 3 | 2.3 | 1 of 2 |" in page
    assert "not: cod.glb." in page


def test_a_real_quadruped_is_sound(library):
    assert real(library, library.creatures("train", ("quadruped",))[0]) == SOUND


@pytest.mark.parametrize("category", ["fish", "quadruped"])
def test_the_looks_at_a_seeds_bodies_end_with_a_sound_one_or_the_last(category):
    looks = drawn(DnfEngine(WEIGHTS, "cpu", steps=4), category, 5)
    assert 1 <= len(looks) <= DRAWS
    assert SOUND not in looks[:-1]
    assert looks[-1] == SOUND or len(looks) == DRAWS
