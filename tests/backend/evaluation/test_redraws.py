"""The tables of what is drawn again, and real creatures under the same look."""

from pathlib import Path

import pytest
from zoetrope.engines.base import CategoryInfo
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.redrawing import DRAWS
from zoetrope.engines.sound_bodies import NOTHING, SOUND, Flaws
from zoetrope.engines.sound_motions import SOUND_MOTION, MotionFlaws
from zoetrope.evaluation.redraws import drawn, drawn_motions, in_turn, lines, real, real_motions, row, why

WEIGHTS = Path(__file__).parents[3] / "weights"


def test_a_row_counts_what_is_first_and_what_is_taken():
    bodies = [[SOUND], [NOTHING, SOUND], [Flaws(0, 0.1), Flaws(1, 0.0), NOTHING, Flaws(0, 0.2)]]
    found = row("fish", bodies, SOUND, [True, False])
    assert found == ["fish", "1 of 3", "2 of 3", "2.3", "1 of 2"]
    page = "\n".join(lines("bodies", [found]))
    assert "bodies drawn, mean" in page
    assert "| fish | 1 of 3 | 2 of 3 | 2.3 | 1 of 2 |" in page


def test_what_is_wrong_with_motions_is_counted_one_by_one():
    motions = [
        [SOUND_MOTION],
        [MotionFlaws(0.4, 0.1), MotionFlaws(0.0, 0.3)],
        [MotionFlaws(0.0, 0.2), SOUND_MOTION],
    ]
    found = row("blob", motions, SOUND_MOTION, [True])
    assert found == ["blob", "1 of 3", "2 of 3", "1.7", "1 of 1"]
    real = [SOUND_MOTION, MotionFlaws(0.1, 0.0)]
    assert why("blob", motions, real) == ["blob", "1", "2", "0", "0", "1", "0", "1", "0", "0"]


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


@pytest.mark.parametrize("category", ["fish", "quadruped"])
def test_clips_of_a_real_creature_are_sound(library, category):
    entry = library.creatures("train", (category,))[0]
    found = real_motions(library, entry)
    assert found == [SOUND_MOTION] * len(entry.usable_clips)


def test_the_looks_at_a_seeds_motions_end_with_a_sound_one_or_the_last():
    looks = drawn_motions(DnfEngine(WEIGHTS, "cpu", steps=4), "quadruped", "run", 5)
    assert 1 <= len(looks) <= DRAWS
    assert SOUND_MOTION not in looks[:-1]
    assert looks[-1] == SOUND_MOTION or len(looks) == DRAWS
