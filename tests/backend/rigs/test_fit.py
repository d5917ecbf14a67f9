"""A known motion is found again from vertices alone."""

import chains
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.rigs.fit import _QuadraticForm, _State, fit_error, fit_motion, rigid_start
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, skin

BONES = chains.skeleton()
REST, WEIGHTS = chains.points()


def angles(first, second):
    """Angle in degrees between rotations (..., 3, 3)."""
    difference = (first @ np.swapaxes(second, -1, -2)).reshape(-1, 3, 3)
    return np.degrees(Rotation.from_matrix(difference).magnitude())


def test_a_skinned_motion_is_found_exactly():
    truth = chains.motion()
    frames = skin(REST, WEIGHTS, BONES, truth)
    found = fit_motion(BONES, WEIGHTS, REST, frames, cyclic=True)
    assert fit_error(BONES, WEIGHTS, REST, frames, found).p99 < 1e-3
    assert angles(found.rotations, truth.rotations).max() < 1.0
    assert np.abs(found.translation - truth.translation).max() < 5e-3


def test_a_large_motion_is_found_from_its_rigid_start():
    truth = chains.motion(size=1.8)
    frames = skin(REST, WEIGHTS, BONES, truth)
    found = fit_motion(BONES, WEIGHTS, REST, frames, cyclic=True)
    assert fit_error(BONES, WEIGHTS, REST, frames, found).p99 < 4e-3


def test_it_is_better_than_the_rigid_start():
    frames = skin(REST, WEIGHTS, BONES, chains.motion())
    start = fit_error(BONES, WEIGHTS, REST, frames, rigid_start(BONES, WEIGHTS, REST, frames))
    found = fit_error(BONES, WEIGHTS, REST, frames, fit_motion(BONES, WEIGHTS, REST, frames, cyclic=True))
    assert found.mean < 0.2 * start.mean


def test_the_root_stands_still():
    frames = skin(REST, WEIGHTS, BONES, chains.motion())
    found = fit_motion(BONES, WEIGHTS, REST, frames)
    assert np.array_equal(found.rotations[:, 0], np.tile(np.eye(3), (12, 1, 1)))


def test_a_moving_body_at_rest_only_travels():
    frames = REST + np.linspace(0, 1, 5)[:, None, None] * [0.0, 2.0, 0.5]
    found = fit_motion(BONES, WEIGHTS, REST, frames)
    assert angles(found.rotations, np.eye(3)).max() < 0.1
    assert np.abs(found.translation - np.linspace(0, 1, 5)[:, None] * [0.0, 2.0, 0.5]).max() < 1e-3


def test_important_vertices_are_met_more_closely():
    frames = skin(REST, WEIGHTS, BONES, chains.motion()).astype(float)
    foot = np.argsort(REST[:, 2])[:20]
    frames[:, foot] += [0.0, 0.15, 0.0]
    importance = np.ones(len(REST))
    importance[foot] = 50.0
    missed = []
    for share in (None, importance):
        found = fit_motion(BONES, WEIGHTS, REST, frames, cyclic=True, importance=share)
        shown = skin(REST, WEIGHTS, BONES, found)
        missed.append(np.linalg.norm(shown[:, foot] - frames[:, foot], axis=-1).mean())
    assert missed[1] < 0.5 * missed[0]


def test_joints_without_vertices_follow_smoothly():
    frames = skin(REST, WEIGHTS, BONES, chains.motion())
    head = BONES.names.index("head")
    bare = WEIGHTS.dense(6)
    bare[:, head] = 0.0
    from zoetrope.rigs.skeleton import SkinWeights

    found = fit_motion(BONES, SkinWeights.from_dense(bare + 1e-9), REST, frames, cyclic=True)
    assert np.isfinite(found.rotations).all()
    steps = angles(found.rotations[1:, head], found.rotations[:-1, head])
    assert steps.max() < 60


@pytest.mark.parametrize("share", [None, "random"])
def test_the_form_is_the_mean_squared_distance(share):
    truth, tried = chains.motion(), chains.motion(seed=7)
    frames = skin(REST, WEIGHTS, BONES, truth)
    importance = None if share is None else np.random.default_rng(0).random(len(REST))
    form = _QuadraticForm(BONES, WEIGHTS, REST, frames, importance)
    loss = form.loss(_State(tried.rotations[:, 1:], tried.translation))
    squared = ((skin(REST, WEIGHTS, BONES, tried) - frames) / form.unit) ** 2
    expected = np.average(squared.sum(-1), axis=1, weights=importance)
    assert np.allclose(loss, expected, rtol=1e-3)


def test_the_step_follows_the_gradient():
    """The right side of the normal equations is minus half of the loss's derivative."""
    frames = skin(REST, WEIGHTS, BONES, chains.motion())
    tried = chains.motion(seed=7)
    form = _QuadraticForm(BONES, WEIGHTS, REST, frames, None)
    state = _State(tried.rotations[:, 1:], tried.translation)
    _, gradient = form.normal_equations(state)
    turn = 1e-5
    for joint in range(5):
        for axis in range(3):
            small = Rotation.from_rotvec(turn * np.eye(3)[axis]).as_matrix()
            moved = state.rotations.copy()
            moved[:, joint] = small @ moved[:, joint]
            slope = (form.loss(_State(moved, state.translation)) - form.loss(state)) / turn
            assert np.allclose(slope, -2 * gradient[:, 3 * joint + axis], rtol=2e-2, atol=2e-2)


def test_one_frame_is_enough():
    truth = chains.motion()
    one = SkeletonMotion(truth.rotations[3:4], truth.translation[3:4])
    frames = skin(REST, WEIGHTS, BONES, one)
    found = fit_motion(BONES, WEIGHTS, REST, frames)
    assert fit_error(BONES, WEIGHTS, REST, frames, found).p99 < 2e-3


def test_joints_that_move_nothing_follow_their_parents():
    """Leaves at the ends of limbs: the vertices do not hold them, and rigid starts turn with the fit."""
    truth = chains.motion(size=1.2)
    frames = skin(REST, WEIGHTS, BONES, truth)
    leg = BONES.names.index("leg_upper.L")
    tip, end = BONES.tails[[leg]], BONES.tails[[leg]] - [0.0, 0.0, 0.1]
    bones = Skeleton(
        (*BONES.names, "foot_leaf", "toe_leaf"),
        np.concatenate([BONES.parents, [leg, len(BONES.names)]]),
        np.concatenate([BONES.heads, tip, end]),
        np.concatenate([BONES.tails, end, end - [0.0, 0.0, 0.1]]),
    )
    found = fit_motion(bones, WEIGHTS, REST, frames, cyclic=True)
    for leaf in (-2, -1):
        assert angles(found.rotations[:, leaf], found.rotations[:, leg]).max() < 1e-3
    turned = SkeletonMotion(found.rotations.copy(), found.translation)
    turned.rotations[:, -2:] = turned.rotations[:, [leg]] @ Rotation.from_euler("x", 0.5).as_matrix()
    again = fit_motion(bones, WEIGHTS, REST, frames, start=turned)
    assert angles(again.rotations[:, -1], again.rotations[:, leg]) == pytest.approx(np.degrees(0.5))
