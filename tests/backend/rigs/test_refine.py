"""Joints and weights that were transferred roughly are corrected by the animation of their mesh."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.errors import Cancelled
from zoetrope.rigs.fit import fit_error, fit_motion
from zoetrope.rigs.refine import refine_rig
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

RINGS, AROUND = 40, 10


def tube():
    """Rest pose (V, 3) and faces of an open tube along Y, 3 long."""
    along, angle = np.meshgrid(
        np.linspace(0, 3, RINGS), np.arange(AROUND) * 2 * np.pi / AROUND, indexing="ij"
    )
    rest = np.stack([0.25 * np.cos(angle), along, 0.25 * np.sin(angle)], axis=-1).reshape(-1, 3)
    index = np.arange(RINGS * AROUND).reshape(RINGS, AROUND)
    a, b = index[:-1], np.roll(index, -1, axis=1)[:-1]
    c, d = index[1:], np.roll(index, -1, axis=1)[1:]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    return rest, faces


def rig(rest, joints):
    """A chain of three bones whose joints lie at these places along Y, with blended weights."""
    heads = np.array([[0.0, 0, 0], [0, 0, 0], *([0, y, 0] for y in joints)])
    skeleton = Skeleton(("root", "a", "b", "c"), np.array([-1, 0, 1, 2]), heads, heads + [0.0, 1.0, 0])
    steps = [np.clip(0.5 + (rest[:, 1] - y) / 0.4, 0, 1) for y in joints]
    dense = np.column_stack([0 * steps[0], 1 - steps[0], steps[0] - steps[1], steps[1]])
    return skeleton, SkinWeights.from_dense(dense)


@pytest.fixture(scope="module")
def case():
    """A true rig, a clip that it makes, and the rig as it was transferred: joints a fifth of a bone off."""
    rest, faces = tube()
    angles = np.column_stack([np.sin(np.linspace(0, 6, 16)), np.cos(np.linspace(0, 5, 16))])
    rotations = np.tile(np.eye(3), (16, 4, 1, 1))
    rotations[:, 2] = Rotation.from_rotvec(angles[:, :1] * [1.0, 0, 0]).as_matrix()
    rotations[:, 3] = Rotation.from_rotvec(angles[:, 1:] * [0.7, 0, 0.7]).as_matrix()
    true = rig(rest, (1.0, 2.0))
    frames = skin(rest, true[1], true[0], SkeletonMotion(rotations, np.zeros((16, 3)))).astype(float)
    return rest, faces, frames, true, rig(rest, (1.2, 1.8))


def test_the_skeleton_comes_nearer_to_the_clip_and_its_joints_to_their_places(case):
    rest, faces, frames, true, transferred = case
    motion = fit_motion(*transferred, rest, frames)
    before = fit_error(*transferred, rest, frames, motion)
    skeleton, weights, (refined,) = refine_rig(*transferred, rest, faces, [frames], [False])
    after = fit_error(skeleton, weights, rest, frames, refined)
    assert after.mean < 0.7 * before.mean
    assert after.p99 < 0.6 * before.p99
    away = [np.abs(one.heads - true[0].heads)[2:, 1] for one in (skeleton, transferred[0])]
    assert (away[0] < away[1]).all()


def test_weights_stay_those_of_a_skin(case):
    rest, faces, frames, _, transferred = case
    _, weights, _ = refine_rig(*transferred, rest, faces, [frames], [False])
    assert weights.joints.shape == (len(rest), 4)
    assert np.allclose(weights.values.sum(axis=1), 1.0)
    assert weights.values.min() >= 0.0
    assert not weights.dense(4)[:, 0].any(), "the root moves nothing"


def test_a_clip_that_hardly_moves_changes_nothing(case):
    rest, faces, _, _, transferred = case
    still = np.repeat(rest[None], 4, axis=0)
    skeleton, weights, _ = refine_rig(*transferred, rest, faces, [still], [True])
    assert np.abs(skeleton.heads - transferred[0].heads).max() < 1e-3
    assert np.abs(weights.dense(4) - transferred[1].dense(4)).max() < 1e-3


def test_several_clips_share_the_skeleton_and_have_motions_of_their_own(case):
    rest, faces, frames, _, transferred = case
    _, _, motions = refine_rig(*transferred, rest, faces, [frames[:5], frames[5:]], [False, False])
    assert [len(motion.rotations) for motion in motions] == [5, 11]


def test_it_can_be_cancelled_between_its_rounds(case):
    rest, faces, frames, _, transferred = case

    def cancel(step, _count):
        if step == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        refine_rig(*transferred, rest, faces, [frames], [False], cancel)
