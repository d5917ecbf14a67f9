"""The skeleton of an animator's rig: only what deforms, one tree, feet on their legs."""

from dataclasses import replace

import animator_rig
import numpy as np
import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.rigs.donors.build import skeleton_of

NAME = "q_farm2018__Test"


@pytest.fixture
def rig():
    return animator_rig.asset(animator_rig.walker())


def parent_names(skeleton):
    """Name -> name of the parent."""
    return {
        name: skeleton.names[parent] if parent >= 0 else None
        for name, parent in zip(skeleton.names, skeleton.parents, strict=True)
    }


def test_parents_follow_the_limbs(rig):
    above = parent_names(skeleton_of(rig, NAME)[0])
    assert above == {
        "root": None,
        "body": "root",
        "spine_01": "body",
        "spine_02": "spine_01",
        "chest": "body",
        "head": "chest",
        "hips": "body",
        "tail_01": "hips",
    } | {
        f"leg_{place}_{part}.{side}": "body" if on is None else f"leg_{place}_{on}.{side}"
        for place in ("front", "back")
        for part, on in (("upper", None), ("lower", "upper"), ("foot", "lower"))
        for side in "LR"
    }


def test_sides_are_those_of_the_creature_not_of_the_file(rig):
    skeleton, _ = skeleton_of(rig, NAME)
    x = dict(zip(skeleton.names, skeleton.heads[:, 0], strict=True))
    assert x["leg_front_upper.L"] > 0.1
    assert x["leg_front_upper.R"] < -0.1


def test_heads_stay_where_the_file_has_them_and_the_body_comes_between_its_children(rig):
    skeleton, _ = skeleton_of(rig, NAME)
    box = normalising_box(rig.rest)
    head = dict(zip(skeleton.names, box.to_source(skeleton.heads), strict=True))
    assert np.allclose(head["leg_back_foot.L"], [0.2, 0.4, 0.1], atol=1e-6)
    assert np.allclose(head["spine_02"], [0.0, 0.1, 1.0], atol=1e-6)
    assert 0.85 < head["body"][2] < 1.0  # the file's control lies below the creature, at 0.6
    assert head["root"][2] == pytest.approx(rig.rest[:, 2].min(), abs=1e-6)


def test_each_vertex_keeps_its_weights(rig):
    skeleton, weights = skeleton_of(rig, NAME)
    dense = weights.dense(len(skeleton.names))
    box = normalising_box(rig.rest)
    rest = box.to_box(rig.rest)
    foot = dense[:, skeleton.names.index("leg_front_foot.L")] > 0.99
    assert foot.sum() == 8
    assert (box.to_source(rest[foot])[:, 2] < 0.2).all()
    assert np.allclose(dense.sum(axis=1), 1.0)
    assert not dense[:, 0].any()


def test_a_joint_in_two_skins_is_one(rig):
    one, _ = skeleton_of(rig, NAME)
    two, weights = skeleton_of(animator_rig.with_second_skin(rig, "Head"), NAME)
    assert two.names == one.names
    assert weights.dense(len(two.names))[:, two.names.index("head")].sum() == pytest.approx(8.0)


def test_vertices_forgotten_on_the_root_follow_their_neighbours(rig):
    stray = animator_rig.with_weights(rig, {"Torso": 0.2}, to="root")
    skeleton, weights = skeleton_of(stray, NAME)
    assert skeleton.names == skeleton_of(rig, NAME)[0].names
    assert np.allclose(weights.dense(len(skeleton.names))[:, skeleton.names.index("spine_02")].sum(), 8.0)


def test_vertices_without_weights_follow_the_nearest(rig):
    weights = rig.weights.copy()
    head = np.flatnonzero(weights[:, rig.node_names.index("Head")])
    weights[head[:2]] = 0.0
    skeleton, found = skeleton_of(replace(rig, weights=weights), NAME)
    dense = found.dense(len(skeleton.names))
    assert np.allclose(dense[head[:2], skeleton.names.index("head")], 1.0)


def test_a_foot_without_weights_is_kept_for_the_sake_of_its_mirror_image(rig):
    one = animator_rig.with_weights(rig, {"BackFoot.L": 1.0}, to="BackLowLeg.L")
    assert parent_names(skeleton_of(one, NAME)[0])["leg_back_foot.R"] == "leg_back_lower.R"
    none = animator_rig.with_weights(one, {"BackFoot.R": 1.0}, to="BackLowLeg.R")
    assert "leg_back_foot.L" not in skeleton_of(none, NAME)[0].names


def test_a_rigid_part_belongs_to_the_joint_that_it_hangs_on():
    joints = animator_rig.walker()
    bone = next(joint for joint in joints if joint.name == "Shoulders")
    joints[joints.index(bone)] = replace(bone, end=None)
    part = replace(bone, name="Plate", parent="Shoulders", swing=np.zeros(len(animator_rig.KEYS)))
    skeleton, weights = skeleton_of(animator_rig.asset([*joints, part]), NAME)
    assert "plate" not in skeleton.names
    assert weights.dense(len(skeleton.names))[:, skeleton.names.index("chest")].sum() == pytest.approx(8.0)


def test_an_asset_without_weights_is_refused(rig):
    with pytest.raises(ZoetropeError, match="no joint that moves a vertex") as caught:
        skeleton_of(replace(rig, weights=np.zeros_like(rig.weights)), NAME)
    assert caught.value.code == "bad_option"


def test_bones_end_where_the_limb_goes_on(rig):
    skeleton, _ = skeleton_of(rig, NAME)
    box = normalising_box(rig.rest)
    index = {name: i for i, name in enumerate(skeleton.names)}
    for name, child in (
        *(("leg_front_upper.L", "leg_front_lower.L"), ("leg_front_lower.L", "leg_front_foot.L")),
        *(("hips", "tail_01"), ("spine_01", "spine_02"), ("spine_02", "chest"), ("chest", "head")),
    ):
        assert np.allclose(skeleton.tails[index[name]], skeleton.heads[index[child]]), name
    tails = box.to_source(skeleton.tails)
    assert np.allclose(tails[index["head"]], [0.0, -0.9, 1.1], atol=0.1)
    assert np.allclose(tails[index["tail_01"]], [0.0, 0.82, 1.0], atol=0.04)  # straight on from the hips
    foot = tails[index["leg_back_foot.R"]] - box.to_source(skeleton.heads[index["leg_back_foot.R"]])
    assert foot[1] < -0.1
    assert foot[0] == pytest.approx(0.0, abs=1e-9)
    assert foot[2] == pytest.approx(0.0, abs=1e-9)


def test_mirrored_joints_have_mirrored_bones_and_axes(rig):
    skeleton, _ = skeleton_of(rig, NAME)
    mirror = np.array([-1.0, 1.0, 1.0])
    z = skeleton.z_axes()
    index = {name: i for i, name in enumerate(skeleton.names)}
    left = [name for name in skeleton.names if name.endswith(".L")]
    assert len(left) == 6
    for name in left:
        i, j = index[name], index[name[:-1] + "R"]
        assert np.allclose(skeleton.heads[i], skeleton.heads[j] * mirror, atol=1e-6)
        assert np.allclose(skeleton.tails[i], skeleton.tails[j] * mirror, atol=1e-6)
        assert np.allclose(z[i], z[j] * mirror, atol=1e-6)


def test_nearly_mirrored_ends_of_limbs_are_made_so():
    ears = [
        animator_rig.Joint("Ear.L", "Head", (0.1, -0.6, 1.1), (0.15, -0.6, 1.3)),
        animator_rig.Joint("Ear.R", "Head", (-0.1, -0.6, 1.1), (-0.25, -0.65, 1.3)),
    ]
    skeleton, _ = skeleton_of(animator_rig.asset([*animator_rig.walker(), *ears]), NAME)
    along = skeleton.tails - skeleton.heads
    left, right = (along[skeleton.names.index(f"ear_01.{side}")] for side in "LR")
    assert np.allclose(left, right * [-1.0, 1.0, 1.0], atol=1e-6)
    assert left[0] > 0.01


def test_a_joint_without_parent_hangs_on_what_it_moves_with_not_on_what_is_near():
    crest = animator_rig.Joint("Crest", None, (0.0, -0.55, 1.1), (0.0, -0.55, 1.2), follows="Shoulders")
    joints = [*animator_rig.walker(), crest]
    assert parent_names(skeleton_of(animator_rig.asset(joints), NAME)[0])["crest"] == "chest"
    joints[-1] = replace(crest, follows="Head")
    assert parent_names(skeleton_of(animator_rig.asset(joints), NAME)[0])["crest"] == "head"


def test_what_no_clip_moves_hangs_on_the_nearest_part_of_the_trunk():
    joints = animator_rig.walker()
    head = next(i for i, joint in enumerate(joints) if joint.name == "Head")
    joints[head] = replace(joints[head], swing=4.0 * joints[head].swing)
    eyes = animator_rig.Joint("Eyes", None, (0.0, -0.95, 1.15), (0.0, -1.0, 1.15))
    above = parent_names(skeleton_of(animator_rig.asset([*joints, eyes]), NAME)[0])
    assert above["eyes"] == "head"
