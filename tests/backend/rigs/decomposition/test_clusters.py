"""Vertices grouped by rigid motion."""

import numpy as np
import pytest
import trimesh
from moving_tube import moving_tube
from scipy.spatial.transform import Rotation
from zoetrope.rigs.decomposition.clusters import rigid_clusters


def test_parts_that_move_rigidly_are_groups_of_their_own():
    rng, ball = np.random.default_rng(0), trimesh.creation.icosphere(subdivisions=2, radius=0.1)
    rest, frames, truth = [], [], []
    for part in range(6):
        points = ball.vertices + [0.3 * part, 0.0, 0.0]
        turns = Rotation.from_rotvec(rng.normal(0.0, 0.6, (10, 3))).as_matrix()
        rest.append(points)
        frames.append(points @ turns.transpose(0, 2, 1) + rng.normal(0.0, 0.1, (10, 1, 3)))
        truth += [part] * len(points)
    label = rigid_clusters(np.vstack(rest), np.concatenate(frames, axis=1), 6, lambda *_: None)
    assert len(set(zip(label.tolist(), truth, strict=True))) == 6


def test_what_is_rigid_stays_one_group():
    known = moving_tube(5)
    frames = known.rest + np.arange(5)[:, None, None] * [0.1, 0.0, 0.0]
    assert not rigid_clusters(known.rest, frames, 8, lambda *_: None).any()


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 16])
def test_as_many_groups_as_are_wanted_are_found(count):
    known = moving_tube()
    label = rigid_clusters(known.rest, known.frames, count, lambda *_: None)
    assert np.array_equal(np.unique(label), np.arange(count))
