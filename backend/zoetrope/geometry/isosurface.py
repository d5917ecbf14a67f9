"""Sparse isosurface extraction: evaluates a field only where its zero surface can be.

An octree search from a coarse grid. A field whose gradient is at most g cannot vanish within distance d of
a point where |f| > g d, so a cell whose centre has such a value is pruned (g = 1 is a true signed distance).
The centre of a coarse cell is a corner of the fine grid: no point is evaluated twice. The remaining cells go
through scikit-image's marching cubes (Lewiner et al. 2003) in one call: the result equals the dense grid's,
vertex for vertex, without seams.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skimage.measure import marching_cubes

from zoetrope.errors import ZoetropeError

Field = Callable[[np.ndarray], np.ndarray]
"""Maps points (N, 3) float32 in box coordinates to values (N,) float32, negative inside."""
OnChunk = Callable[[int, int], None]
"""Called with (evaluations done, evaluations expected). Exceptions pass through, so it can cancel."""

FACE_NEIGHBOURS = np.array(
    [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], dtype=np.int32
)
ON_SURFACE = np.float32(-1e-30)
"""Replaces an exact 0, which marks grid points that were not evaluated."""
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.int32)


@dataclass(frozen=True)
class Surface:
    """An extracted surface.

    Parameters
    ----------
    vertices : (V, 3) float32
        Box units, each vertex once.
    faces : (F, 3) int32
        Counter-clockwise seen from outside.
    evaluations : int
        Points at which the field was evaluated.
    detail : int
        Cells along a side of the box; 0 for a surface that was not extracted.
    """

    vertices: np.ndarray
    faces: np.ndarray
    evaluations: int
    detail: int = 0


def extract_surface(
    field: Field,
    detail: int,
    *,
    gradient_bound: float = 1.0,
    coarse: int = 32,
    chunk: int = 32768,
    on_chunk: OnChunk | None = None,
    initial_surface: Surface | None = None,
) -> Surface:
    """Extract a field's zero surface on the grid of `detail` cells along each side of [-1, 1]^3.

    Surfaces that leave the box are cut off at its wall and closed there.

    Parameters
    ----------
    field : Field
        A signed distance or an approximation of it.
    detail : int
        Cells along a side of the box. The coarse grid is the largest detail / 2^k that has at most `coarse`
        cells a side.
    gradient_bound : float
        Largest length of the field's gradient near the surface; the coarse levels prune by it. Where a field
        exceeds it, everything connected to a part of the surface that was found is still found.
    coarse : int
        Largest number of cells a side to start from; `detail` or more evaluates the dense grid.
    chunk : int
        Points evaluated at once.
    on_chunk : OnChunk, optional
        Progress and cancellation: called before the first chunk and after each. The expected total is an
        estimate until the end; the fraction done never decreases.
    initial_surface : Surface, optional
        The field's surface at some detail; at the same detail it is returned. The extraction starts in the
        cells that it passes through and follows the surface from there, instead of searching the box. Parts
        that it lacks are not found.

    Raises
    ------
    ZoetropeError
        Code "empty_surface": the surface crosses no cell; "bad_field": a value is not finite.
    """
    if detail < 2 or coarse < 2 or chunk < 1 or not gradient_bound > 0:
        raise ValueError("detail and coarse are at least 2, chunk at least 1, gradient_bound positive")
    if initial_surface is not None and initial_surface.detail == detail:
        if on_chunk is not None:
            on_chunk(initial_surface.evaluations, initial_surface.evaluations)
        return initial_surface
    size = 1
    while detail % (2 * size) == 0 and detail // size > coarse:
        size *= 2
    grid = _Grid(field, detail, chunk, _Progress(on_chunk, detail // size, size))
    mask = None
    if initial_surface is not None and size > 1:
        grid.progress.levels_left = 0
        mask = _follow_surface(grid, _cells_along(initial_surface, detail))
    elif size > 1:
        mask = _follow_surface(grid, _search_octree(grid, size, gradient_bound))
    else:
        grid.evaluate()
    grid.progress.finish()
    return _marching_cubes(grid, mask)


class _Grid:
    """Corners of the fine grid and the field's values at them, evaluated on demand."""

    def __init__(self, field: Field, detail: int, chunk: int, progress: "_Progress") -> None:
        self.field, self.detail, self.chunk, self.progress = field, detail, chunk, progress
        side = detail + 1
        self.strides = np.array([side * side, side, 1], dtype=np.int32)
        # 0 marks "not evaluated": untouched pages of zeros take no memory
        self.values = np.zeros(side**3, dtype=np.float32)

    def flat(self, corners: np.ndarray) -> np.ndarray:
        """Return indices into `values` of integer corners (..., 3)."""
        return (corners @ self.strides).astype(np.int32)

    def evaluate(self, indices: np.ndarray | None = None) -> None:
        """Evaluate the field at the flat indices not evaluated yet, each once; None: everywhere."""
        if indices is not None:
            indices = np.unique(indices[self.values[indices] == 0])
        count = self.values.size if indices is None else len(indices)
        self.progress.expect(count)
        for start in range(0, count, self.chunk):
            stop = min(start + self.chunk, count)
            part = np.arange(start, stop) if indices is None else indices[start:stop]
            corners = np.stack(np.unravel_index(part, (self.detail + 1,) * 3), axis=-1)
            points = (corners * (2.0 / self.detail) - 1.0).astype(np.float32)
            values = np.asarray(self.field(points), dtype=np.float32).reshape(len(part))
            if not np.isfinite(values).all():
                raise ZoetropeError(
                    "The shape field gave values that are not numbers.",
                    code="bad_field",
                    remedy="Choose another seed; if every seed fails, install the weights again.",
                )
            wall = ((corners == 0) | (corners == self.detail)).any(axis=-1)
            values = np.where(wall, np.maximum(values, 1.0 / self.detail), values)
            self.values[part] = np.where(values == 0, ON_SURFACE, values)
            self.progress.add(len(part))


def _search_octree(grid: _Grid, size: int, gradient_bound: float) -> np.ndarray:
    """Fine cells (N, 3) that the surface can cross; `size` is the side of the first cells in fine cells."""
    axis = np.arange(grid.detail // size, dtype=np.int32)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    while size > 1:
        middle = cells * size + size // 2
        index = grid.flat(middle)
        grid.evaluate(index)
        values = grid.values[index]
        half_diagonal = np.sqrt(3) * size / grid.detail
        # the last level prunes as for a true distance; `_follow_surface` adds what a steeper field loses
        bound = gradient_bound if size > 2 else min(gradient_bound, 1.0)
        keep = np.abs(values) <= bound * half_diagonal * (1 + 1e-5)
        for step in FACE_NEIGHBOURS * size:  # keep sign changes between neighbours, whatever the bound
            neighbour = middle + step
            inside = ((neighbour >= 0) & (neighbour <= grid.detail)).all(axis=1)
            other = np.zeros(len(cells), dtype=np.float32)
            other[inside] = grid.values[grid.flat(neighbour[inside])]
            keep |= (other != 0) & ((other > 0) != (values > 0))
        cells = (cells[keep][:, None] * 2 + CORNERS).reshape(-1, 3)
        size //= 2
    return cells


def _cells_along(surface: Surface, detail: int) -> np.ndarray:
    """Fine cells (N, 3) at the vertices, edges and faces of a surface."""
    corners = surface.vertices[surface.faces]
    middles = (corners + np.roll(corners, 1, axis=1)) / 2
    points = np.concatenate([corners.reshape(-1, 3), middles.reshape(-1, 3), corners.mean(axis=1)])
    cells = np.clip(np.floor((points + 1) * (detail / 2)), 0, detail - 1).astype(np.int32)
    flat = np.unique(cells @ np.array([detail * detail, detail, 1]))
    return np.stack(np.unravel_index(flat, (detail,) * 3), axis=1).astype(np.int32)


def _follow_surface(grid: _Grid, cells: np.ndarray) -> np.ndarray:
    """Evaluate the cells' corners and add neighbours that the surface continues into, until there are none.

    A component of which one cell was found is therefore complete, whatever the gradient.

    Returns
    -------
    (detail + 1,) * 3 bool
        Mask for scikit-image's marching cubes: each cell is marked at its highest corner.
    """
    active = np.zeros((grid.detail + 1,) * 3, dtype=bool)
    active[tuple((cells + 1).T)] = True
    while len(cells):
        corners = grid.flat(cells)[:, None] + grid.flat(CORNERS)
        grid.evaluate(corners.ravel())
        outside = grid.values[corners] > 0
        added = []
        for step in FACE_NEIGHBOURS:
            axis = int(np.flatnonzero(step)[0])
            face = outside[:, CORNERS[:, axis] == (step[axis] > 0)]
            neighbour = cells[face.any(axis=1) & ~face.all(axis=1)] + step
            neighbour = neighbour[((neighbour >= 0) & (neighbour < grid.detail)).all(axis=1)]
            neighbour = neighbour[~active[tuple((neighbour + 1).T)]]
            active[tuple((neighbour + 1).T)] = True
            added.append(neighbour)
        cells = np.unique(np.concatenate(added), axis=0)
    return active


def _marching_cubes(grid: _Grid, mask: np.ndarray | None) -> Surface:
    """Run marching cubes over the cells of the mask, or over all."""
    volume = grid.values.reshape((grid.detail + 1,) * 3)
    try:
        vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="descent", mask=mask)
    except (ValueError, RuntimeError) as error:  # no sign change, or no crossed cell
        raise ZoetropeError(
            "The shape is empty: its surface crosses no cell of the grid.",
            code="empty_surface",
            remedy="Choose another seed or a higher detail.",
        ) from error
    box = vertices.astype(np.float64) * (2.0 / grid.detail) - 1.0
    return Surface(
        box.astype(np.float32), np.ascontiguousarray(faces, dtype=np.int32), grid.progress.done, grid.detail
    )


class _Progress:
    """Counts evaluations and estimates the total: each level has about four times those of the one before."""

    def __init__(self, on_chunk: OnChunk | None, base: int, size: int) -> None:
        self.on_chunk, self.done, self.total, self.fraction = on_chunk, 0, 0, 0.0
        self.levels_left = size.bit_length() - 1
        self.first_count = base**3

    def expect(self, count: int) -> None:
        """Start a level of `count` evaluations."""
        # about 4 % of the first grid's cells are kept, with 8 children each
        following = 0.3 * count if count == self.first_count and not self.done else 4.0 * count
        self.total = self.done + count
        for _ in range(self.levels_left):
            self.total += int(following)
            following *= 4
        self.levels_left = max(0, self.levels_left - 1)
        if not self.done:
            self._report()

    def add(self, count: int) -> None:
        """Count finished evaluations."""
        self.done += count
        self._report()

    def finish(self) -> None:
        """Report the exact total."""
        if self.on_chunk is not None:
            self.on_chunk(self.done, self.done)

    def _report(self) -> None:
        if self.on_chunk is not None:
            total = max(self.total, self.done + 1)
            self.fraction = max(self.fraction, self.done / total)
            if self.fraction:
                total = max(self.done + 1, int(self.done / self.fraction))
            self.on_chunk(self.done, total)
