"""Clouds are sampled evenly on the surface; normalisations remove what they should and no more."""

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.metrics.point_clouds import (
    FILL,
    frame_indices,
    loop_frame_indices,
    normalised,
    sample,
)


@pytest.fixture
def spheres():
    """Three frames of a sphere that grows and moves."""
    ball = trimesh.creation.icosphere(3)
    frames = np.stack([ball.vertices * (1 + 0.5 * i) + [i, 0, 0] for i in range(3)])
    return frames, ball.faces


def test_points_lie_on_every_frame_evenly(spheres):
    clouds = sample(*spheres, np.random.default_rng(0), 4000)
    assert clouds.shape == (3, 4000, 3)
    for i, cloud in enumerate(clouds):
        radius = np.linalg.norm(cloud - [i, 0, 0], axis=1)
        assert np.abs(radius / (1 + 0.5 * i) - 1).max() < 0.02
        octant = ((cloud - [i, 0, 0]) > 0) @ [1, 2, 4]
        assert np.bincount(octant, minlength=8).min() > 400


def test_centred_clouds_keep_their_mean_and_fill_the_box(spheres):
    clouds = normalised(sample(*spheres, np.random.default_rng(0), 4000))
    assert np.abs(clouds.mean(axis=1)).max() < 1e-6
    assert np.abs(clouds).max() == pytest.approx(FILL, abs=1e-5)
    sizes = clouds.std(axis=(1, 2))
    assert sizes[2] / sizes[0] == pytest.approx(2, rel=0.02)  # one scale: growth is kept


def test_frames_as_they_stand_keep_their_translation(spheres):
    clouds = normalised(sample(*spheres, np.random.default_rng(0), 4000), "as_is")
    means = clouds.mean(axis=1)
    assert np.abs(clouds.mean(axis=(0, 1))).max() < 1e-5
    assert means[2, 0] - means[0, 0] > 0.5


def test_frames_span_the_clip():
    assert frame_indices(31).tolist() == list(range(0, 31, 2))
    assert frame_indices(8)[[0, -1]].tolist() == [0, 7]
    assert len(frame_indices(8)) == 16


def test_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="none of"):
        normalised(np.zeros((1, 2, 3)), "boxed")


@pytest.mark.parametrize("begins", [0.0, 0.25, 0.8])
def test_loop_is_sampled_from_the_start_of_its_file_and_closes(begins):
    phase = 2 * np.pi * (np.arange(48) / 48 + begins)
    taken = loop_frame_indices(48, begins, 17)
    expected = 2 * np.pi * np.arange(17) / 16
    np.testing.assert_allclose(np.cos(phase[taken]), np.cos(expected), atol=0.08)
    np.testing.assert_allclose(np.sin(phase[taken]), np.sin(expected), atol=0.08)
    assert taken[0] == taken[-1]
