"""Forward kinematics, skinning and bone axes against values worked out by hand."""

import chains
import numpy as np
from scipy.spatial.transform import Rotation
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights, skin


def quarter_turn_about_x():
    return Rotation.from_euler("x", 90, degrees=True).as_matrix()


def test_a_chain_moves_with_its_parents():
    bones = Skeleton(
        ("root", "hips", "tip"),
        np.array([-1, 0, 1]),
        np.array([[0.0, 0, 0], [0, 0, 0], [0, 1, 0]]),
        np.array([[0.0, 0, 1], [0, 1, 0], [0, 2, 0]]),
    )
    turn = quarter_turn_about_x()
    motion = SkeletonMotion(np.stack([np.eye(3), turn, np.eye(3)])[None], np.array([[0.0, 0, 5.0]]))
    rest = np.array([[0.0, 1, 0], [0, 2, 0]])
    weights = SkinWeights.from_dense(np.array([[0.0, 1, 0], [0, 0, 1]]))
    moved = skin(rest, weights, bones, motion)[0]
    # The hips turn +Y into +Z and rise by 5; the tip keeps its direction at the end of the hips.
    assert np.allclose(moved, [[0, 0, 6], [0, 1, 6]], atol=1e-6)


def test_vertices_between_joints_are_blended():
    rest = np.array([[0.0, 0.0, 1.0]])
    weights = SkinWeights.from_dense(np.array([[0.0, 0.5, 0.5, 0, 0, 0]]))
    motion = chains.motion()
    moved = skin(rest, weights, chains.skeleton(), motion)
    alone = [
        skin(rest, SkinWeights.from_dense(np.eye(6)[[joint]]), chains.skeleton(), motion) for joint in (1, 2)
    ]
    assert np.allclose(moved, 0.5 * (alone[0] + alone[1]), atol=1e-6)


def test_joints_hold_together_in_every_pose():
    bones, motion = chains.skeleton(), chains.motion()
    translations = motion.joint_translations(bones)
    for joint, parent in enumerate(bones.parents):
        if parent < 1:
            continue
        by_parent = motion.rotations[:, parent] @ bones.heads[joint] + translations[:, parent]
        by_itself = motion.rotations[:, joint] @ bones.heads[joint] + translations[:, joint]
        assert np.allclose(by_parent, by_itself)


def test_only_the_four_largest_weights_stay():
    weights = SkinWeights.from_dense(np.array([[0.1, 0.3, 0.2, 0.15, 0.25, 0.0]]))
    assert weights.joints.tolist() == [[1, 4, 2, 3]]
    assert np.allclose(weights.values, np.array([[0.3, 0.25, 0.2, 0.15]]) / 0.9)
    assert np.allclose(weights.dense(6), [[0, 0.3, 0.2, 0.15, 0.25, 0.0]] / np.float64(0.9))


def test_unused_influences_name_joint_0_with_weight_0():
    weights = SkinWeights.from_dense(np.eye(6)[[5]])
    assert weights.joints.tolist() == [[5, 0, 0, 0]]
    assert weights.values.tolist() == [[1.0, 0.0, 0.0, 0.0]]


def test_axes_are_mirrored_and_bends_are_about_x():
    bones = chains.skeleton()
    z = bones.z_axes()
    left, right = bones.names.index("leg_upper.L"), bones.names.index("leg_upper.R")
    assert np.allclose(z[left], z[right] * [-1, 1, 1])
    along = bones.tails - bones.heads
    x = np.cross(along / np.linalg.norm(along, axis=1, keepdims=True), z)
    assert np.allclose(np.abs(x[:, 0]), 1.0), "all these bones lie in planes across X"
    assert np.allclose((z * along).sum(axis=1), 0.0, atol=1e-12)


def test_sideways_bones_have_z_up():
    wing = Skeleton(
        ("root", "wing_01.L"), np.array([-1, 0]), np.zeros((2, 3)), np.array([[0, -1.0, 0], [1.0, 0.1, 0.0]])
    )
    assert wing.z_axes()[1] @ [0, 0, 1] > 0.99
