"""Corrective shapes: skinning with them shows what skinning alone misses."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.rigs.correctives import fit_correctives
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin

COUNT = 300


@pytest.fixture(scope="module")
def arm():
    """A cylinder along Y on two bones, which bends in its middle: skeleton, weights, rest pose."""
    rng = np.random.default_rng(0)
    angle, along = rng.uniform(0, 2 * np.pi, COUNT), np.sort(rng.uniform(0, 2, COUNT))
    rest = np.column_stack([0.2 * np.cos(angle), along, 0.2 * np.sin(angle)])
    heads = np.array([[0.0, 0, 0], [0, 0, 0], [0, 1, 0]])
    skeleton = Skeleton(("root", "upper", "lower"), np.array([-1, 0, 1]), heads, heads + [0.0, 1, 0])
    lower = np.clip(0.5 + 2.0 * (along - 1.0), 0.0, 1.0)
    return skeleton, SkinWeights.from_dense(np.column_stack([0 * lower, 1 - lower, lower])), rest


def bend(frames, largest):
    """The lower bone bends up to an angle; the arm rises."""
    angles = largest * np.sin(np.linspace(0, np.pi, frames))
    rotations = np.tile(np.eye(3), (frames, 3, 1, 1))
    rotations[:, 1] = Rotation.from_rotvec(0.3 * angles[:, None] * [1.0, 0, 0]).as_matrix()
    rotations[:, 2] = Rotation.from_rotvec(angles[:, None] * [1.0, 0, 0]).as_matrix()
    return SkeletonMotion(rotations, np.column_stack([0 * angles, 0 * angles, 0.1 * angles]))


def bulged(arm, motion, size=0.08):
    """Frames (T, V, 3) of an arm whose skin bulges at its joint as it bends."""
    skeleton, weights, rest = arm
    bulge = size * np.exp(-20 * (rest[:, 1] - 1.0) ** 2)[:, None] * rest / 0.2 * [1, 0, 1]
    bent = np.linalg.norm(Rotation.from_matrix(motion.rotations[:, 2]).as_rotvec(), axis=1)
    frames = [
        skin(rest + share * bulge, weights, skeleton, SkeletonMotion(r[None], t[None]))[0]
        for share, r, t in zip(bent, motion.rotations, motion.translation, strict=True)
    ]
    return np.stack(frames).astype(float)


def shown(arm, motion, found, clip):
    skeleton, weights, rest = arm
    shapes = rest + np.einsum("tk,kvc->tvc", found.values[clip], found.offsets)
    pairs = zip(shapes, motion.rotations, motion.translation, strict=True)
    return np.stack(
        [skin(shape, weights, skeleton, SkeletonMotion(r[None], t[None]))[0] for shape, r, t in pairs]
    )


def test_every_clip_is_within_the_tolerance_with_the_fewest_shapes(arm):
    motions = [bend(9, 1.2), bend(7, -0.8)]
    clips = [bulged(arm, motion) for motion in motions]
    found = fit_correctives(*arm, motions, clips, tolerance=1e-3)
    diagonal = np.linalg.norm(np.ptp(arm[2], axis=0))
    for i, (motion, clip) in enumerate(zip(motions, clips, strict=True)):
        left = np.linalg.norm(shown(arm, motion, found, i) - clip, axis=-1).mean() / diagonal
        assert left <= 1e-3
        assert left == pytest.approx(found.errors[i], abs=1e-6)
        before = np.linalg.norm(skin(arm[2], arm[1], arm[0], motion) - clip, axis=-1).mean() / diagonal
        assert before > 3 * left
    assert len(found.offsets) == 2, "the bulge has one direction, and the constant shape is its lowest"


def test_values_are_shares_and_the_first_shape_is_constant(arm):
    motion = bend(9, 1.2)
    found = fit_correctives(*arm, [motion], [bulged(arm, motion)], tolerance=1e-3)
    (values,) = found.values
    assert (values[:, 0] == 1.0).all()
    assert values.min() >= -1e-6
    assert values.max() <= 1.0 + 1e-6


def test_none_are_made_where_the_skeleton_is_near_enough(arm):
    motion = bend(9, 1.2)
    exact = skin(arm[2], arm[1], arm[0], motion).astype(float)
    assert fit_correctives(*arm, [motion], [exact]) is None


def test_joints_that_turn_against_each_other_make_no_huge_shapes(arm):
    skeleton, weights, rest = arm
    motion = bend(5, np.pi)  # half a turn: the blend is singular between them
    clip = skin(rest, weights, skeleton, motion) + np.array([0.0, 0.0, 0.02])
    found = fit_correctives(*arm, [motion], [clip.astype(float)], tolerance=1e-6)
    shapes = np.einsum("tk,kvc->tvc", found.values[0], found.offsets)
    assert np.linalg.norm(shapes, axis=-1).max() <= 5.001 * 0.02
