"""One scheme of names over all packs."""

import numpy as np
import pytest
from zoetrope.rigs.donors.joint_names import base_name, is_paired, joint_names


@pytest.mark.parametrize(
    ("creature", "raw", "base"),
    [
        ("q_uaa2021__Fox", "IKFrontLeg.L", "leg_front_foot"),
        ("q_uaa2021__Fox", "BackLowerLeg.R", "leg_back_hock"),
        ("q_uaa2021__Fox", "Torso3", "chest"),
        ("q_uaa2021__Fox", "Ear4.L", "ear"),
        ("q_farm2018__Horse", "BackUpLeg.R", "leg_back_upper"),
        ("q_dino2018__Trex", "FrontUpLeg.R", "arm_upper"),
        ("q_dino2018__Triceratops", "FrontUpLeg.R", "leg_front_upper"),
        ("q_enemy2019__Frog", "FrontLeg.L.001", "leg_front_shoulder"),
        ("q_enemy2019__Spider", "MidBackLeg3.L", "leg_middle_back_lower"),
        ("q_enemy2019__Spider", "FrontFoot2.R", "leg_front_foot"),
        ("q_monsters_big__Orc", "Body", "hips"),
        ("q_monsters_big__Orc", "Pinky3.L", "finger_pinky"),
        ("q_monster2018__Skeleton", "L.UpperLeg", "leg_upper"),
        ("q_monster2018__Skeleton", "L.UpperLeg.001", "arm_upper"),
        ("q_monster2018__Dragon", "Bone", "eyes"),
        ("q_vol2_2017__Dog", "Bone.009", "leg_back_lower"),
        ("q_animals2016__Red_Fox", "Bone.010", "tail"),
        ("q_cutefish__Koi", "Main6", "tail"),
        ("q_fish2018__Shark", "Bone.001", "fin"),
        ("q_monster2018__Slime", "LeftEye", "eye"),
    ],
)
def test_a_joint_is_called_what_it_is(creature, raw, base):
    assert base_name(creature, raw) == base


def test_joints_of_unknown_files_keep_a_tidied_name():
    assert base_name("my_cow", "Udder Front.L") == "udder_front"
    assert base_name("my_cow", "UpperArm.R") == "arm_upper"
    assert base_name("my_cow", "Bone.017") == "joint"


def test_chains_are_numbered_on_each_side_and_only_pairs_have_one():
    bases = ["hips", "spine", "head", "ear", "ear", "ear", "leg_foot", "leg_foot"]
    sides = np.array([1, -1, 1, 1, 1, -1, 1, -1])
    assert joint_names(bases, sides) == (
        *("hips", "spine_01", "head", "ear_01.L", "ear_02.L", "ear_01.R", "leg_foot.L", "leg_foot.R"),
    )


def test_two_joints_of_one_name_are_told_apart():
    assert joint_names(["body", "horn", "horn"], np.ones(3)) == ("body", "horn_01", "horn_02")


def test_a_files_root_that_moves_vertices_is_not_called_like_the_skeletons_root():
    assert joint_names(["root", "body"], np.ones(2)) == ("base", "body")


def test_both_eyes_on_one_joint_have_no_side():
    assert is_paired("eye")
    assert not is_paired("eyes")
