"""The table that guidance is chosen from: legs are asked of quadrupeds, novelty and variety are distances."""

import numpy as np
import pytest
from bodies import body, sequence, walking
from zoetrope.evaluation.clean_bodies import check
from zoetrope.evaluation.clouds import POINTS
from zoetrope.evaluation.distances import canonical, sample_surface
from zoetrope.evaluation.gallery import Exhibit
from zoetrope.evaluation.guidance import BARS, HEAD, line, training_creatures, variety
from zoetrope.evaluation.novelty import Shapes


def shown(category, moving=True):
    vertices, faces = body()
    made = walking(6) if moving else sequence(vertices, faces, [vertices] * 4)
    return Exhibit(0, category, "walk", made, check(made))


def test_a_row_counts_each_bar():
    empty = Exhibit(3, "quadruped", "walk", error="The shape is empty.")
    some = [shown("quadruped"), shown("fish"), shown("fish", moving=False), empty]
    cells = dict(zip(HEAD, line(2.0, 1.0, some, None), strict=True))
    assert cells["shape guidance"] == "2"
    assert cells["clean"] == "2 of 4"
    assert cells["legs"] == "1 of 1", "of quadrupeds that were drawn"
    assert cells["displacement"] == "2 of 3"
    assert cells["nearest training creature"] == "", "no data, no distance"
    assert set(BARS) < set(HEAD)


def test_a_copy_is_near_and_sets_of_one_body_have_no_variety():
    vertices, faces = body()
    known = Shapes(sample_surface(canonical(vertices), faces, POINTS, 0)[None], ("itself",))
    cells = dict(zip(HEAD, line(2.0, 1.0, [shown("fish"), shown("fish")], known), strict=True))
    assert 0 < float(cells["nearest training creature"]) < 0.03
    assert float(cells["variety"]) == pytest.approx(0, abs=1e-6)
    points = np.zeros((3, 10, 3))
    points[1] += 1
    points[2] += 5
    assert variety(points, ["fish", "fish", "bird"]) == pytest.approx(3**0.5)
    assert variety(points[:1], ["fish"]) == 0


def test_training_creatures(library):
    some = [entry.file for entry in library.creatures("train", ("quadruped",))[:3]]
    known = training_creatures(library.folder.parent.parent, {"split": "by_creature", "creatures": some})
    assert sorted(known.names) == sorted(some)
    assert known.points.shape == (len(known.names), POINTS, 3)
