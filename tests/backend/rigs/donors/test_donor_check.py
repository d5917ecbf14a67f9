"""The check of donors: their skeletons express their creatures' own clips, and a wrong one does not."""

from dataclasses import replace

import animator_rig
import numpy as np
import pytest
from zoetrope.clips.library import ClipEntry
from zoetrope.rigs.donors.build import build_donor
from zoetrope.rigs.donors.check import check_donor

WALK = ClipEntry("walk", "walk", False, True, 1.0, True)


@pytest.fixture(scope="module")
def rig():
    return animator_rig.asset(animator_rig.walker())


@pytest.fixture(scope="module")
def donor(rig):
    about = {"category": "quadruped", "height": 1.0, "author": "", "licence": "CC0-1.0"}
    return build_donor(rig, "q_farm2018__Test", np.zeros(4), **about)


def test_a_skeleton_expresses_its_creatures_clip(rig, donor):
    (row,) = check_donor(donor, rig, [WALK], 2)
    assert (row.donor, row.clip) == ("q_farm2018__Test", "walk")
    assert row.p99 < 1e-3


def test_a_foot_on_the_wrong_leg_shows(rig, donor):
    parents = donor.skeleton.parents.copy()
    names = list(donor.skeleton.names)
    parents[names.index("leg_front_foot.R")] = names.index("leg_front_upper.L")
    wrong = replace(donor, skeleton=replace(donor.skeleton, parents=parents))
    assert (parents < np.arange(len(names))).all()
    (row,) = check_donor(wrong, rig, [WALK], 1)
    assert row.p99 > 0.01
    assert row.worst_joint.startswith("leg_front")


def test_as_many_clips_are_fitted_as_there_are(rig, donor):
    assert check_donor(donor, rig, [], 2) == []
    assert len(check_donor(donor, rig, [WALK, WALK, WALK], 2)) == 2
