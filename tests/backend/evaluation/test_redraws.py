"""The tables of what is drawn again, and real creatures under the same look."""

from pathlib import Path

import pytest
from zoetrope.engines.base import CategoryInfo
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.redrawing import DRAWS
from zoetrope.engines.sound_bodies import NOTHING, SOUND, Flaws
from zoetrope.engines.sound_motions import MOST_STRETCH
from zoetrope.engines.sound_motions import SOUND as WHOLE
from zoetrope.evaluation.redraws import drawn, drawn_motions, in_turn, lines, real, real_stretch, row

WEIGHTS = Path(__file__).parents[3] / "weights"


def test_a_row_counts_what_is_first_and_what_is_taken():
    bodies = [[SOUND], [NOTHING, SOUND], [Flaws(0, 0.1), Flaws(1, 0.0), NOTHING, Flaws(0, 0.2)]]
    found = row("fish", bodies, SOUND, [True, False])
    assert found == ["fish", "1 of 3", "2 of 3", "2.3", "1 of 2"]
    page = "\n".join(lines("bodies", [found]))
    assert "bodies drawn, mean" in page
    assert "| fish | 1 of 3 | 2 of 3 | 2.3 | 1 of 2 |" in page
    assert row("blob", [[WHOLE], [0.4, 0.1]], WHOLE, [True]) == ["blob", "1 of 2", "1 of 2", "1.5", "1 of 1"]


def test_a_kinds_actions_are_asked_in_turn():
    kind = CategoryInfo("fish", ("swim", "death"), 1.0)
    assert in_turn(kind, range(7, 10)) == [("swim", 7), ("death", 8), ("swim", 9)]


def test_a_real_quadruped_is_sound(library):
    assert real(library, library.creatures("train", ("quadruped",))[0]) == SOUND


@pytest.mark.parametrize("category", ["fish", "quadruped"])
def test_the_looks_at_a_seeds_bodies_end_with_a_sound_one_or_the_last(category):
    looks = drawn(DnfEngine(WEIGHTS, "cpu", steps=4), category, 5)
    assert 1 <= len(looks) <= DRAWS
    assert SOUND not in looks[:-1]
    assert looks[-1] == SOUND or len(looks) == DRAWS


def test_clips_of_a_real_fish_do_not_tear_it(library):
    entry = library.creatures("train", ("fish",))[0]
    found = real_stretch(library, entry)
    assert len(found) == len(entry.usable_clips)
    assert 1 < max(found) < MOST_STRETCH


def test_the_looks_at_a_seeds_motions_end_with_a_sound_one_or_the_last():
    looks = drawn_motions(DnfEngine(WEIGHTS, "cpu", steps=4), "dinosaur", "run", 5)
    assert 1 <= len(looks) <= DRAWS
    assert WHOLE not in looks[:-1]
    assert looks[-1] == WHOLE or len(looks) == DRAWS
