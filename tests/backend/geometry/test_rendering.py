"""Coverage, depth order, shading and layout of the software renderer."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from defective_sequences import walking
from PIL import Image
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.rendering import camera_rotation, contact_sheet, render, save_png

RED, BLUE = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def ball(radius=0.5, detail=48):
    surface = extract_surface(lambda p: np.linalg.norm(p, axis=1) - radius, detail)
    return surface.vertices.astype(float), surface.faces


def covered(image):
    return (image < 250).any(axis=2)


def test_ball_covers_a_disc():
    vertices, faces = ball()
    image = render(vertices, faces, np.tile(RED, (len(vertices), 1)), 100, extent=2.0, centre=np.zeros(3))
    assert image.shape == (100, 100, 3)
    assert image.dtype == np.uint8
    rows, columns = np.nonzero(covered(image))
    assert len(rows) == pytest.approx(np.pi * 25**2, rel=0.05)
    assert rows.mean() == pytest.approx(49.5, abs=0.5)
    assert columns.mean() == pytest.approx(49.5, abs=0.5)
    inside = image[40:60, 40:60]
    assert (inside[..., 1:] == 0).all(), "only red"


def test_light_comes_from_above():
    vertices, faces = ball()
    image = render(vertices, faces, np.ones_like(vertices), 100, extent=2.0).astype(int)
    assert image[30, 50].sum() > image[70, 50].sum() + 100


@pytest.mark.parametrize("toward", [1, -1])
def test_nearer_surface_hides_the_farther(toward):
    vertices, faces = ball(0.3)
    camera = camera_rotation()
    away = camera[1]
    both = np.concatenate([vertices, vertices * 0.9 - toward * 0.65 * away])
    colours = np.concatenate([np.tile(RED, (len(vertices), 1)), np.tile(BLUE, (len(vertices), 1))])
    image = render(
        both, np.concatenate([faces, faces + len(vertices)]), colours, 60, centre=np.zeros(3), extent=2
    )
    middle = image[30, 30].astype(int)
    assert (middle[2] > middle[0]) == (toward == 1)


def test_view_from_the_front_has_left_at_the_right_and_up_at_the_top():
    """From the front (azimuth 0) the creature's left, +X, is at the right; up is up."""
    small, faces = ball(0.1)
    small += np.array([0.5, 0, 0.5])
    colours = np.tile(RED, (len(small), 1))
    image = render(small, faces, colours, 80, centre=np.zeros(3), extent=2, camera=camera_rotation(0, 0))
    rows, columns = np.nonzero(covered(image))
    assert columns.mean() == pytest.approx(60, abs=1)
    assert rows.mean() == pytest.approx(20, abs=1)


def test_back_faces_are_culled_and_large_faces_are_filled():
    square = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]], dtype=float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])  # faces -Y
    options = {"centre": np.zeros(3), "extent": 4.0, "camera": camera_rotation(0, 0)}
    front = render(square, faces, np.zeros((4, 3)), 64, **options)
    assert covered(front).sum() == 32 * 32
    assert not covered(render(square, faces[:, ::-1], np.zeros((4, 3)), 64, **options)).any()


def test_contact_sheet_layout_and_png(tmp_path):
    one = walking()
    sheet = contact_sheet([one, one], frames=4, size=50, labels=["first", "second"])
    assert sheet.shape == (100, 200, 3)
    assert not np.array_equal(sheet[15:50, :50], sheet[15:50, 50:100]), "frames differ"
    np.testing.assert_array_equal(sheet[15:50], sheet[65:])
    assert covered(sheet[50:]).reshape(50, 4, 50).any(axis=(0, 2)).all()
    save_png(tmp_path / "new" / "sheet.png", sheet)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "new" / "sheet.png")), sheet)


def test_a_full_disk_leaves_the_earlier_png(tmp_path, monkeypatch):
    path, image = tmp_path / "sheet.png", np.zeros((4, 4, 3), np.uint8)
    save_png(path, image)
    before = path.read_bytes()

    def half_written(self, stream, **options):
        Path(stream).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Image.Image, "save", half_written)
    with pytest.raises(ZoetropeError, match=r"sheet\.png could not be written: No space left") as raised:
        save_png(path, image)
    assert raised.value.code == "disk_full"
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["sheet.png"]
