"""Occupancy grids from samples of shapes whose cells are known."""

import numpy as np
from zoetrope.training.data.occupancy_samples import ClipSamples, uniform_points
from zoetrope.training.voxels.grids import occupancy_grid

CELLS = 12


def sampled(inside_of, uniform=8000, near=3000):
    rng = np.random.default_rng(0)
    around = rng.normal(size=(2, near, 3))
    around = (0.6 * around / np.linalg.norm(around, axis=-1, keepdims=True)).astype(np.float16)
    everywhere = uniform_points(uniform).astype(np.float64)
    inside = np.stack([inside_of(everywhere, frame) for frame in range(2)])
    near_inside = np.stack([inside_of(around[frame].astype(np.float64), frame) for frame in range(2)])
    return ClipSamples("", "", "", "", False, 1.0, 1.0, around, near_inside, inside)


def centres():
    axis = (np.arange(CELLS) + 0.5) * 2 / CELLS - 1
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)


def test_cells_of_a_ball_are_full_up_to_its_surface():
    grids = occupancy_grid(sampled(lambda x, frame: np.linalg.norm(x, axis=-1) < 0.6), CELLS)
    radius = np.linalg.norm(centres(), axis=-1)
    assert grids.shape == (2, CELLS, CELLS, CELLS)
    assert grids[0][radius < 0.45].all(), "no holes where no point was sampled"
    assert not grids[0][radius > 0.75].any()


def test_axes_and_frames_are_in_order():
    grids = occupancy_grid(sampled(lambda x, frame: x[..., 0] > (0.0 if frame == 0 else 0.5)), CELLS)
    assert grids[0, CELLS // 2 :].mean() > 0.99
    assert grids[0, : CELLS // 2].mean() < 0.01
    assert grids[1].mean() < 0.3
