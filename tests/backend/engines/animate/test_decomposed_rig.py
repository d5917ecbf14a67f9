"""Bones found in a clip: correctives hold what they miss."""

import numpy as np
import pytest
from moving_tube import moving_tube
from zoetrope.engines.animate.decomposed_rig import rig_of_motion
from zoetrope.engines.progress import ignore_progress
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.rigs.correctives import TOLERANCE


@pytest.fixture(scope="module")
def shivering():
    """A moving tube, whose vertices shiver each for itself."""
    tube = moving_tube()
    count = len(tube.frames)
    phase = 2 * np.pi * np.arange(count)[:, None] / count
    shiver = np.sin(2.4 * np.arange(len(tube.rest)) + phase)
    frames = tube.frames + 0.2 * shiver[..., None] * np.array([1.0, 1.0, 0.0])
    return MeshSequence(
        faces=tube.faces.astype(np.int32),
        rest=tube.rest.astype(np.float32),
        vertices=frames.astype(np.float32),
        transforms=np.tile(np.eye(4, dtype=np.float32), (count, 1, 1)),
        colours=np.ones((len(tube.rest), 3), np.float32),
        seconds=(np.arange(count) / 24).astype(np.float32),
        cyclic=True,
        returns_to_start=True,
        travel_speed=0.0,
        category="blob",
        action="idle",
        meta={"seed": 1},
    )


def error(clip, rig, shapes):
    """Mean distance, share of the diagonal, of the clip from bones and shapes by linear blend skinning."""
    (action,), heads = rig.actions, rig.skeleton.heads
    posed = np.repeat(clip.rest[None].astype(float), len(clip.vertices), axis=0)
    if shapes is not None:
        posed += np.einsum("tk,kvc->tvc", shapes.values[0], shapes.offsets)
    joints, values = rig.weights.joints, rig.weights.values
    placed = np.einsum("tvkab,tvkb->tvka", action.rotations[:, joints], posed[:, :, None] - heads[joints])
    placed += heads[joints] + action.translations[:, joints]
    shown = (placed * values[None, :, :, None]).sum(axis=2)
    diagonal = np.linalg.norm(np.ptp(clip.rest, axis=0))
    return np.linalg.norm(shown - clip.vertices, axis=-1).mean() / diagonal


def test_correctives_bring_the_bones_within_their_tolerance(shivering):
    rig, shapes = rig_of_motion(shivering, True, ignore_progress)
    alone = error(shivering, rig, None)
    assert alone == pytest.approx(rig.actions[0].residual_mean, rel=0.02)
    assert alone > 1.5 * TOLERANCE, "the bones alone are not near enough, so that there is something to do"
    assert shapes.errors[0] <= TOLERANCE
    assert error(shivering, rig, shapes) == pytest.approx(shapes.errors[0], rel=0.02)


def test_bones_are_the_same_without_correctives(shivering):
    rig, shapes = rig_of_motion(shivering, False, ignore_progress)
    assert shapes is None
    assert np.array_equal(
        rig.actions[0].rotations, rig_of_motion(shivering, True, ignore_progress)[0].actions[0].rotations
    )
