"""What rigidity does to a known clip: shipped weights and tokens beside the file they were learned from."""

from pathlib import Path

import pytest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.rigidity_effect import cells, chosen, measured
from zoetrope.training.known import MIRRORED, load_tokens

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def known():
    return load_tokens(ROOT / "tokens.npz")


def test_the_clips_are_of_the_kind_and_not_mirrored(known):
    numbers = chosen(known, "quadruped", 5)
    assert len(set(numbers)) == 5
    assert set(known.motion_category[numbers]) == {"quadruped"}
    assert not any(name.endswith(MIRRORED) for name in known.motion_clip[numbers])
    assert chosen(known, "quadruped", 5) == numbers


def test_a_known_clip_stays_where_it_is_and_its_edges_change_less(library, known):
    bundle = DnfEngine(ROOT / "weights", "cpu").load()
    plain, calm, true = measured(bundle, known, library, chosen(known, "quadruped", 1)[0], 64, (0.03,))
    assert 0 < plain[0] < 0.03
    assert calm[0] < 1.1 * plain[0]
    assert calm[1] < 0.8 * plain[1]
    assert true[0] == 0
    assert true[1] > 0


def test_a_row_has_the_means_of_clips():
    found = cells("fish", [[(0.1, 0.2), (0.3, 0.4), (0.0, 0.1)], [(0.2, 0.4), (0.3, 0.2), (0.0, 0.3)]])
    assert found == ["fish", "2", "0.1500", "0.3000", "0.300", "0.300", "0.200"]
