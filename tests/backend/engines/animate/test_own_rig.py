"""Bones that a mesh has already, fitted to frames that they made themselves."""

from dataclasses import replace

import chains
import numpy as np
import pytest
from zoetrope.engines.animate.own_rig import fit_own_rig
from zoetrope.engines.animate.request import OwnRig
from zoetrope.rigs.skeleton import skin

FRAMES = 12


@pytest.fixture(scope="module")
def moving():
    """Rest pose, weights and frames of the chain's own motion."""
    rest, weights = chains.points(1200)
    frames = skin(rest, weights, chains.skeleton(), chains.motion(FRAMES, size=0.3)).astype(float)
    return rest, weights, frames


def rig(weights):
    """The chain without its root, in the form of an artist's rig."""
    bones, dense = chains.skeleton(), weights.dense(6)[:, 1:]
    vertices, columns = np.nonzero(dense)
    parents = bones.parents[1:] - 1
    return OwnRig(
        names=bones.names[1:],
        parents=np.where(parents < 0, -1, parents),
        heads=bones.heads[1:],
        tails=bones.tails[1:],
        z_axes=bones.z_axes()[1:],
        vertices=vertices,
        bones=columns,
        values=dense[vertices, columns],
    )


def skinned(own, rest, rotations, translations):
    """Vertices (T, V, 3) by linear blend skinning with an own rig's keys."""
    out = np.zeros((len(rotations), *rest.shape))
    for vertex, bone, value in zip(own.vertices, own.bones, own.values, strict=True):
        head = own.heads[bone]
        moved = rotations[:, bone] @ (rest[vertex] - head) + head + translations[:, bone]
        out[:, vertex] += value * moved
    return out


def test_the_bones_own_motion_is_found(moving):
    rest, weights, frames = moving
    own = rig(weights)
    found = skinned(own, rest, *fit_own_rig(own, rest, frames, cyclic=True))
    diagonal = np.linalg.norm(np.ptp(rest, axis=0))
    assert np.linalg.norm(found - frames, axis=-1).mean() < 0.004 * diagonal
    assert np.linalg.norm(frames - rest, axis=-1).mean() > 0.03 * diagonal, "it moves more than it errs"


def test_a_bone_without_a_parent_stays_on_the_bone_whose_weights_it_shares(moving):
    rest, weights, frames = moving
    own = rig(weights)
    foot = own.names.index("leg_upper.L")
    loose = replace(own, parents=np.where(np.arange(5) == foot, -1, own.parents))
    rotations, translations = fit_own_rig(loose, rest, frames, cyclic=True)
    hips = own.names.index("hips")
    offset = own.heads[foot] - own.heads[hips]
    expected = own.heads[hips] + translations[:, hips] + rotations[:, hips] @ offset
    assert np.allclose(own.heads[foot] + translations[:, foot], expected, atol=1e-9)
