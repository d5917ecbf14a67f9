"""Sparse isosurface: a field's zero surface, evaluating only where the surface can be.

An octree search from a coarse grid. A field whose gradient is at most g cannot vanish within distance d of
a point where |f| > g d, so a cell whose centre says so is dropped with all that is in it (g = 1 is a true
signed distance). The centre of a coarse cell is a corner of the fine grid: no point is evaluated twice.
What is left goes through scikit-image's marching cubes (Lewiner et al. 2003), in one piece: the surface is
the dense grid's, vertex for vertex, and has no seams.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skimage.measure import marching_cubes

from zoetrope.errors import ZoetropeError

Field = Callable[[np.ndarray], np.ndarray]
"""Points (N, 3) float32 of the box -> values (N,) float32, negative inside."""
OnChunk = Callable[[int, int], None]
"""Called with (evaluations done, evaluations expected); what it raises passes through."""

FACES = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], dtype=np.int32)
ON_SURFACE = np.float32(-1e-30)  # an exact 0 is kept as this
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
    """

    vertices: np.ndarray
    faces: np.ndarray
    evaluations: int


def extract_surface(
    field: Field,
    detail: int,
    *,
    gradient_bound: float = 1.0,
    coarse: int = 32,
    chunk: int = 32768,
    on_chunk: OnChunk | None = None,
) -> Surface:
    """Extract a field's zero surface on the grid of `detail` cells along each side of [-1, 1]^3.

    What sticks out of the box is cut off at its wall and closed there.

    Parameters
    ----------
    field : Field
        Signed distance or something like it, negative inside.
    detail : int
        Cells along a side of the box. The coarse grid is the largest detail / 2^k that has at most `coarse`
        cells a side.
    gradient_bound : float
        Largest length of the field's gradient near the surface; the coarse levels rely on it. Where a field
        breaks it, what hangs together with a part of the surface that was found is found all the same.
    coarse : int
        Cells a side at which the search may begin; `detail` or more evaluates the dense grid.
    chunk : int
        Points evaluated at once.
    on_chunk : OnChunk, optional
        Progress and cancel: once before the first chunk and after each. The expected total is an estimate
        until the end; the share done never falls.

    Raises
    ------
    ZoetropeError
        Code "empty_surface": nothing is inside; "bad_field": a value is not a number.
    """
    if detail < 2 or coarse < 2 or chunk < 1 or not gradient_bound > 0:
        raise ValueError("detail and coarse are at least 2, chunk at least 1, gradient_bound positive")
    size = 1
    while detail % (2 * size) == 0 and detail // size > coarse:
        size *= 2
    grid = _Grid(field, detail, chunk, _Meter(on_chunk, detail // size, size))
    mask = None
    if size > 1:
        mask = _follow(grid, _search(grid, size, gradient_bound))
    else:
        grid.evaluate()
    grid.meter.finish()
    return _march(grid, mask)


class _Grid:
    """The fine grid's corners: which are known, and their values."""

    def __init__(self, field: Field, detail: int, chunk: int, meter: "_Meter") -> None:
        self.field, self.detail, self.chunk, self.meter = field, detail, chunk, meter
        side = detail + 1
        self.strides = np.array([side * side, side, 1], dtype=np.int32)
        # 0 means "not evaluated": memory that was never written costs nothing
        self.values = np.zeros(side**3, dtype=np.float32)

    def flat(self, corners: np.ndarray) -> np.ndarray:
        """Integer corners (..., 3) as indices into `values`."""
        return (corners @ self.strides).astype(np.int32)

    def evaluate(self, wanted: np.ndarray | None = None) -> None:
        """Evaluate the field at the flat indices that are not known yet, each once; None: everywhere."""
        if wanted is not None:
            wanted = np.unique(wanted[self.values[wanted] == 0])
        count = self.values.size if wanted is None else len(wanted)
        self.meter.expect(count)
        for start in range(0, count, self.chunk):
            stop = min(start + self.chunk, count)
            part = np.arange(start, stop) if wanted is None else wanted[start:stop]
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
            self.meter.did(len(part))


def _search(grid: _Grid, size: int, gradient_bound: float) -> np.ndarray:
    """Fine cells (N, 3) that the surface can cross, from coarse cells of `size` fine cells a side."""
    along = np.arange(grid.detail // size, dtype=np.int32)
    cells = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3)
    while size > 1:
        middle = cells * size + size // 2
        index = grid.flat(middle)
        grid.evaluate(index)
        values = grid.values[index]
        half_diagonal = np.sqrt(3) * size / grid.detail
        # the last level keeps what a true distance would; where the field is steeper, `_follow` goes on
        bound = gradient_bound if size > 2 else min(gradient_bound, 1.0)
        keep = np.abs(values) <= bound * half_diagonal * (1 + 1e-5)
        for step in FACES * size:  # safety where the bound is broken: a neighbour of the other sign
            there = middle + step
            inside = ((there >= 0) & (there <= grid.detail)).all(axis=1)
            other = np.zeros(len(cells), dtype=np.float32)
            other[inside] = grid.values[grid.flat(there[inside])]
            keep |= (other != 0) & ((other > 0) != (values > 0))
        cells = (cells[keep][:, None] * 2 + CORNERS).reshape(-1, 3)
        size //= 2
    return cells


def _follow(grid: _Grid, cells: np.ndarray) -> np.ndarray:
    """Evaluate the cells' corners; add each neighbour that the surface goes on into, until there is none.

    So no component that was found at one place has a hole, whatever the gradient.

    Returns
    -------
    (detail + 1,) * 3 bool
        The cells to march through, each by its highest corner, as scikit-image wants it.
    """
    active = np.zeros((grid.detail + 1,) * 3, dtype=bool)
    active[tuple((cells + 1).T)] = True
    while len(cells):
        corners = grid.flat(cells)[:, None] + grid.flat(CORNERS)
        grid.evaluate(corners.ravel())
        outside = grid.values[corners] > 0
        grown = []
        for step in FACES:
            axis = int(np.flatnonzero(step)[0])
            face = outside[:, CORNERS[:, axis] == (step[axis] > 0)]
            there = cells[face.any(axis=1) & ~face.all(axis=1)] + step
            there = there[((there >= 0) & (there < grid.detail)).all(axis=1)]
            there = there[~active[tuple((there + 1).T)]]
            active[tuple((there + 1).T)] = True
            grown.append(there)
        cells = np.unique(np.concatenate(grown), axis=0)
    return active


def _march(grid: _Grid, mask: np.ndarray | None) -> Surface:
    """Marching cubes over the cells of the mask, or over all."""
    volume = grid.values.reshape((grid.detail + 1,) * 3)
    try:
        vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="descent", mask=mask)
    except (ValueError, RuntimeError) as error:  # no value on the other side; no cell that is crossed
        raise ZoetropeError(
            "The shape is empty: its surface crosses no cell of the grid.",
            code="empty_surface",
            remedy="Choose another seed or a higher detail.",
        ) from error
    box = vertices.astype(np.float64) * (2.0 / grid.detail) - 1.0
    return Surface(box.astype(np.float32), np.ascontiguousarray(faces, dtype=np.int32), grid.meter.done)


class _Meter:
    """Counts evaluations and guesses the total: each level has about four times the one before."""

    def __init__(self, on_chunk: OnChunk | None, base: int, size: int) -> None:
        self.on_chunk, self.done, self.total, self.share = on_chunk, 0, 0, 0.0
        self.levels_left = size.bit_length() - 1
        self.first = base**3

    def expect(self, count: int) -> None:
        """A level of `count` evaluations begins."""
        # Of the first grid some 4 % of the cells are kept and have 8 children each.
        following = 0.3 * count if count == self.first and not self.done else 4.0 * count
        self.total = self.done + count
        for _ in range(self.levels_left):
            self.total += int(following)
            following *= 4
        self.levels_left = max(0, self.levels_left - 1)
        if not self.done:
            self._report()

    def did(self, count: int) -> None:
        """`count` evaluations are done."""
        self.done += count
        self._report()

    def finish(self) -> None:
        """All is evaluated."""
        if self.on_chunk is not None:
            self.on_chunk(self.done, self.done)

    def _report(self) -> None:
        if self.on_chunk is not None:
            total = max(self.total, self.done + 1)
            self.share = max(self.share, self.done / total)
            self.on_chunk(self.done, max(self.done + 1, int(self.done / self.share)) if self.share else total)
