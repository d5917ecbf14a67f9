"""A donor's own mesh, and meshes made from it, animated: the answer is the donor's sampled motion."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.bodies.mirror_symmetry import mirror_distance
from zoetrope.bodies.target import turn
from zoetrope.engines.animate import stretch
from zoetrope.engines.animate.animator import MeshAnimator
from zoetrope.engines.animate.donor_motion import sample_donor_motion
from zoetrope.engines.animate.request import AnimateRequest, OwnRig
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.geometry.mesh_properties import unique_edges

WEIGHTS = Path(__file__).resolve().parents[4] / "weights"
DONOR, ACTION = "q_uaa2021__Fox", "walk"
HEIGHT = 0.6
"""Metres of the mesh's longest side."""


@pytest.fixture(scope="module")
def animator():
    return MeshAnimator(DnfEngine(WEIGHTS, "cpu"))


@pytest.fixture(scope="module")
def donor(animator):
    return animator.donors()[DONOR]


@pytest.fixture(scope="module")
def sampled(animator, donor):
    animator.engine.load()
    return sample_donor_motion(animator.engine, donor, ACTION, 3, ignore_progress)


def request(sampled, **more):
    """One model frame a timeline frame."""
    fps = len(sampled.frames) / sampled.seconds
    return AnimateRequest((ACTION,), donor=DONOR, facing=0.0, seed=3, fps=fps, frames=32, **more)


def shown(result, rest):
    """Vertices (T, V, 3) by linear blend skinning with the result's arrays alone."""
    action, heads = result.actions[0], result.skeleton.heads
    moved = np.zeros((len(action.rotations), *rest.shape))
    for k in range(4):
        joint, weight = result.weights.joints[:, k], result.weights.values[:, k]
        turned = np.einsum("tvab,vb->tva", action.rotations[:, joint], rest - heads[joint])
        moved += weight[:, None] * (turned + heads[joint] + action.translations[:, joint])
    return moved


@pytest.fixture(scope="module")
def placed(donor):
    """The donor's mesh in metres, away from the origin."""
    return donor.rest.astype(float) * (HEIGHT / 1.8) + [0.3, -1.0, 0.2]


@pytest.fixture(scope="module")
def result(animator, donor, sampled, placed):
    return animator.animate(placed, donor.faces, request(sampled))


def test_the_donors_own_mesh_moves_as_the_donor(result, donor, sampled, placed):
    truth = (sampled.frames - donor.rest) * (HEIGHT / 1.8)
    moved = shown(result, placed) - placed
    diagonal = np.linalg.norm(np.ptp(placed, axis=0))
    error = np.linalg.norm(moved - truth - (moved - truth).mean(axis=(0, 1)), axis=-1) / diagonal
    assert error.mean() < 0.012
    assert np.linalg.norm(truth, axis=-1).mean() / diagonal > 2.5 * error.mean(), "it moves more than it errs"


def test_the_skeleton_is_the_donors(result, donor, placed):
    assert result.skeleton.names == donor.skeleton.names
    expected = donor.skeleton.heads[1:] * (HEIGHT / 1.8) + [0.3, -1.0, 0.2]
    assert np.linalg.norm(result.skeleton.heads[1:] - expected, axis=1).mean() < 0.02 * HEIGHT
    assert result.skeleton.heads[0, 2] == pytest.approx(placed[:, 2].min(), abs=0.02)
    assert np.allclose(result.weights.values.sum(axis=1), 1.0)


def test_edges_stretch_no_more_than_the_donors_own(result, sampled, donor):
    edges = unique_edges(donor.faces)
    own = stretch.stretch_of(donor.rest, edges, sampled.frames)
    action = result.actions[0]
    assert action.stretch_median < 1.5 * own[0] + 0.01
    assert action.stretch_p99 < 1.5 * own[1] + 0.1


def test_resting_feet_do_not_slip(result):
    assert 0.0 <= result.actions[0].slip < 0.03


def test_turned_in_the_world_it_is_the_same_motion(animator, donor, sampled, placed, result):
    turned = placed @ turn(90.0).T
    there = animator.animate(turned, donor.faces, replace(request(sampled), facing=-90.0))
    back = shown(there, turned) @ turn(-90.0).T
    distance = np.linalg.norm(back - shown(result, placed), axis=-1)
    assert distance.max() < 0.02 * HEIGHT


def test_shape_keys_show_the_same_motion(animator, donor, sampled, placed, result):
    keys = animator.animate(placed, donor.faces, request(sampled, output="both")).actions[0].vertices
    distance = np.linalg.norm(keys - shown(result, placed), axis=-1)
    assert distance.mean() < 0.03 * HEIGHT


def test_a_skeleton_that_stretches_the_mesh_too_much_is_no_output(
    animator, donor, sampled, placed, result, monkeypatch
):
    monkeypatch.setattr(stretch, "MAX_RATIO", 0.0)
    there = animator.animate(placed, donor.faces, request(sampled))
    assert there.output == "shape_keys"
    assert "shape keys instead" in there.warnings[-1]
    assert ACTION in there.warnings[-1]
    keys = there.actions[0]
    assert np.linalg.norm(keys.vertices - shown(result, placed), axis=-1).mean() < 0.03 * HEIGHT
    assert keys.stretch_p99 < result.actions[0].stretch_p99
    assert animator.animate(placed, donor.faces, request(sampled, fallback=False)).output == "armature"
    assert result.output == "armature"


def test_a_rest_pose_in_mid_stride_is_said(animator, donor, sampled, placed):
    neutral = animator.analyse(placed, donor.faces, donor.category, 0.0)
    assert not neutral.warnings
    widest = max(sampled.frames, key=mirror_distance)
    stride = animator.analyse(widest, donor.faces, donor.category, 0.0)
    assert "middle of a movement" in stride.warnings[0]


def test_the_meshs_own_rig_is_keyed_instead(animator, donor, sampled, placed, result):
    bones = result.skeleton
    vertices, slots = np.nonzero(donor.weights.values)
    own = OwnRig(
        tuple(f"my {name}" for name in bones.names[1:]),
        np.where(bones.parents[1:] <= 0, -1, bones.parents[1:] - 1),
        bones.heads[1:],
        bones.tails[1:],
        bones.z_axes()[1:],
        vertices,
        donor.weights.joints[vertices, slots] - 1,
        donor.weights.values[vertices, slots],
    )
    there = animator.animate(placed, donor.faces, request(sampled), own)
    assert there.weights is None
    assert there.skeleton.names[0] == "my hips"
    action = there.actions[0]
    rest, moved = placed, np.zeros((32, *placed.shape))
    dense = donor.weights.dense(len(bones.names))[:, 1:]
    for bone in range(dense.shape[1]):
        turned = (rest - own.heads[bone]) @ np.swapaxes(action.rotations[:, bone], 1, 2)
        moved += dense[:, bone, None] * (turned + own.heads[bone] + action.translations[:, bone, None])
    distance = np.linalg.norm(moved - shown(result, placed), axis=-1)
    assert distance.mean() < 0.01 * HEIGHT


def test_several_actions_share_one_skeleton(animator, donor, sampled, placed):
    both = replace(request(sampled), actions=("walk", "idle"), frames=None, fps=24.0)
    there = animator.animate(placed, donor.faces, both)
    assert [action.name for action in there.actions] == ["walk", "idle"]
    assert all(action.rotations.shape[1] == len(there.skeleton.names) for action in there.actions)


@pytest.mark.parametrize(
    "change",
    [
        {"actions": ()},
        {"actions": ("swim",)},
        {"category": "unicorn"},
        {"donor": "nobody"},
        {"output": "hologram"},
    ],
)
def test_what_does_not_exist_is_refused_with_a_remedy(animator, donor, sampled, placed, change):
    with pytest.raises(ZoetropeError) as caught:
        animator.animate(placed, donor.faces, replace(request(sampled), **change))
    assert caught.value.code == "bad_option"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("change", "text", "begun"),
    [
        ({"donor": "", "category": "quadruped", "actions": ("swim",)}, "of category 'quadruped'", ""),
        ({"actions": ("swim",)}, "of category 'quadruped'", "load"),
        ({"donor": "", "actions": ("gallop",)}, "no action 'gallop'.", ""),
        ({"donor": "", "actions": ("walk", "swim")}, "recognised as 'quadruped'", "recognise"),
    ],
    ids=["of a category", "of a donor", "of none", "of a guess"],
)
def test_an_action_that_does_not_exist_is_refused_as_soon_as_it_can_be(
    animator, donor, sampled, placed, change, text, begun
):
    stages = [""]
    asked = replace(request(sampled), **change)
    with pytest.raises(ZoetropeError, match=text) as caught:
        animator.animate(placed, donor.faces, asked, on_progress=lambda stage, *_: stages.append(stage))
    assert stages[-1] == begun
    assert "Choose one of" in caught.value.remedy


def test_a_donor_is_chosen_by_name_or_by_its_title(animator):
    assert animator._donor("horse white").name == "q_uaa2021__Horse_White"
    names = [entry.name for entry in animator.donors().entries if entry.title == "Frog"]
    assert len(names) > 1
    with pytest.raises(ZoetropeError) as caught:
        animator._donor("Frog")
    assert all(name in caught.value.remedy for name in names)


@pytest.mark.parametrize("stage", ["intake", "register", "retarget"])
def test_it_can_be_cancelled_at_every_stage(animator, donor, sampled, placed, stage):
    def cancel(now, _step, _total):
        if now == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        animator.animate(placed, donor.faces, request(sampled), on_progress=cancel)
