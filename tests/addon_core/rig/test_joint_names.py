"""Bone collections and free names of joints."""

import json

import pytest

from blender_addon.core.rig.joint_names import OTHER, collection_of, free_names

from ..conftest import ROOT


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("root", "Root"),
        ("hips", "Spine"),
        ("spine_02", "Spine"),
        ("leg_front_upper.L", "Legs"),
        ("leg_back_toes.R", "Legs"),
        ("arm_shoulder.L", "Arms"),
        ("finger_index_01.R", "Arms"),
        ("wing_03.L", "Wings"),
        ("fin_01.R", "Fins"),
        ("tail_05", "Tail"),
        ("ear_02.L", "Head"),
        ("thing", OTHER),
    ],
)
def test_joints_are_collected_by_their_words(name, title):
    assert collection_of(name) == title


def test_every_joint_of_the_shipped_donors_has_a_collection():
    donors = json.loads((ROOT / "weights/donors.json").read_text())["donors"]
    names = {name for donor in donors for name in donor["joints"]}
    assert len(names) > 50
    assert not {name for name in names if collection_of(name) == OTHER}


def test_names_that_are_free_stay():
    names = ["root", "hips", "ear.L", "ear.R"]
    assert free_names(names, {"Body", "ear"}) == names


def test_both_sides_of_a_taken_name_get_the_same_free_number():
    found = free_names(["head", "ear.L", "ear.R"], {"ear.R", "ear_002.L", "head"})
    assert found == ["head_002", "ear_003.L", "ear_003.R"]


def test_a_number_that_another_joint_has_is_not_taken():
    assert free_names(["spine", "spine_002"], {"spine"}) == ["spine_003", "spine_002"]
