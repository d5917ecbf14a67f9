"""Voxelised shapes whose cells are known."""

import numpy as np
import trimesh
from scipy.ndimage import label
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


def test_cells_of_a_ball_are_those_with_a_part_of_it():
    ball = trimesh.creation.icosphere(subdivisions=4)
    frames = np.stack([ball.vertices, 0.5 * ball.vertices]).astype(np.float32)
    grids = sampled(frames, np.asarray(ball.faces, np.int32))
    centre, half = np.abs(grid_centres(CELLS)), 1 / CELLS
    nearest = np.linalg.norm(np.maximum(centre - half, 0), axis=-1).reshape(CELLS, CELLS, CELLS)
    scale = sequence_box(frames).scale
    assert grids.shape == (2, CELLS, CELLS, CELLS)
    for grid, size in zip(grids, (scale, 0.5 * scale), strict=True):
        sure = np.abs(nearest - size) > 0.04  # the mesh is no perfect ball, and a corner of a cell is small
        assert (grid == (nearest < size))[sure].all()
        assert grid.any()


def test_a_rod_much_thinner_than_a_cell_is_whole():
    rod = trimesh.creation.cylinder(0.01, 2.0, sections=6)
    rod.apply_transform(trimesh.transformations.rotation_matrix(0.5, (1, 2, 0)))
    frames = np.stack([rod.vertices] * 2).astype(np.float32)
    grids = sampled(frames, np.asarray(rod.faces, np.int32))
    _, parts = label(grids[0], np.ones((3, 3, 3)))
    assert parts == 1
    assert len(set(np.nonzero(grids[0])[2])) > CELLS / 2


def test_axes_are_in_order():
    box = trimesh.creation.box(extents=(2.0, 1.0, 0.5))
    frames = np.stack([box.vertices] * 2).astype(np.float32)
    (grid, _) = sampled(frames, np.asarray(box.faces, np.int32))
    extents = [int(grid.any(axis=tuple({0, 1, 2} - {axis})).sum()) for axis in range(3)]
    assert extents[0] > extents[1] > extents[2] > 0
