"""Rigid transforms for known weights."""

import numpy as np
from moving_tube import moving_tube
from zoetrope.rigs.decomposition.bone_transforms import fit_transforms
from zoetrope.rigs.decomposition.scaled_frames import ScaledFrames
from zoetrope.rigs.skeleton import SkinWeights


def fit(known, weights, bones):
    frames = ScaledFrames(known.frames, np.zeros(3), 1.0)
    return fit_transforms(known.rest, weights, bones, frames, lambda *_: None)


def test_true_weights_give_the_frames_back():
    known = moving_tube()
    weights = SkinWeights.from_dense(known.weights)
    found = fit(known, weights, known.weights.shape[1])
    points = np.column_stack([known.rest, np.ones(len(known.rest))])
    moved = np.einsum("vj,tjab,vb->tva", known.weights, found, points, optimize=True)
    assert np.linalg.norm(moved - known.frames, axis=-1).mean() < 0.005
    turns = found[..., :3]
    assert np.allclose(turns @ turns.swapaxes(-1, -2), np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(turns), 1.0)


def test_a_bone_that_moves_nothing_follows_the_whole_mesh():
    known = moving_tube(4)
    weights = SkinWeights.from_dense(np.eye(3)[np.zeros(len(known.rest), int)])
    found = fit(known, weights, 3)
    assert np.isfinite(found).all()
    assert np.allclose(found[:, 2], found[:, 1])
