"""Occupancy grids of shapes whose cells are known."""

import numpy as np
import trimesh
from zoetrope.geometry.closed_surface import ClosedSurface
from zoetrope.training.data.occupancy_samples import (
    OccupancyRecipe,
    grid_centres,
    sample_occupancy,
    sequence_box,
)

CELLS = 12
RECIPE = OccupancyRecipe(frames=2, near=0, grid=CELLS)


def sampled(frames, faces):
    surface = ClosedSurface.build(frames[0], faces)
    made = sample_occupancy(frames, faces, surface, 1.0, RECIPE, np.random.default_rng(0))
    _, _, inside = made
    return inside.reshape(-1, CELLS, CELLS, CELLS)


def test_every_cell_of_a_ball_is_that_of_its_centre():
    ball = trimesh.creation.icosphere(subdivisions=4)
    frames = np.stack([ball.vertices, 0.5 * ball.vertices]).astype(np.float32)
    grids = sampled(frames, np.asarray(ball.faces, np.int32))
    radius = np.linalg.norm(grid_centres(CELLS), axis=-1).reshape(CELLS, CELLS, CELLS)
    scale = sequence_box(frames).scale
    assert grids.shape == (2, CELLS, CELLS, CELLS)
    for grid, size in zip(grids, (scale, 0.5 * scale), strict=True):
        sure = np.abs(radius - size) > 0.005  # the mesh is no perfect ball
        assert (grid == (radius < size))[sure].all()
        assert grid.any()


def test_axes_are_in_order():
    box = trimesh.creation.box(extents=(2.0, 1.0, 0.5))
    frames = np.stack([box.vertices] * 2).astype(np.float32)
    (grid, _) = sampled(frames, np.asarray(box.faces, np.int32))
    extents = [int(grid.any(axis=tuple({0, 1, 2} - {axis})).sum()) for axis in range(3)]
    assert extents[0] > extents[1] > extents[2] > 0
