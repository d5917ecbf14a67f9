"""Few shape keys in place of one a frame."""

import numpy as np
import pytest

from blender_addon.core.compact_keys import compact_keys, one_period

RANDOM = np.random.default_rng(3)
REST = RANDOM.normal(size=(200, 3)).astype(np.float32)


def clip(count, rank):
    """Frames (count, 200, 3) that span `rank` dimensions around the rest pose."""
    phases = np.linspace(0, 3, count)[:, None] * np.arange(1, rank + 1) + RANDOM.normal(size=rank)
    shapes = RANDOM.normal(size=(rank, *REST.shape)) / np.arange(1, rank + 1)[:, None, None]
    return (REST + 0.1 * np.einsum("tk,kvc->tvc", np.sin(phases), shapes)).astype(np.float32)


def error(frames, offsets, weights):
    missed = REST + np.einsum("tk,kvc->tvc", weights, offsets) - frames
    return float(np.linalg.norm(missed, axis=-1).max())


@pytest.mark.parametrize("count", [150, 700])
def test_every_vertex_is_within_the_tolerance_with_no_more_keys_than_dimensions(count):
    frames = clip(count, 12)
    offsets, weights = compact_keys(REST, frames, 1e-4)
    assert offsets.shape == (weights.shape[1], *REST.shape)
    assert len(offsets) <= 13
    assert len(weights) == count
    assert error(frames, offsets, weights) <= 1e-4
    assert weights.min() == 0.0
    assert weights.max() == 1.0
    assert (weights[:, 0] == 1.0).all()


def test_a_wide_tolerance_needs_fewer_keys():
    frames = clip(300, 12)
    few, weights = compact_keys(REST, frames, 0.05)
    assert len(few) < len(compact_keys(REST, frames, 1e-4)[0])
    assert error(frames, few, weights) <= 0.05


def test_a_frame_unlike_its_neighbours_is_not_lost():
    frames = clip(400, 5)
    frames[201, 17] += 1.0  # between the frames that the first basis is made from
    frames[203, 18] -= 1.0
    offsets, weights = compact_keys(REST, frames, 1e-4)
    assert error(frames, offsets, weights) <= 1e-4


def test_a_clip_that_stands_still_has_one_key_that_counts():
    offsets, weights = compact_keys(REST, np.repeat(REST[None], 120, axis=0), 1e-4)
    assert len(offsets) <= 2
    assert np.isfinite(offsets).all()
    assert error(np.repeat(REST[None], 120, axis=0), offsets, weights) <= 1e-4


def test_a_loop_is_cut_to_what_it_repeats():
    frames = clip(30, 4)
    assert one_period(np.tile(frames, (5, 1, 1))).shape == frames.shape
    assert one_period(frames).shape == frames.shape
    broken = np.tile(frames, (3, 1, 1))
    broken[70, 3] += 0.1
    assert one_period(broken).shape == broken.shape
