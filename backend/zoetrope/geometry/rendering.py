"""A small software renderer for contact sheets: orthographic, Lambert shading, vertex colours, z-buffer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from zoetrope.atomic_write import atomic_write
from zoetrope.geometry.mesh_sequence import MeshSequence

BACKGROUND = (1.0, 1.0, 1.0)
LIGHT = np.array([0.35, -0.55, 0.75]) / np.linalg.norm([0.35, -0.55, 0.75])
"""Direction towards the light in camera coordinates (right, away from the camera, up)."""
AMBIENT = 0.35
OVERSAMPLING = 2


def camera_rotation(azimuth: float = 35.0, elevation: float = 15.0) -> np.ndarray:
    """Return the rotation (3, 3) from world to camera; its rows are right, away from the camera, up.

    Parameters
    ----------
    azimuth : float
        Degrees from the creature's front (-Y) towards its left (+X).
    elevation : float
        Degrees above the horizon.
    """
    a, e = np.radians([azimuth, elevation])
    back = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])  # towards the camera
    right = np.array([np.cos(a), np.sin(a), 0.0])
    return np.stack([right, -back, np.cross(back, right)])


def render(
    vertices: np.ndarray,
    faces: np.ndarray,
    colours: np.ndarray,
    size: int = 200,
    *,
    centre: np.ndarray | None = None,
    extent: float | None = None,
    camera: np.ndarray | None = None,
) -> np.ndarray:
    """Render one mesh.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
        Back faces are culled.
    colours : (V, 3) float
        sRGB in 0..1.
    size : int
        Width and height in pixels.
    centre : (3,) float, optional
        World point at the centre of the image; by default the centre of the bounding box.
    extent : float, optional
        World units from edge to edge of the image; by default the diagonal of the bounding box.
    camera : (3, 3) float, optional
        From `camera_rotation`.

    Returns
    -------
    (size, size, 3) uint8
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    centre = 0.5 * (low + high) if centre is None else centre
    extent = float(np.linalg.norm(high - low)) if extent is None else extent
    camera = camera_rotation() if camera is None else camera
    fine = size * OVERSAMPLING
    in_camera = (vertices - centre) @ camera.T
    screen = np.stack([in_camera[:, 0], -in_camera[:, 2]], axis=1) * (fine / extent) + fine / 2
    image = np.tile(np.array(BACKGROUND, dtype=np.float32), (fine * fine, 1))
    front = _front_facing(screen, faces)
    pixel, face, weights = _rasterise(screen, in_camera[:, 1], faces[front], fine)
    corners = faces[front][face]
    shade = _shade(in_camera, faces)
    image[pixel] = np.einsum("nk,nkc->nc", weights, colours[corners] * shade[corners][..., None])
    small = image.reshape(size, OVERSAMPLING, size, OVERSAMPLING, 3).mean(axis=(1, 3))
    return (small.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def contact_sheet(
    sequences: Sequence[MeshSequence],
    frames: int = 8,
    size: int = 200,
    camera: np.ndarray | None = None,
    labels: Sequence[str] | None = None,
) -> np.ndarray:
    """Render one row per sequence, evenly spaced frames from left to right; each row has one scale.

    Parameters
    ----------
    sequences : sequence of MeshSequence
        At least one.
    frames : int
        Images per row.
    size : int
        Width and height of one image in pixels.
    camera : (3, 3) float, optional
        From `camera_rotation`.
    labels : sequence of str, optional
        One per sequence, written at the upper left of its row.

    Returns
    -------
    (len(sequences) * size, frames * size, 3) uint8
    """
    rows = [
        film_strip(one.vertices, one.faces, one.colours, frames, size, one.cyclic, camera)
        for one in sequences
    ]
    return np.concatenate(rows) if labels is None else stack_with_labels(rows, labels)


def stack_with_labels(rows: Sequence[np.ndarray], labels: Sequence[str]) -> np.ndarray:
    """Stack images (H, W, 3) of equal width vertically, with a label at the upper left of each."""
    image = Image.fromarray(np.concatenate(rows))
    pen = ImageDraw.Draw(image)
    top = 0
    for row, label in zip(rows, labels, strict=True):
        pen.text((4, top + 2), label, fill=(0, 0, 0))
        top += len(row)
    return np.asarray(image)


def film_strip(
    vertices: np.ndarray,
    faces: np.ndarray,
    colours: np.ndarray,
    frames: int,
    size: int,
    cyclic: bool = False,
    camera: np.ndarray | None = None,
) -> np.ndarray:
    """Render evenly spaced frames of vertices (T, V, 3) side by side: (size, frames * size, 3) uint8."""
    camera = camera_rotation() if camera is None else camera
    centre = 0.5 * (vertices.min(axis=(0, 1)) + vertices.max(axis=(0, 1)))
    extent = 2.1 * float(np.abs(((vertices - centre) @ camera.T)[..., [0, 2]]).max())
    count = len(vertices)
    last = count * (1 - 1 / frames) if cyclic else count - 1
    chosen = np.minimum(np.round(np.linspace(0, last, frames)).astype(int), count - 1)
    return np.concatenate(
        [
            render(vertices[t], faces, colours, size, centre=centre, extent=extent, camera=camera)
            for t in chosen
        ],
        axis=1,
    )


def save_png(path: Path, image: np.ndarray, max_colours: int = 0) -> None:
    """Write an (H, W, 3) uint8 image atomically; with `max_colours` (at most 256) as a palette image."""
    picture = Image.fromarray(image)
    if max_colours:
        picture = picture.quantize(max_colours, dither=Image.Dither.NONE)
    with atomic_write(path) as part:
        picture.save(part, format="PNG", optimize=True)


def _front_facing(screen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Mask (F,) of front faces; the screen's second axis points down."""
    a, b, c = (screen[faces[:, i]] for i in range(3))
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0


def _shade(in_camera: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Brightness (V,) from smooth normals, for vertices (V, 3) in camera coordinates."""
    a, b, c = (in_camera[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    smooth = np.stack(
        [np.bincount(faces.ravel(), np.repeat(normal[:, i], 3), minlength=len(in_camera)) for i in range(3)],
        axis=1,
    )
    lit = smooth @ LIGHT / np.maximum(np.linalg.norm(smooth, axis=1), 1e-30)
    return AMBIENT + (1 - AMBIENT) * np.maximum(lit, 0)


def _rasterise(
    screen: np.ndarray, depth: np.ndarray, faces: np.ndarray, fine: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest face at each covered pixel: pixel (N,), face (N,), barycentric weights (N, 3).

    Faces are grouped by the size of their bounding boxes, whose pixels are tested all at once.
    """
    corner = screen[faces]  # (face, corner, xy)
    low = np.clip(np.ceil(corner.min(axis=1) - 0.5), 0, fine).astype(np.int64)
    high = np.clip(np.floor(corner.max(axis=1) - 0.5), -1, fine - 1).astype(np.int64)
    span = (high - low + 1).max(axis=1)
    span[(high < low).any(axis=1)] = 0
    group = np.ceil(np.log2(np.maximum(span, 1))).astype(int)
    found: list[tuple[np.ndarray, ...]] = []
    for power in np.unique(group[span > 0]):
        chosen = np.flatnonzero((group == power) & (span > 0))
        side = 2 ** int(power)
        offset = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1).reshape(-1, 2)
        parts = np.array_split(chosen, max(1, len(chosen) * side * side // 2_000_000))
        found.extend(_covered_pixels(corner, depth[faces], part, low, offset, fine) for part in parts)
    if not found:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 3))
    pixel, face, weights, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((distance, pixel))
    nearest = order[np.unique(pixel[order], return_index=True)[1]]
    return pixel[nearest], face[nearest], weights[nearest]


def _covered_pixels(
    corner: np.ndarray, depth: np.ndarray, chosen: np.ndarray, low: np.ndarray, offset: np.ndarray, fine: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels covered by the chosen faces: pixel (N,), face (N,), barycentric weights (N, 3), depth (N,)."""
    candidates = low[chosen][:, None] + offset  # (face, candidate, xy)
    p = candidates + 0.5
    a, b, c = (corner[chosen, i][:, None] for i in range(3))

    def twice_area(u: np.ndarray, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        return (v[..., 0] - u[..., 0]) * (w[..., 1] - u[..., 1]) - (v[..., 1] - u[..., 1]) * (
            w[..., 0] - u[..., 0]
        )

    parts = np.stack([twice_area(p, b, c), twice_area(a, p, c), twice_area(a, b, p)], axis=-1)
    parts /= twice_area(a, b, c)[..., None]
    inside = (parts >= 0).all(axis=-1) & (candidates < fine).all(axis=-1)
    face, candidate = np.nonzero(inside)
    weights = parts[face, candidate]
    pixel = candidates[face, candidate, 1] * fine + candidates[face, candidate, 0]
    return pixel, chosen[face], weights, np.einsum("nk,nk->n", weights, depth[chosen[face]])
