"""The table of bodies that are drawn again, and real creatures under the same look."""

from zoetrope.engines.sound_bodies import NOTHING, SOUND, Flaws
from zoetrope.evaluation.redraws import lines, real, row


def test_a_row_counts_first_and_last_bodies():
    bodies = [[SOUND], [NOTHING, SOUND], [Flaws(0, 0.1), Flaws(1, 0.0), NOTHING, Flaws(0, 0.2)]]
    found = row("fish", bodies, [SOUND, Flaws(0, 0.1)])
    assert found == ["fish", "1 of 3", "2 of 3", "2.3", "1 of 2"]
    page = "\n".join(lines([found], ["cod.glb"]))
    assert "| fish | 1 of 3 | 2 of 3 | 2.3 | 1 of 2 |" in page
    assert "not: cod.glb." in page


def test_a_real_quadruped_is_sound(library):
    assert real(library, library.creatures("train", ("quadruped",))[0]) == SOUND
