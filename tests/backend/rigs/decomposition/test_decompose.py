"""Bones for meshes whose true bones are known."""

import numpy as np
import pytest
import trimesh
from moving_tube import moving_tube, skinned
from scipy.spatial.transform import Rotation
from zoetrope.errors import Cancelled
from zoetrope.rigs.decomposition.decompose import COARSE_VERTICES, LADDER, decompose


@pytest.fixture(scope="module")
def known():
    return moving_tube()


@pytest.fixture(scope="module")
def found(known):
    return decompose(known.rest, known.faces, known.frames, bones=5)


def diagonal(points):
    return np.linalg.norm(np.ptp(points, axis=0))


def dense(known):
    """The tube with four times the vertices until the solver works on a part of them."""
    rest, faces, frames = known.rest, known.faces, known.frames
    while len(rest) <= 2 * COARSE_VERTICES:
        finer = [trimesh.remesh.subdivide(points, faces) for points in [rest, *frames]]
        (rest, faces), frames = finer[0], np.array([points for points, _ in finer[1:]])
    return rest, faces, frames


def test_as_many_bones_as_there_are_reproduce_the_animation(known, found):
    size = diagonal(known.rest)
    assert found.error.mean < 0.001 * size
    assert found.error.largest < 0.01 * size
    assert len(found.tree.skeleton.names) == 6


def test_the_error_is_that_of_the_skinned_mesh(known, found):
    distance = np.linalg.norm(skinned(found.tree, known.rest) - known.frames, axis=-1)
    assert found.error.mean == pytest.approx(distance.mean(), rel=1e-6)
    assert found.error.p99 == pytest.approx(np.quantile(distance, 0.99), rel=1e-4)
    assert found.error.largest == pytest.approx(distance.max(), rel=1e-6)


def test_bones_form_a_tree_below_one_root(found):
    parents = found.tree.skeleton.parents
    assert parents[0] == -1
    assert parents[1] == 0
    assert (parents[1:] < np.arange(1, len(parents))).all()
    assert (parents[1:] >= 0).all()
    assert (found.tree.rotations[:, 0] == np.eye(3)).all()
    assert not found.tree.displacements[:, 0].any()


def test_bones_lie_in_the_parts_that_they_move_along_the_tube(found):
    heads, tails = found.tree.skeleton.heads[1:], found.tree.skeleton.tails[1:]
    along = np.abs(tails - heads)
    assert (along[:, 2] > 2 * along[:, :2].max(axis=1)).sum() >= 4
    assert (np.abs(heads[:, :2]) < 0.3).all()
    assert len(np.unique(np.round(heads[:, 2]))) >= 4


def test_weights_are_those_of_four_bones_and_sum_to_1(found):
    weights = found.tree.weights
    assert weights.joints.shape == (len(weights.values), 4)
    assert weights.values.min() >= 0.0
    assert np.abs(weights.values.sum(axis=1) - 1.0).max() < 1e-9
    assert not weights.values[weights.joints == 0].any()


def test_the_same_animation_gives_the_same_bones(known, found):
    again = decompose(known.rest, known.faces, known.frames, bones=5)
    assert np.array_equal(again.tree.weights.values, found.tree.weights.values)
    assert np.array_equal(again.tree.rotations, found.tree.rotations)


def test_a_dense_mesh_is_as_near_as_a_small_one(known):
    rest, faces, frames = dense(known)
    found = decompose(rest, faces, frames, bones=5)
    distance = np.linalg.norm(skinned(found.tree, rest) - frames, axis=-1)
    assert found.error.mean == pytest.approx(distance.mean(), rel=1e-6)
    assert found.error.mean < 0.0015 * diagonal(rest)


def test_a_tolerance_takes_the_fewest_bones_of_the_ladder_that_meet_it(known):
    size = diagonal(known.rest)
    found = decompose(known.rest, known.faces, known.frames, tolerance=0.005 * size)
    count = len(found.tree.skeleton.names) - 1
    assert found.reached
    assert found.error.p99 <= 0.005 * size
    fewer = LADDER[LADDER.index(count) - 1]
    assert decompose(known.rest, known.faces, known.frames, bones=fewer).error.p99 > 0.005 * size


def test_a_tolerance_that_no_number_of_bones_meets_is_said(known):
    noise = known.frames + np.random.default_rng(0).normal(0.0, 0.02, known.frames.shape)
    found = decompose(known.rest, known.faces, noise, tolerance=1e-4)
    assert not found.reached
    assert found.error.p99 > 1e-4


def test_what_moves_rigidly_needs_one_bone(known):
    turns = Rotation.from_euler("z", np.linspace(0, 2, 9)[:, None]).as_matrix()
    frames = known.rest @ turns.transpose(0, 2, 1) + [0.0, 3.0, 0.0]
    found = decompose(known.rest, known.faces, frames, tolerance=1e-3)
    assert len(found.tree.skeleton.names) == 2
    assert found.error.largest < 1e-6


def test_a_small_loose_part_moves_as_one(known):
    eye = trimesh.creation.icosphere(subdivisions=1, radius=0.1)
    weights = known.weights[100]
    centre = known.rest[100] + [0.5, 0.0, 0.0]
    place = np.einsum("j,tjab,b->ta", weights, known.transforms, [*centre, 1.0])
    rest = np.vstack([known.rest, eye.vertices + centre])
    frames = np.concatenate([known.frames, eye.vertices + place[:, None]], axis=1)
    found = decompose(rest, np.vstack([known.faces, eye.faces + len(known.rest)]), frames, bones=6)
    own = found.tree.weights.dense(len(found.tree.skeleton.names))[len(known.rest) :]
    assert np.ptp(own, axis=0).max() < 1e-12


def test_progress_rises_and_a_cancel_comes_through(known):
    seen = []
    decompose(known.rest, known.faces, known.frames, bones=3, on_step=lambda *step: seen.append(step))
    assert list(dict.fromkeys(stage for stage, _, _ in seen)) == ["intake", "decompose", "skeleton"]
    for stage in ("intake", "decompose", "skeleton"):
        steps = [step for name, step, _ in seen if name == stage]
        assert steps == sorted(steps)

        def cancel(name, _step, _total, wanted=stage):
            if name == wanted:
                raise Cancelled

        with pytest.raises(Cancelled):
            decompose(known.rest, known.faces, known.frames, bones=3, on_step=cancel)
